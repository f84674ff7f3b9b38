"""The figures that report_test.go is held against: NumPy and SciPy on the pictures that madeUp makes there."""

import numpy as np
from scipy import stats

state = 12345


def random():
    global state
    state = (1103515245 * state + 12345) % 2**31
    return (state >> 8) % 1000 / 1000


def pictures():
    probabilities, truths = [], []
    for i in range(120):
        truth = [0, 0, 1, 2][i % 4]
        weights = [random() + 0.05, random() + 0.05, random() + 0.05]
        weights[truth] += 0.6
        first, second = (round(w / sum(weights), 2) for w in weights[:2])
        probabilities.append([first, second, round(1 - (first + second), 2)])
        truths.append(truth)
    return np.array(probabilities), np.array(truths)


def ece(said, true):
    bins = np.minimum(9, (said * 10).astype(int))
    print("bins", np.bincount(bins, minlength=10))
    return sum(abs((said[bins == b] - true[bins == b]).sum()) for b in range(10)) / len(said)


def percentiles(statistic):
    chance = np.random.default_rng(0)
    return np.percentile([statistic(chance) for _ in range(20000)], [2.5, 97.5])


def area(own, rest):
    return stats.mannwhitneyu(own, rest).statistic / len(own) / len(rest)


def main():
    p, t = pictures()
    for label, threshold in enumerate([0.5, 0.4, 0.45]):
        own, rest = p[t == label, label], p[t != label, label]
        print("auc", area(own, rest), percentiles(lambda c: area(c.choice(own, len(own)), c.choice(rest, len(rest)))))
        for k, n in [((own >= threshold).sum(), len(own)), ((rest < threshold).sum(), len(rest))]:
            print("rate", k, n, stats.binomtest(int(k), int(n)).proportion_ci(method="wilson"))
        print("ece", ece(p[:, label], t == label))
    loss = -np.log(p[np.arange(len(t)), t])
    kinds = [np.where(t == label)[0] for label in range(3)]
    print("nll", loss.mean(), percentiles(lambda c: loss[np.concatenate([c.choice(k, len(k)) for k in kinds])].mean()))
    print("top ece", ece(p.max(1), p.argmax(1) == t))
    print("percentile", np.percentile([3, 1, 4, 1, 5, 9, 2, 6], [2.5, 50, 97.5]))


if __name__ == "__main__":
    main()
