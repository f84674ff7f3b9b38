"""Thresholds, chosen for sensitivity first on pictures that were not trained on. The most probable class is never the rule."""

import numpy as np

# The melanoma-like class counts from the probability at which this share of the held-out ones is found, and never from
# more than the cap: a low threshold costs benign lesions flagged, a high one costs melanomas.
MELANOMA_SENSITIVITY = 0.995
MELANOMA_CAP = 0.15
# A benign class counts only where at most this share of all other pictures lies above, and never below the floor.
BENIGN_FALSE_SHARE = 0.002
BENIGN_FLOOR = 0.60


def below(scores, value):
    """The middle between a score and the next lower one: a threshold that equals a score would flip with its last bit."""
    lower = scores[scores < value]
    return (value + lower.max()) / 2 if len(lower) else value / 2


def sensitive(probability, truth):
    """The highest threshold that finds MELANOMA_SENSITIVITY of the class, at most the cap."""
    found = np.sort(probability[truth])
    value = found[int(np.floor((1 - MELANOMA_SENSITIVITY) * len(found)))]
    return min(MELANOMA_CAP, below(probability, value))


def certain(probability, truth):
    """The lowest threshold that keeps all but BENIGN_FALSE_SHARE of the others out, at least the floor."""
    others = np.sort(probability[~truth])
    value = others[int(np.ceil((1 - BENIGN_FALSE_SHARE) * len(others))) - 1]
    higher = probability[probability > value]
    return max(BENIGN_FLOOR, (value + higher.min()) / 2 if len(higher) else 1.0)


def choose(labels, probabilities, truth):
    """Label -> threshold, rounded to four digits; truth holds each picture's label number."""
    out = {}
    for i, label in enumerate(labels):
        rule = sensitive if label == "mel" else certain
        out[label] = round(float(rule(probabilities[:, i], truth == i)), 4)
    return out


def auc(probability, truth):
    """Area under the ROC curve by ranks; ties count half."""
    order = np.argsort(probability, kind="stable")
    ranks = np.empty(len(order))
    ranks[order] = np.arange(1, len(order) + 1)
    for value in np.unique(probability):
        same = probability == value
        ranks[same] = ranks[same].mean()
    n = truth.sum()
    return (ranks[truth].sum() - n * (n + 1) / 2) / (n * (len(truth) - n))
