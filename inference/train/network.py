"""The simulation model's network: a small depthwise-separable CNN for 96x96 RGB, about 50,000 weights."""

import tensorflow as tf

layers = tf.keras.layers


def _separable(x, filters, stride):
    x = layers.DepthwiseConv2D(3, strides=stride, padding="same", use_bias=False)(x)
    x = layers.BatchNormalization()(x)
    x = layers.ReLU(6.0)(x)
    x = layers.Conv2D(filters, 1, use_bias=False)(x)
    x = layers.BatchNormalization()(x)
    return layers.ReLU(6.0)(x)


def build(size, labels):
    """A Keras model from (size, size, 3) in -1..1 to probabilities of the labels."""
    picture = layers.Input((size, size, 3))
    x = layers.Conv2D(16, 3, strides=2, padding="same", use_bias=False)(picture)
    x = layers.BatchNormalization()(x)
    x = layers.ReLU(6.0)(x)
    for filters, stride in [(24, 2), (32, 1), (64, 2), (96, 1), (128, 2), (160, 1)]:
        x = _separable(x, filters, stride)
    x = layers.GlobalAveragePooling2D()(x)
    x = layers.Dropout(0.2)(x)
    return tf.keras.Model(picture, layers.Dense(labels, activation="softmax")(x))
