"""Trains the simulation model on prepared drawings and writes model.tflite and manifest.json into a folder.

usage: train_simulation.py --train DIR --validation DIR --manifest TEMPLATE --out DIR
Each DIR holds labels.csv and pictures.npy (see simulation.sh). The same input gives the same model on the same machine.
"""

import argparse
import json
import math
import pathlib
import platform

import keras
import numpy as np
import tensorflow as tf

import data
import export
import network
import thresholds

SEED = 20261122
EPOCHS = 24
BATCH = 32
PEAK_RATE = 3e-3
SMOOTHING = 0.05


def numbered(folder, labels, rng):
    """Pictures and label numbers of a prepared folder, with as many lesionless ones added as one kind has."""
    pictures, names = data.load(folder)
    truth = np.array([labels.index(name) for name in names])
    share = len(pictures) // 3
    bare = data.without_lesion(pictures[rng.choice(len(pictures), share, replace=False)], rng)
    other = data.nothing_known(share // 3, pictures.shape[1], rng)
    none = np.full(len(bare) + len(other), labels.index("none"))
    return np.concatenate([pictures, bare, other]), np.concatenate([truth, none])


def to_input(pictures):
    return (pictures.astype(np.float32) - 127.5) / 127.5


def rate(step, steps):
    """Linear warm-up over the first tenth, then a cosine down to a hundredth."""
    warm = steps // 10
    if step < warm:
        return PEAK_RATE * (step + 1) / warm
    done = (step - warm) / (steps - warm)
    return PEAK_RATE * (0.01 + 0.99 * (1 + math.cos(math.pi * done)) / 2)


def fit(model, pictures, truth, labels, rng):
    optimiser = keras.optimizers.AdamW(PEAK_RATE, weight_decay=0.01)
    model.compile(optimiser, keras.losses.CategoricalCrossentropy(label_smoothing=SMOOTHING))
    per_epoch = len(pictures) // BATCH
    targets = np.eye(labels, dtype=np.float32)[truth]
    for epoch in range(EPOCHS):
        order, loss = rng.permutation(len(pictures)), 0.0
        for i in range(per_epoch):
            chosen = order[i * BATCH:(i + 1) * BATCH]
            optimiser.learning_rate.assign(rate(epoch * per_epoch + i, EPOCHS * per_epoch))
            loss += float(model.train_on_batch(to_input(data.augment(pictures[chosen], rng)), targets[chosen]))
        print(f"epoch {epoch + 1} of {EPOCHS}: loss {loss / per_epoch:.4f}", flush=True)


def main():
    parser = argparse.ArgumentParser()
    for name in ["train", "validation", "manifest", "out"]:
        parser.add_argument("--" + name, required=True, type=pathlib.Path)
    args = parser.parse_args()
    keras.utils.set_random_seed(SEED)
    tf.config.experimental.enable_op_determinism()
    rng = np.random.default_rng(SEED)
    manifest = json.loads(args.manifest.read_text())
    labels = manifest["output"]["labels"]

    pictures, truth = numbered(args.train, labels, rng)
    model = network.build(pictures.shape[1], len(labels))
    print(f"{len(pictures)} pictures, {model.count_params()} weights", flush=True)
    fit(model, pictures, truth, len(labels), rng)

    held, held_truth = numbered(args.validation, labels, rng)
    probabilities = model.predict(to_input(held), verbose=0)
    chosen = thresholds.choose(labels, probabilities, held_truth)
    for i, label in enumerate(labels):
        print(f"held-out {label}: AUC {thresholds.auc(probabilities[:, i], held_truth == i):.4f}, threshold {chosen[label]}")
        manifest["output"]["classes"][label]["threshold"] = chosen[label]

    content = export.convert(model)
    operators, difference = export.check(content, model, to_input(held[::7]))
    print(f"{len(content)} bytes, {' '.join(operators)}, Keras and TFLite differ by at most {difference:.1e}")
    manifest["provenance"] = {
        "pictures": f"{len(pictures)} for training, {len(held)} for thresholds, drawn by dermbox-imaging dataset",
        "script": f"inference/train/train_simulation.py, seed {SEED}, {EPOCHS} epochs",
        "tools": f"Python {platform.python_version()}, TensorFlow {tf.__version__}, Keras {keras.__version__}",
        "weights": str(model.count_params()),
    }
    args.out.mkdir(parents=True, exist_ok=True)
    (args.out / "model.tflite").write_bytes(content)
    (args.out / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n")


if __name__ == "__main__":
    main()
