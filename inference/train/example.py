"""A worked example for docs/models.md: a small Keras model of prepared pictures, with thresholds, as a folder to pack.

usage: example.py --train DIR --validation DIR --manifest TEMPLATE --out DIR [--epochs N]
Each DIR holds labels.csv and pictures.npy, as `dermbox-inference prepare` writes them.
"""

import argparse
import json
import pathlib

import keras
import numpy as np

import data
import export
import network
import thresholds


def load(folder, labels):
    pictures, names = data.load(folder)
    return pictures, np.array([labels.index(name) for name in names])


def to_input(pictures):
    """As the manifest's mean and std say: the box will do the same."""
    return (pictures.astype(np.float32) - 127.5) / 127.5


def main():
    parser = argparse.ArgumentParser()
    for name in ["train", "validation", "manifest", "out"]:
        parser.add_argument("--" + name, required=True, type=pathlib.Path)
    parser.add_argument("--epochs", type=int, default=20)
    args = parser.parse_args()
    keras.utils.set_random_seed(1)
    manifest = json.loads(args.manifest.read_text())
    labels = manifest["output"]["labels"]

    # 1. Any Keras model will do that takes one picture and gives one probability for each label.
    pictures, truth = load(args.train, labels)
    model = network.build(pictures.shape[1], len(labels))
    model.compile(keras.optimizers.AdamW(2e-3), keras.losses.SparseCategoricalCrossentropy())
    chance = np.random.default_rng(1)
    for epoch in range(args.epochs):
        told = model.fit(to_input(data.augment(pictures, chance)), truth, batch_size=16, verbose=0)
        print(f"epoch {epoch + 1} of {args.epochs}: loss {told.history['loss'][0]:.3f}", flush=True)

    # 2. Thresholds are chosen on pictures that were not trained on, each class with its own: the largest probability is no rule.
    held, held_truth = load(args.validation, labels)
    held = to_input(held)
    probabilities = model.predict(held, verbose=0)
    for label, threshold in thresholds.choose(labels, probabilities, held_truth).items():
        manifest["output"]["classes"][label]["threshold"] = threshold
        area = thresholds.auc(probabilities[:, labels.index(label)], held_truth == labels.index(label))
        print(f"{label}: AUC {area:.4f} on {len(held)} held-out pictures, threshold {threshold}")

    # 3. Convert, and see that the file answers as the model does.
    content = export.convert(model)
    operators, difference = export.check(content, model, held[::5])
    print(f"{len(content)} bytes, {' '.join(operators)}, Keras and TFLite differ by at most {difference:.1e}")
    manifest["provenance"] = {"script": "inference/train/example.py", "pictures": f"{len(pictures)} drawings"}
    args.out.mkdir(parents=True, exist_ok=True)
    (args.out / "model.tflite").write_bytes(content)
    (args.out / "manifest.json").write_text(json.dumps(manifest, indent=1) + "\n")


if __name__ == "__main__":
    main()
