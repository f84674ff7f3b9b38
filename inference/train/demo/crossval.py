"""What a model of each fold says of the pictures that it was not trained on, by both files, kept fold by fold."""

import pathlib

import numpy as np

import convert
import fit
import residual

KINDS = ("float", "int8")


def files(run, pictures, s, sample):
    """The two files of a trained run, converted once and checked. pictures: those that it was trained on."""
    out = {}
    for kind in KINDS:
        path = run.folder / f"{kind}.tflite"
        if not path.exists():
            chosen = np.random.default_rng(s.seed).permutation(len(pictures))[: s.calibration_pictures]
            content = convert.to_float(run.model) if kind == "float" else convert.to_int8(run.model, pictures.images[chosen])
            convert.check(content, run.model, sample, kind == "int8")
            path.write_bytes(content)
        out[kind] = path.read_bytes()
    return out


def checks(file, pictures, s):
    """A check for unlike pictures for each number of directions, of a file's own features of its training pictures."""
    features = file.answers(pictures.images)[1]
    return {d: residual.Residual(features, d) for d in s.directions}


def fold(run, train, held, unlike, s, say):
    """Answers of a fold's two files. Gives kind -> logits [held], scores of the held-out and of the unlike pictures
    [directions, N]; taken over if they are there."""
    path = pathlib.Path(run.folder) / f"answers-{s.digest()}.npz"
    if not path.exists():
        run.train(train, say)
        out = {}
        for kind, content in files(run, train, s, held.images[:20]).items():
            file = convert.File(content)
            logits, features = file.answers(held.images)
            other = file.answers(unlike)[1]
            tried = checks(file, train, s)
            out[kind + "_logits"] = logits
            out[kind + "_held"] = np.array([tried[d].score(features) for d in s.directions])
            out[kind + "_unlike"] = np.array([tried[d].score(other) for d in s.directions])
        np.savez(path, **out)
        say(f"{run.folder.name}: answered for {len(held)} pictures that it was not trained on")
    return dict(np.load(path, allow_pickle=False))


class Pooled:
    """The answers of all folds by one kind of file, in the order of the pictures. unlike has one row per fold."""

    def __init__(self, parts, places, count, kind):
        self.logits = np.zeros((count, parts[0][kind + "_logits"].shape[1]))
        self.scores = np.zeros((len(parts[0][kind + "_held"]), count))
        for part, place in zip(parts, places):
            self.logits[place] = part[kind + "_logits"]
            self.scores[:, place] = part[kind + "_held"]
        self.unlike = np.stack([part[kind + "_unlike"] for part in parts])  # [folds, directions, N]
