"""What follows from the cross-validation, for each file by itself: temperature, thresholds, the check for unlike pictures."""

import numpy as np

import figures
import settings

MEL = settings.LABELS.index("mel")


def auc_of(logits, truth, s):
    """label -> AUC against the rest with its interval."""
    p = figures.softmax(logits)
    return {label: figures.auc_interval(p[:, i], truth == i, s.resamples, s.seed) for i, label in enumerate(settings.LABELS)}


def thresholds(probabilities, truth, s):
    """The melanoma label counts from the highest probability that finds the wanted share of melanomas. A benign label counts where it
    is likelier than all others together; it says "benign" only where melanoma stays below its own, lower threshold, as the most
    severe class counts."""
    out = dict.fromkeys(settings.LABELS, 0.5)
    out["mel"] = round(figures.sensitive(probabilities[:, MEL], truth == MEL, s.melanoma_sensitivity), 5)
    return out


def at_threshold(probabilities, truth, threshold):
    over = probabilities[:, MEL] >= threshold
    mel = truth == MEL
    return {
        "sensitivity": figures.share(int(over[mel].sum()), int(mel.sum())),
        "specificity": figures.share(int((~over[~mel]).sum()), int((~mel).sum())),
    }


def limit_of(scores, s):
    """The score that a share of false_alarms of held-out dermoscopy lies above, in the middle between two."""
    ordered = np.sort(scores)
    place = int(np.ceil((1 - s.false_alarms) * len(ordered))) - 1
    return float((ordered[place] + ordered[min(place + 1, len(ordered) - 1)]) / 2)


def _caught(like, unlike, limit):
    """unlike: [folds, N]: each fold's model judged the same pictures."""
    score = np.concatenate([like, unlike.ravel()])
    truth = np.arange(len(score)) >= len(like)
    share = figures.share(round(float((unlike > limit).mean(axis=0).sum())), unlike.shape[1])
    return {"auroc": round(figures.auc(score, truth), 4), "caught": share}


def unlike_check(pooled, rows, s):
    """The number of directions that separates the half "choose" best, and what it does on the half "report", kind by kind."""
    half = np.array([r[2] for r in rows])
    kinds = np.array([r[1] for r in rows])
    tried = []
    for i, d in enumerate(s.directions):
        limit = limit_of(pooled.scores[i], s)
        tried.append({"directions": d, "limit": limit, **_caught(pooled.scores[i], pooled.unlike[:, i, half == "choose"], limit)})
    best = max(range(len(tried)), key=lambda i: (tried[i]["auroc"], -s.directions[i]))
    limit, like = tried[best]["limit"], pooled.scores[best]
    report = pooled.unlike[:, best, half == "report"]
    return {
        "directions": s.directions[best],
        "limit": round(limit, 4),
        "tried": tried,
        "false_alarms": figures.share(int((like > limit).sum()), len(like)),
        "report": _caught(like, report, limit),
        "kinds": {k: _caught(like, report[:, kinds[half == "report"] == k], limit) for k in sorted(set(kinds))},
    }


def decide(pooled, truth, rows, s):
    """Everything that one file's manifest takes from the cross-validation."""
    t = figures.temperature(pooled.logits, truth)
    p = figures.softmax(pooled.logits, t)
    chosen = thresholds(p, truth, s)
    return {
        "auc": auc_of(pooled.logits, truth, s),
        "temperature": t,
        "nll": {"before": round(figures.likelihood(pooled.logits, truth), 4), "after": round(figures.likelihood(pooled.logits, truth, t), 4)},
        "ece": {
            "before": round(figures.calibration_error(figures.softmax(pooled.logits), truth), 4),
            "after": round(figures.calibration_error(p, truth), 4),
        },
        "thresholds": chosen,
        "at_threshold": at_threshold(p, truth, chosen["mel"]),
        "unlike": unlike_check(pooled, rows, s),
    }


def fastest(decided, milliseconds):
    """The file that the shipped engine runs fastest among those whose AUC of melanoma and of keratosis is within 0.01 of the best."""
    within = []
    for kind, d in decided.items():
        short = [max(o["auc"][label]["value"] for o in decided.values()) - d["auc"][label]["value"] for label in ("mel", "sk")]
        if max(short) <= 0.01:
            within.append(kind)
    return min(within or list(decided), key=lambda kind: milliseconds[kind])
