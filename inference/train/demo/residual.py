"""The check for pictures unlike dermoscopy: how much of a picture's feature vector lies outside the directions in which the
training pictures differ. Confidence cannot say it: plain skin is a naevus with near certainty."""

import numpy as np


class Residual:
    """score = (|f - mean|^2 - |basis (f - mean)|^2) / scale; 1 is as far off as a training picture is on average."""

    def __init__(self, features, directions):
        features = np.asarray(features, np.float64)
        self.mean = features.mean(axis=0).astype(np.float32)
        centred = features - self.mean
        _, _, rows = np.linalg.svd(centred, full_matrices=False)
        self.basis = rows[:directions].astype(np.float32)
        self.scale = np.float32(1)
        self.scale = np.float32(self.score(features).mean())

    def score(self, features):
        x = np.asarray(features, np.float64) - self.mean
        inside = x @ self.basis.T.astype(np.float64)
        return np.maximum((x * x).sum(axis=1) - (inside * inside).sum(axis=1), 0) / float(self.scale)

    def bytes(self):
        """features.bin of the pack: mean, rows of the basis, scale; float32, little-endian."""
        return b"".join(a.astype("<f4").tobytes() for a in (self.mean, self.basis, np.array([self.scale])))
