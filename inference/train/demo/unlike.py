"""Pictures that are no dermoscopy of a lesion, to choose and to judge the check that must notice them. Each comes in two halves
that never mix: "choose" and "report". No photograph, lesion or drawing has parts in both."""

import importlib.util
import pathlib
import subprocess

import numpy as np
import tensorflow as tf

SIZE = 256  # of a picture's side, as the data's own
COUNT = 40  # of each kind, but photographs, which are as many as the packages hold
HALVES = ("choose", "report")
PACKAGES = {"skimage": "data", "sklearn": "datasets/images"}
# Not everyday photographs, or no pictures of three channels at all.
LEFT_OUT = {"multipage", "multipage_rgb", "no_time_for_that_tiny", "microaneurysms"}


def _noise(chance, i):
    grey = i % 2 == 0
    return 128 + chance.normal(0, chance.uniform(10, 90), (SIZE, SIZE, 1 if grey else 3)) * np.ones(3)


def _plain(chance, i):
    colour = chance.uniform(0, 255, 3)
    if i % 2 == 0:  # a colour that skin has, light to dark: the most dangerous blank there is
        dark = chance.uniform()
        colour = (1 - dark) * np.array([228, 182, 160]) + dark * np.array([74, 46, 36])
    return np.ones((SIZE, SIZE, 1)) * colour + chance.normal(0, 2, (SIZE, SIZE, 3))


def _gradient(chance, _):
    a, b = chance.uniform(0, 255, (2, 3))
    angle = chance.uniform(0, 2 * np.pi)
    y, x = np.mgrid[:SIZE, :SIZE] / (SIZE - 1) - 0.5
    t = np.clip(0.5 + (x * np.cos(angle) + y * np.sin(angle)), 0, 1)[..., None]
    return a * (1 - t) + b * t


def _blur(picture, sigma):
    radius = int(3 * sigma)
    kernel = np.exp(-np.arange(-radius, radius + 1) ** 2 / (2 * sigma * sigma))
    kernel /= kernel.sum()
    x = np.asarray(picture, np.float64)
    for axis in (0, 1):
        padded = np.pad(x, [(radius, radius) if a == axis else (0, 0) for a in range(3)], mode="edge")
        x = np.apply_along_axis(lambda line: np.convolve(line, kernel, "valid"), axis, padded)
    return x


def _skin(picture, chance):
    """The evenest corner of a dermoscopy, enlarged: skin with no lesion. None where all corners are vignette or lesion."""
    side = picture.shape[0] // 4
    corners = [picture[y : y + side, x : x + side] for y in (0, 3 * side) for x in (0, 3 * side)]
    corners = [c for c in corners if c.mean() > 90 and c.std(axis=(0, 1)).max() < 16]
    if not corners:
        return None
    best = min(corners, key=lambda c: c.std(axis=(0, 1)).max())
    return np.asarray(tf.image.resize(best.astype(np.float32), (SIZE, SIZE), "bicubic")) + chance.normal(0, 1.5, (SIZE, SIZE, 3))


def _read(path):
    return np.asarray(tf.io.decode_image(tf.io.read_file(str(path)), channels=3, expand_animations=False))


def photographs():
    """Everyday photographs and graphics that two registry packages hold as files; each as its middle square and four quarters."""
    for package, folder in PACKAGES.items():
        where = importlib.util.find_spec(package)
        if where is None:
            raise SystemExit(f"unlike pictures: the package {package} is not installed: inference/train/demo/requirements.txt")
        for path in sorted((pathlib.Path(where.submodule_search_locations[0]) / folder).iterdir()):
            if path.suffix in (".png", ".jpg") and path.stem not in LEFT_OUT:
                picture = _read(path)
                side = min(picture.shape[:2])
                y, x = (picture.shape[0] - side) // 2, (picture.shape[1] - side) // 2
                whole, half = picture[y : y + side, x : x + side], side // 2
                parts = [whole, whole[:half, :half], whole[:half, half:], whole[half:, :half], whole[half:, half:]]
                yield path.stem, [np.asarray(tf.image.resize(p, (SIZE, SIZE), "area")) for p in parts]


def _save(path, picture):
    tf.io.write_file(str(path), tf.io.encode_jpeg(np.clip(np.rint(picture), 0, 255).astype(np.uint8), quality=92))


class Set:
    """Writes JPEGs under folder and remembers (path, kind, half)."""

    def __init__(self, folder):
        self.folder, self.rows = pathlib.Path(folder), []

    def add(self, kind, name, picture, half):
        path = self.folder / kind / f"{name}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        _save(path, picture)
        self.rows.append((str(path.relative_to(self.folder)), kind, HALVES[half]))


def make(folder, sources, imaging, seed, count=COUNT):
    """All kinds. sources: paths of dermoscopy that no model was trained on, for blur and bare skin. imaging: the program that
    draws the simulated dermatoscope's subjects. Gives rows of (path within folder, kind, half)."""
    chance, out = np.random.default_rng(seed), Set(folder)
    for kind, make_one in (("noise", _noise), ("plain colour", _plain), ("gradient", _gradient)):
        for i in range(count):
            # Plain colours alternate between skin and others: halves alternate in pairs, so that each has both.
            out.add(kind, f"{i:03d}", make_one(chance, i), i // 2 % 2)
    for i, (name, parts) in enumerate(photographs()):
        for j, part in enumerate(parts):
            out.add("photograph", f"{name}-{j}", part, i % 2)
    made = 0
    for i, path in enumerate(sources):
        picture = _read(path)
        if i < count:
            out.add("heavy blur", f"{i:03d}", _blur(picture, chance.uniform(8, 14)), i % 2)
        skin = _skin(picture, chance) if made < count else None
        if skin is not None:
            out.add("empty skin", f"{made:03d}", skin, i % 2)
            made += 1
    drawn = out.folder / "drawing"
    if not (drawn / "labels.csv").exists():
        subprocess.run([imaging, "dataset", "--out", drawn, "--seeds", f"700001-{700000 + count}"], check=True, stdout=subprocess.DEVNULL)
    for i, path in enumerate(sorted(drawn.rglob("*.jpg"))):
        out.rows.append((str(path.relative_to(out.folder)), "drawing", HALVES[i % 2]))
    return out.rows
