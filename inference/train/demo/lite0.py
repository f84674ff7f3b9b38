"""EfficientNet-Lite0 in Keras: the network, its ImageNet weights, and which part of it stays frozen.

Lite0 is EfficientNet-B0 without squeeze-and-excitation and with ReLU6, so that it quantises well (Tan and Le, 2019)."""

import keras
import numpy as np

layers = keras.layers

# repeats, kernel, stride of the first, expansion, channels out
STAGES = [(1, 3, 1, 1, 16), (2, 3, 2, 6, 24), (2, 5, 2, 6, 40), (3, 3, 2, 6, 80), (3, 5, 1, 6, 112), (4, 5, 2, 6, 192), (1, 3, 1, 6, 320)]
STEM, FEATURES = 32, 1280
EPSILON = 1e-3


class KeptNormalization(layers.BatchNormalization):
    """Batch normalisation with the statistics of ImageNet, in training too: those of a few pictures were worse. The
    layer's own trainable = False would also hold its scale and shift, and training=False at its call does not outlast the model's
    training=True."""

    def call(self, inputs, training=None, mask=None):
        return super().call(inputs, training=False, mask=mask)


def _normal(x, name):
    return KeptNormalization(epsilon=EPSILON, name=name)(x)


def _block(x, number, kernel, stride, expansion, out):
    name, into, start = f"block{number}", x.shape[-1], x
    if expansion > 1:
        x = layers.Conv2D(into * expansion, 1, use_bias=False, name=name + "_expand")(x)
        x = layers.ReLU(6.0)(_normal(x, name + "_bn0"))
    x = layers.DepthwiseConv2D(kernel, strides=stride, padding="same", use_bias=False, name=name + "_depthwise")(x)
    x = layers.ReLU(6.0)(_normal(x, name + "_bn1"))
    x = layers.Conv2D(out, 1, use_bias=False, name=name + "_project")(x)
    x = _normal(x, name + "_bn2")
    return layers.Add()([start, x]) if stride == 1 and into == out else x


def build(size, labels, dropout):
    """A model from (size, size, 3), normalised, to logits of the labels and the feature vector."""
    picture = layers.Input((size, size, 3), name="picture")
    x = layers.Conv2D(STEM, 3, strides=2, padding="same", use_bias=False, name="stem")(picture)
    x = layers.ReLU(6.0)(_normal(x, "stem_bn"))
    number = 0
    for repeats, kernel, stride, expansion, out in STAGES:
        for i in range(repeats):
            x = _block(x, number, kernel, stride if i == 0 else 1, expansion, out)
            number += 1
    x = layers.Conv2D(FEATURES, 1, use_bias=False, name="head")(x)
    x = layers.ReLU(6.0)(_normal(x, "head_bn"))
    features = layers.GlobalAveragePooling2D(name="features")(x)
    logits = layers.Dense(labels, name="logits")(layers.Dropout(dropout)(features))
    return keras.Model(picture, {"logits": logits, "features": features})


def _names():
    """Keras layer -> the name of its weights in the PyTorch file."""
    out = {"stem": "_conv_stem", "stem_bn": "_bn0", "head": "_conv_head", "head_bn": "_bn1"}
    parts = {"expand": "_expand_conv", "depthwise": "_depthwise_conv", "project": "_project_conv", "bn0": "_bn0", "bn1": "_bn1", "bn2": "_bn2"}
    for number in range(sum(stage[0] for stage in STAGES)):
        for part, other in parts.items():
            out[f"block{number}_{part}"] = f"_blocks.{number}.{other}"
    return out


def load(model, weights):
    """Puts the ImageNet weights in; every array of the file but its classifier and counters must find its place."""
    used = set()

    def take(name):
        used.add(name)
        return weights[name]

    names = _names()
    for layer in model.layers:
        name = names.get(layer.name)
        if isinstance(layer, layers.BatchNormalization):
            layer.set_weights([take(f"{name}.{part}") for part in ("weight", "bias", "running_mean", "running_var")])
        elif isinstance(layer, layers.DepthwiseConv2D):
            layer.set_weights([take(name + ".weight").transpose(2, 3, 0, 1)])
        elif isinstance(layer, layers.Conv2D):
            layer.set_weights([take(name + ".weight").transpose(2, 3, 1, 0)])
    left = {n for n in set(weights) - used if not n.startswith("_fc.") and not n.endswith("num_batches_tracked")}
    if left:
        raise SystemExit(f"weights: no layer for {sorted(left)}")


def freeze(model, blocks):
    """Freezes the stem and the first blocks. In the open blocks the scale and shift of batch normalisation learn, too."""
    for layer in model.layers:
        number = int(layer.name[5:].split("_")[0]) if layer.name.startswith("block") else None
        layer.trainable = not (layer.name.startswith("stem") or number is not None and number < blocks)


def normalise(pictures):
    """As the manifest's mean and std say (127 and 128): with int8, whose scale is 1/128, a byte loses nothing."""
    return (np.asarray(pictures, np.float32) - 127) / 128
