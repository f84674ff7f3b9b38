"""Figures of how well a model tells pictures apart, each with its interval, and the choices that follow from them."""

import numpy as np


def softmax(logits, temperature=1.0):
    x = np.asarray(logits, np.float64) / temperature
    x = np.exp(x - x.max(axis=1, keepdims=True))
    return x / x.sum(axis=1, keepdims=True)


def auc(score, truth):
    """Area under the ROC curve by ranks; ties count half. truth: True for those that should score high."""
    order = np.argsort(score, kind="stable")
    ordered = np.asarray(score)[order]
    _, start, count = np.unique(ordered, return_index=True, return_counts=True)
    ranks = np.empty(len(order))
    ranks[order] = np.repeat(start + (count + 1) / 2, count)
    n = int(truth.sum())
    return float((ranks[truth].sum() - n * (n + 1) / 2) / (n * (len(truth) - n)))


def auc_interval(score, truth, resamples, seed):
    """AUC and its 95 % interval by bootstrap: percentiles, both classes drawn for themselves."""
    chance = np.random.default_rng(seed)
    with_, without = np.flatnonzero(truth), np.flatnonzero(~truth)
    values = []
    for _ in range(resamples):
        drawn = np.concatenate([chance.choice(with_, len(with_)), chance.choice(without, len(without))])
        values.append(auc(score[drawn], truth[drawn]))
    low, high = np.percentile(values, [2.5, 97.5])
    return {"value": round(auc(score, truth), 4), "low": round(float(low), 4), "high": round(float(high), 4), "n": int(truth.sum())}


def share(found, of):
    """A share with Wilson's 95 % interval."""
    z, p = 1.959964, found / of
    middle, half = p + z * z / (2 * of), z * np.sqrt(p * (1 - p) / of + z * z / (4 * of * of))
    low, high = (middle - half) / (1 + z * z / of), (middle + half) / (1 + z * z / of)
    return {"value": round(p, 4), "low": round(float(low), 4), "high": round(float(high), 4), "n": int(of)}


def likelihood(logits, truth, temperature=1.0):
    """Mean negative log likelihood."""
    p = softmax(logits, temperature)[np.arange(len(truth)), truth]
    return float(-np.log(np.maximum(p, 1e-12)).mean())


def temperature(logits, truth):
    """The temperature of the least negative log likelihood, by golden section between 0.25 and 4."""
    ratio, low, high = (np.sqrt(5) - 1) / 2, np.log(0.25), np.log(4.0)
    for _ in range(60):
        a, b = high - ratio * (high - low), low + ratio * (high - low)
        if likelihood(logits, truth, np.exp(a)) < likelihood(logits, truth, np.exp(b)):
            high = b
        else:
            low = a
    return round(float(np.exp((low + high) / 2)), 4)


def calibration_error(probabilities, truth, bins=10):
    """Expected calibration error of the most probable label."""
    sure, right = probabilities.max(axis=1), probabilities.argmax(axis=1) == truth
    place = np.minimum((sure * bins).astype(int), bins - 1)
    return float(sum(abs(right[place == b].mean() - sure[place == b].mean()) * (place == b).mean() for b in range(bins) if (place == b).any()))


def sensitive(probability, truth, wanted):
    """The highest threshold that finds the wanted share of truth, in the middle between two scores: one that equals a score
    would flip with another processor's last bit."""
    found = np.sort(probability[truth])
    value = found[int(np.floor((1 - wanted) * len(found) + 1e-9))]
    lower = probability[probability < value]
    return float((value + lower.max()) / 2) if len(lower) else float(value / 2)
