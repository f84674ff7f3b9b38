"""The check for pictures unlike dermoscopy: how much of a picture's feature vector lies outside the directions in which the
training pictures differ. Confidence cannot say it: plain skin is a naevus with near certainty."""

import numpy as np


TRANSFORM = "hellinger"


def hellinger(features):
    """The square root of each feature's share of their sum: which features a picture has, and not how many. A blank picture has small features,
    and lies near the mean without it."""
    x = np.maximum(np.asarray(features, np.float64), 0)
    return np.sqrt(x / x.sum(axis=1, keepdims=True))


class Residual:
    """score = (|f - mean|^2 - |basis (f - mean)|^2) / scale, f after Hellinger's transform; 1 is as far off as a training picture is on average."""

    def __init__(self, features, directions):
        transformed = hellinger(features)
        self.mean = transformed.mean(axis=0).astype(np.float32)
        centred = transformed - self.mean
        _, _, rows = np.linalg.svd(centred, full_matrices=False)
        self.basis = rows[:directions].astype(np.float32)
        self.scale = np.float32(1)
        self.scale = np.float32(self.score(features).mean())

    def score(self, features):
        x = hellinger(features) - self.mean
        inside = x @ self.basis.T.astype(np.float64)
        return np.maximum((x * x).sum(axis=1) - (inside * inside).sum(axis=1), 0) / float(self.scale)

    def bytes(self):
        """features.bin of the pack: mean, rows of the basis, scale; float32, little-endian."""
        return b"".join(a.astype("<f4").tobytes() for a in (self.mean, self.basis, np.array([self.scale])))
