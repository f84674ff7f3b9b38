"""What a picture of the same lesion might have looked like: turned, mirrored, nearer, and under other light."""

import tensorflow as tf


def _geometry(n, size, chance):
    """One projective transform per picture: quarter turn, mirror, 80 to 100 % of the side with a shift."""
    turn = tf.cast(chance.uniform([n], 0, 4, tf.int32), tf.float32) * (3.14159265 / 2)
    flip = tf.where(chance.uniform([n]) < 0.5, -1.0, 1.0)
    scale = chance.uniform([n], 0.8, 1.0)
    room = (1 - scale) * size / 2
    shift_x, shift_y = room * chance.uniform([n], -1, 1), room * chance.uniform([n], -1, 1)
    cos, sin = tf.cos(turn) * scale, tf.sin(turn) * scale
    middle = (size - 1) / 2
    a, b, d, e = cos * flip, -sin, sin * flip, cos
    zero = tf.zeros(n)
    return tf.stack([a, b, middle - (a + b) * middle + shift_x, d, e, middle - (d + e) * middle + shift_y, zero, zero], axis=1)


def augment(images, chance):
    """images: uint8 [n, size, size, 3]. chance: tf.random.Generator. Gives float32, normalised as lite0.normalise does."""
    n, size = tf.shape(images)[0], images.shape[1]
    x = tf.cast(images, tf.float32)
    x = tf.raw_ops.ImageProjectiveTransformV3(
        images=x, transforms=_geometry(n, float(size), chance), output_shape=[size, size], fill_value=0.0,
        interpolation="BILINEAR", fill_mode="REFLECT",
    )
    shape = [n, 1, 1, 1]
    grey = tf.reduce_mean(x, axis=3, keepdims=True)
    x = grey + (x - grey) * chance.uniform(shape, 0.7, 1.3)
    mean = tf.reduce_mean(x, axis=[1, 2, 3], keepdims=True)
    x = mean + (x - mean) * chance.uniform(shape, 0.7, 1.3)
    x = x * chance.uniform(shape, 0.7, 1.3) * chance.uniform([n, 1, 1, 3], 0.91, 1.09)
    return (tf.clip_by_value(x, 0.0, 255.0) - 127) / 128
