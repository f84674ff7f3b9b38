"""The labelled pictures: read, prepared by the appliance's own code, and divided for cross-validation."""

import csv
import pathlib
import subprocess

import numpy as np

import settings

COLUMNS = {"split", "image_id", "path", "dx"}


class Pictures:
    """One split. images: uint8 [N, size, size, 3] R G B. truth: number of the label. ids, paths: as in labels.csv."""

    def __init__(self, ids, paths, truth, images):
        self.ids, self.paths, self.truth, self.images = list(ids), list(paths), np.asarray(truth), images

    def __len__(self):
        return len(self.ids)

    def part(self, chosen):
        return Pictures([self.ids[i] for i in chosen], [self.paths[i] for i in chosen], self.truth[chosen], self.images[chosen])


def rows(data, split):
    """The lines of labels.csv of a split, sorted by id."""
    table = pathlib.Path(data) / "labels.csv"
    if not table.is_file():
        raise SystemExit(f"DATA: {table} is not there. DATA is the folder with labels.csv (split,image_id,path,dx) and its pictures")
    with open(table, newline="", encoding="utf-8-sig") as f:
        reader = csv.DictReader(f)
        missing = COLUMNS - set(reader.fieldnames or [])
        if missing:
            raise SystemExit(f"{table}: no column {', '.join(sorted(missing))}")
        found = sorted((row for row in reader if row["split"] == split), key=lambda row: row["image_id"])
    for row in found:
        if row["dx"] not in settings.LABELS:
            raise SystemExit(f"{table}: dx of {row['image_id']} is {row['dx']!r}, want one of {', '.join(settings.LABELS)}")
    if not found:
        raise SystemExit(f"{table}: no picture in split {split!r}")
    return found


def prepare(program, manifest, folder, lines, source):
    """Has `dermbox-inference prepare` decode, crop and resize, as in the clinic. lines: path within source, label.
    Gives uint8 [N, height, width, 3]; what was prepared before is taken over if its list is the same."""
    folder = pathlib.Path(folder)
    folder.mkdir(parents=True, exist_ok=True)
    link = folder / "source"
    if link.is_symlink():
        link.unlink()
    link.symlink_to(pathlib.Path(source).resolve())
    text = "path,label,tone\n" + "".join(f"source/{path},{label},\n" for path, label in lines)
    table, out = folder / "labels.csv", folder / "pictures.npy"
    if not (out.exists() and table.exists() and table.read_text() == text):
        out.unlink(missing_ok=True)
        table.write_text(text)
        subprocess.run(
            [program, "prepare", "--images", folder, "--manifest", manifest, "--optics", "public-isic", "--out", out], check=True
        )
    return np.load(out, allow_pickle=False)


def load(program, manifest, work, data, split):
    """A split of the data, prepared."""
    found = rows(data, split)
    images = prepare(program, manifest, pathlib.Path(work) / split, [(row["path"], row["dx"]) for row in found], data)
    truth = [settings.LABELS.index(row["dx"]) for row in found]
    return Pictures([row["image_id"] for row in found], [row["path"] for row in found], truth, images)


def alike(images):
    """A group number for each picture: those that are nearly the same picture share one. ISIC has some lesions twice, and a
    fold must not be asked about what another was taught. Compared are small grey versions, by correlation."""
    small = images[:, 4::8, 4::8].mean(axis=3)
    small = small.reshape(len(small), -1)
    small = small - small.mean(axis=1, keepdims=True)
    small /= np.maximum(np.linalg.norm(small, axis=1, keepdims=True), 1e-6)
    group = np.arange(len(images))
    first, second = np.nonzero(np.triu(small @ small.T > 0.995, 1))
    for i, j in zip(first, second):
        group[group == group[j]] = group[i]
    return group


def folds(pictures, count, seed):
    """Fold number of each picture. Each class is dealt out evenly, and pictures that are nearly the same stay together."""
    chance = np.random.default_rng(seed)
    group = alike(pictures.images)
    out = np.full(len(pictures), -1)
    for label in range(len(settings.LABELS)):
        members = [g for g in np.unique(group[pictures.truth == label])]
        chance.shuffle(members)
        for i, g in enumerate(members):
            same = group == g
            taken = out[same].max()
            out[same] = taken if taken >= 0 else (i + label) % count
    return out
