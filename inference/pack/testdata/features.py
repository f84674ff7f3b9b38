"""Writes features.bin and features.json, the scores that features_test.go holds its own against: numpy alone, and the projection itself
instead of the difference of squares. Run in this folder: python3 features.py"""

import json

import numpy as np

rng = np.random.default_rng(20261125)
features, directions = 24, 5
mean = rng.normal(0.4, 0.3, features).astype("<f4")
basis = np.linalg.qr(rng.normal(size=(features, directions)))[0].T.astype("<f4")
scale = np.array([3.25], "<f4")
with open("features.bin", "wb") as out:
    out.write(mean.tobytes() + basis.tobytes() + scale.tobytes())

cases = [mean, np.zeros(features, "f4"), np.full(features, 1e6, "f4"), (mean + 3 * basis[1] - 2 * basis[4]).astype("f4")]
cases += [rng.normal(0.4, spread, features).astype("f4") for spread in (0.1, 0.5, 1, 2, 10)]


def score_of(case):
    centred = case - mean.astype("f8")
    rest = centred - basis.T.astype("f8") @ (basis.astype("f8") @ centred)
    explained = centred - rest
    # Rows that float32 rounded are not quite orthonormal: the rule counts |V d| squared, and not what is left over of d itself.
    score = (centred @ centred - np.sum((basis.astype("f8") @ centred) ** 2)) / float(scale[0])
    assert abs(score - rest @ rest / float(scale[0])) <= 1e-5 * max(1, centred @ centred), (score, rest @ rest, explained @ explained)
    return min(1e6, max(0.0, float(score)))


def hellinger(case):
    shares = np.maximum(case, 0)
    return np.sqrt(shares / shares.sum()) if shares.sum() else np.full(features, 1e9)


answers = []
for case in cases:
    scores = {"score": score_of(case.astype("f8")), "hellinger": score_of(hellinger(case.astype("f8")))}
    answers.append({"features": [float(v) for v in case], **scores})
with open("features.json", "w", encoding="utf-8") as out:
    json.dump(answers, out)
    out.write("\n")
