"""From labelled photographs to a signed pack: prepare, cross-validate, train, choose, convert, check, pack.

usage: train_demo.py --data DIR [--work DIR] [--programs DIR] [--out FILE] [--proof DIR] [--smoke]
Broken off, it goes on where it was when it is started again with the same WORK. `make train-demo DATA=DIR` runs it."""

import argparse
import csv
import json
import pathlib
import subprocess
import time

import keras
import numpy as np
import tensorflow as tf

import card
import choose
import convert
import crossval
import figures
import fit
import packing
import pictures
import settings
import unlike

HERE = pathlib.Path(__file__).parent
REPO = HERE.parents[2]
KEY = REPO / "firmware/keyring/demo/model.key.pem"  # signs for demonstrations alone
BEGAN = time.monotonic()


def say(text):
    print(f"[{(time.monotonic() - BEGAN) / 60:5.1f} min] {text}", flush=True)


class Demo:
    """One run of the whole chain; each step leaves its result in work."""

    def __init__(self, args):
        self.data, self.work, self.programs = args.data, args.work, args.programs
        self.out, self.proof, self.smoke = args.out, args.proof, args.smoke
        self.s = settings.SMOKE if args.smoke else settings.FULL
        self.template = json.loads((HERE / "demonstration.manifest.json").read_text())
        self.work.mkdir(parents=True, exist_ok=True)

    def prepare(self):
        say("1 of 6: prepare the pictures with the box's own code")
        program, template = self.programs / "dermbox-inference", HERE / "demonstration.manifest.json"
        self.train = pictures.load(program, template, self.work, self.data, "train")
        self.val = pictures.load(program, template, self.work, self.data, "val")
        sources = [self.data / path for path in self.val.paths]
        folder = self.work / "unlike"
        self.rows = unlike.make(folder, sources, self.programs / "dermbox-imaging", self.s.seed, 4 if self.smoke else unlike.COUNT)
        lines = [(path, "") for path, _, _ in self.rows]
        self.unlike = pictures.prepare(program, template, self.work / "unlike-prepared", lines, folder)
        say(f"{len(self.train)} pictures to train, {len(self.val)} to report on, {len(self.rows)} unlike both")

    def crossvalidate(self):
        s = self.s
        self.folds = pictures.folds(self.train, s.folds, s.seed)
        parts, places = [], []
        for k in range(s.folds):
            say(f"2 of 6: cross-validate, fold {k + 1} of {s.folds}")
            chosen, held = np.flatnonzero(self.folds != k), np.flatnonzero(self.folds == k)
            run = fit.Run(self.work / f"fold-{k}", len(chosen), s, s.seed + 1 + k)
            parts.append(crossval.fold(run, self.train.part(chosen), self.train.part(held), self.unlike, s, say))
            places.append(held)
            keras.backend.clear_session()
        self.pooled = {kind: crossval.Pooled(parts, places, len(self.train), kind) for kind in crossval.KINDS}

    def final(self):
        say("3 of 6: train on all")
        run = fit.Run(self.work / "final", len(self.train), self.s, self.s.seed)
        run.train(self.train, say)
        self.files = crossval.files(run, self.train, self.s, self.val.images[:20])

    def choose(self):
        say("4 of 6: temperature, thresholds and the check for unlike pictures")
        self.decided = {kind: choose.decide(self.pooled[kind], self.train.truth, self.rows, self.s) for kind in crossval.KINDS}
        self.checks, self.reports, said = {}, {}, {}
        for kind, d in self.decided.items():
            file = convert.File(self.files[kind])
            self.checks[kind] = crossval.checks(file, self.train, self.s)[d["unlike"]["directions"]]
            said[kind], self.reports[kind] = self._val(file, d, self.checks[kind])
            auc = {label: v["value"] for label, v in d["auc"].items()}
            say(f"{kind}: AUC {auc}, temperature {d['temperature']}, thresholds {d['thresholds']}, unlike {d['unlike']['report']}")
        moved = np.abs(said["int8"] - said["float"]).max(axis=1)
        self.moved = {"mean": round(float(moved.mean()), 4), "most": round(float(moved.max()), 4), "n": len(moved)}

    def _val(self, file, d, check):
        """Probabilities and figures of val, which chose nothing and is reported."""
        logits, features = file.answers(self.val.images)
        p = figures.softmax(logits, d["temperature"])
        strange = check.score(features) > d["unlike"]["limit"]
        return p, {
            "auc": choose.auc_of(logits, self.val.truth, self.s),
            "at_threshold": choose.at_threshold(p, self.val.truth, d["thresholds"]["mel"]),
            "nll": round(figures.likelihood(logits, self.val.truth, d["temperature"]), 4),
            "ece": round(figures.calibration_error(p, self.val.truth), 4),
            "false_alarms": figures.share(int(strange.sum()), len(strange)),
        }

    def pack(self):
        say("5 of 6: pack both files, and time them on the shipped engine")
        known = packing.known(self.work / "known", self.data, self.val, self.work / "unlike", self.rows, 20)
        results = self._results()
        for kind in crossval.KINDS:
            packing.build(
                self.programs, self.work / f"pack-{kind}", self.template, kind, self.decided[kind], self.files[kind], self.checks[kind],
                card.text(results, kind), self._provenance(), known, KEY, self.work / f"{kind}.dermpack",
            )
        self.milliseconds = {kind: self._time(self.work / f"{kind}.dermpack") for kind in crossval.KINDS}
        self.shipped = choose.fastest(self.decided, self.milliseconds)
        say(f"milliseconds of a call: {self.milliseconds}; shipped: {self.shipped}")
        results = self._results()
        packing.build(
            self.programs, self.work / "pack", self.template, self.shipped, self.decided[self.shipped], self.files[self.shipped],
            self.checks[self.shipped], card.text(results, self.shipped), self._provenance(), known, KEY, self.out,
        )

    def _time(self, path):
        """The model's own time for a call on the engine of the box: the median of what the box's programs report."""
        call = [self.programs / "dermbox-inference", "bench", "--pack", path, "--key", KEY]
        return json.loads(subprocess.run(call, check=True, stdout=subprocess.PIPE, text=True).stdout)["run_p50_ms"]

    def _provenance(self):
        return {
            "script": "inference/train/demo", "settings": self.s.digest(), "pictures": f"{len(self.train)} of ISIC 2017, split train",
            "tensorflow": tf.__version__, "keras": keras.__version__,
        }

    def _results(self):
        return {
            "settings": {k: v for k, v in self.s.__dict__.items()},
            "digest": self.s.digest(),
            "pictures": {
                split: {label: int((p.truth == i).sum()) for i, label in enumerate(settings.LABELS)}
                for split, p in (("train", self.train), ("val", self.val))
            },
            "unlike": {kind: {half: sum(r[1] == kind and r[2] == half for r in self.rows) for half in unlike.HALVES}
                       for kind in sorted({r[1] for r in self.rows})},
            "cross_validation": self.decided,
            "val": self.reports,
            "int8_moves_by": self.moved,
            "bytes": {kind: len(content) for kind, content in self.files.items()},
            "milliseconds": getattr(self, "milliseconds", None),
            "shipped": getattr(self, "shipped", None),
        }

    def report(self):
        say("6 of 6: results, cross-validation answers and log")
        self.proof.mkdir(parents=True, exist_ok=True)
        (self.proof / "results.json").write_text(json.dumps(self._results(), indent=1) + "\n")
        (self.proof / "card.md").write_text(card.text(self._results(), self.shipped))
        self._write("cross-validation.csv", self._crossvalidation())
        self._write("unlike.csv", self._unlike())
        logs = sorted(self.work.glob("fold-*/log.jsonl")) + [self.work / "final" / "log.jsonl"]
        (self.proof / "training-log.jsonl").write_text("".join(p.read_text() for p in logs))
        say(f"{self.out} {self.out.stat().st_size} bytes; {self.proof}")

    def _write(self, name, lines):
        with open(self.proof / name, "w", newline="") as f:
            csv.writer(f, lineterminator="\n").writerows(lines)

    def _crossvalidation(self):
        """What the model that had not seen a picture says of it: probabilities after the temperature, and the check's score."""
        yield ["image_id", "dx", "fold", *(f"{kind}_{what}" for kind in crossval.KINDS for what in (*settings.LABELS, "unlike"))]
        said = {}
        for kind in crossval.KINDS:
            d, pooled = self.decided[kind], self.pooled[kind]
            score = pooled.scores[self.s.directions.index(d["unlike"]["directions"])]
            said[kind] = np.column_stack([figures.softmax(pooled.logits, d["temperature"]), score])
        for i, name in enumerate(self.train.ids):
            values = [f"{x:.5f}" for kind in crossval.KINDS for x in said[kind][i]]
            yield [name, settings.LABELS[self.train.truth[i]], int(self.folds[i]), *values]

    def _unlike(self):
        """The check's score of each unlike picture by the model of each fold."""
        yield ["picture", "kind", "half", *(f"{kind}_{k}" for kind in crossval.KINDS for k in range(self.s.folds))]
        place = {kind: self.s.directions.index(self.decided[kind]["unlike"]["directions"]) for kind in crossval.KINDS}
        for i, row in enumerate(self.rows):
            yield [*row, *(f"{x:.4f}" for kind in crossval.KINDS for x in self.pooled[kind].unlike[:, place[kind], i])]


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--data", required=True, type=pathlib.Path, help="folder with labels.csv (split,image_id,path,dx) and its pictures")
    parser.add_argument("--work", type=pathlib.Path, default=REPO / "build/train-demo", help="what is kept between runs")
    parser.add_argument("--programs", type=pathlib.Path, default=REPO / "build/bin")
    parser.add_argument("--out", type=pathlib.Path, default=REPO / "build/train-demo/demonstration.dermpack")
    parser.add_argument("--proof", type=pathlib.Path, default=REPO / "build/train-demo/proof", help="results, predictions, log")
    parser.add_argument("--smoke", action="store_true", help="a handful of pictures: shows that each step works, not how well")
    demo = Demo(parser.parse_args())
    try:
        for step in (demo.prepare, demo.crossvalidate, demo.final, demo.choose, demo.pack, demo.report):
            step()
    except subprocess.CalledProcessError as failed:  # it has said why on stderr
        raise SystemExit(f"train_demo: {pathlib.Path(failed.cmd[0]).name} ended with {failed.returncode}; what was trained is kept in {demo.work}")
    except KeyboardInterrupt:
        raise SystemExit(f"train_demo: broken off; started again it goes on where it was, in {demo.work}")


if __name__ == "__main__":
    main()
