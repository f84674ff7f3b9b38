"""The model card: the template with the measured figures, each with its interval."""

import pathlib

import settings

TEMPLATE = pathlib.Path(__file__).with_name("card.md.in")
NAMES = {"nv": "naevus", "mel": "melanoma", "sk": "seborrhoeic keratosis"}


def number(value, digits=3):
    return f"{value:.{digits}f}"


def interval(v, digits=3):
    return f"{number(v['value'], digits)} ({number(v['low'], digits)} to {number(v['high'], digits)}; n = {v['n']})"


def percent(v):
    return f"{100 * v['value']:.1f} % ({100 * v['low']:.1f} to {100 * v['high']:.1f}; n = {v['n']})"


def table(rows):
    return "\n".join("| " + " | ".join(str(cell) for cell in row) + " |" for row in rows)


def _aucs(results):
    rows = []
    for kind in sorted(results["cross_validation"]):
        for label in settings.LABELS:
            cv, val = results["cross_validation"][kind]["auc"][label], results["val"][kind]["auc"][label]
            rows.append([f"{kind}, {NAMES[label]}", interval(cv), interval(val)])
    return table(rows)


def _points(results):
    rows = []
    for kind in sorted(results["cross_validation"]):
        cv, val = results["cross_validation"][kind], results["val"][kind]
        for name in ("sensitivity", "specificity"):
            rows.append([f"{kind}, threshold {cv['thresholds']['mel']}: {name}", percent(cv["at_threshold"][name]), percent(val["at_threshold"][name])])
    return table(rows)


def _unlike(check):
    rows = [[f"**all {check['report']['caught']['n']}**", number(check["report"]["auroc"]), percent(check["report"]["caught"])]]
    rows += [[kind, number(v["auroc"]), percent(v["caught"])] for kind, v in check["kinds"].items()]
    return table(rows)


def _choice(results):
    if not results["shipped"]:
        return "Both files were packed to be timed."
    ms = results["milliseconds"]
    return (
        f"The {results['shipped']} file is shipped: of the files within 0.01 AUC of the best it is the one that the box's engine runs fastest "
        f"(float {ms['float']:.1f} ms, int8 {ms['int8']:.1f} ms a call, one thread, where it was made)."
    )


def text(results, kind):
    """The card of one kind of file, as Markdown."""
    mine, val = results["cross_validation"][kind], results["val"][kind]
    counts = results["pictures"]
    return TEMPLATE.read_text().format(
        moved_mean=results["int8_moves_by"]["mean"], moved_most=results["int8_moves_by"]["most"], moved_n=results["int8_moves_by"]["n"],
        kind=kind, bytes=f"{results['bytes'][kind]:,}", choice=_choice(results), digest=results["digest"],
        folds=results["settings"]["folds"], epochs=results["settings"]["epochs"], resamples=results["settings"]["resamples"],
        wanted=f"{100 * results['settings']['melanoma_sensitivity']:.0f} %",
        train=", ".join(f"{n} {NAMES[label]}" for label, n in counts["train"].items()),
        val=", ".join(f"{n} {NAMES[label]}" for label, n in counts["val"].items()),
        aucs=_aucs(results), points=_points(results), temperature=mine["temperature"],
        nll_before=mine["nll"]["before"], nll_after=mine["nll"]["after"], ece_before=mine["ece"]["before"], ece_after=mine["ece"]["after"],
        val_nll=val["nll"], val_ece=val["ece"],
        directions=mine["unlike"]["directions"], limit=mine["unlike"]["limit"], unlike=_unlike(mine["unlike"]),
        alarms=percent(mine["unlike"]["false_alarms"]), val_alarms=percent(val["false_alarms"]),
    )
