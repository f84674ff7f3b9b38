"""Training pictures: loading, pictures that show no lesion, and augmentation. All chance comes from a given generator."""

import csv
import pathlib

import numpy as np


def load(folder):
    """Pictures (uint8, N x S x S x 3) that `dermbox-inference prepare` made, and their labels as drawn."""
    folder = pathlib.Path(folder)
    with open(folder / "labels.csv", newline="") as f:
        names = [row["label"] for row in csv.DictReader(f)]
    pictures = np.load(folder / "pictures.npy", allow_pickle=False)
    if len(names) != len(pictures):
        raise SystemExit(f"{folder}: {len(names)} labels for {len(pictures)} pictures")
    return pictures, names


def without_lesion(pictures, rng):
    """Bare skin: each picture's middle is replaced by its own rim, folded inward, so that light and skin stay and the
    lesion goes. Rotations differ from ring to ring, or the rim's hairs would become stars."""
    n, size = len(pictures), pictures.shape[1]
    y, x = np.mgrid[:size, :size] - (size - 1) / 2
    radius, angle = np.hypot(x, y), np.arctan2(y, x)
    inner, outer = 0.40 * size, 0.50 * size
    width = outer - inner
    depth = np.where(radius < inner, (inner - radius) % (2 * width), 0)
    source = np.where(radius < inner, inner + width - np.abs(width - depth), radius)
    out = np.empty_like(pictures)
    for i in range(n):
        turn = np.where(radius < inner, rng.uniform(0, 2 * np.pi) + 0.5 * np.sin(radius / 7), 0)
        sy = np.clip(np.rint(source * np.sin(angle + turn) + (size - 1) / 2), 0, size - 1).astype(int)
        sx = np.clip(np.rint(source * np.cos(angle + turn) + (size - 1) / 2), 0, size - 1).astype(int)
        out[i] = pictures[i][sy, sx]
    return out


def nothing_known(count, size, rng):
    """Pictures that are no dermoscopy at all: flat colours, gradients, noise, darkness."""
    out = np.zeros((count, size, size, 3))
    ramp = np.linspace(-1, 1, size)
    for i in range(count):
        colour = rng.uniform(0, 255, 3)
        slope = rng.uniform(-90, 90, (2, 3)) * (i % 2)
        out[i] = colour + ramp[:, None, None] * slope[0] + ramp[None, :, None] * slope[1]
        if i % 3 == 0:
            out[i] += rng.normal(0, rng.uniform(5, 80), (size, size, 1 + 2 * (i % 2)))
        if i % 7 == 0:
            out[i] *= 0.1
    return np.clip(out, 0, 255).astype(np.uint8)


def augment(batch, rng):
    """A batch in 0..255 as float32, turned, mirrored, shifted and lit otherwise."""
    out = np.empty(batch.shape, np.float32)
    for i, picture in enumerate(batch):
        picture = np.rot90(picture, rng.integers(4))
        if rng.integers(2):
            picture = picture[:, ::-1]
        picture = np.roll(picture, rng.integers(-5, 6, 2), (0, 1))
        out[i] = picture
    n = len(batch)
    contrast, shift = rng.uniform(0.8, 1.25, (n, 1, 1, 1)), rng.uniform(-18, 18, (n, 1, 1, 1))
    gain = rng.uniform(0.94, 1.06, (n, 1, 1, 3))
    out = (out - 110) * contrast * gain + 110 + shift
    out += rng.normal(0, 2.0, out.shape)
    return np.clip(out, 0, 255).astype(np.float32)
