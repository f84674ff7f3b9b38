"""Writes features_float.tflite and features_int8.tflite, small classifiers with a second output of twelve features, and prints the answers
of TensorFlow's own interpreter that features_test.go knows. Run in this folder: python3 features.py (TensorFlow 2.21)"""

import numpy as np
import tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

tf.keras.utils.set_random_seed(20261125)
pictures = np.random.default_rng(7).uniform(0, 1, (200, 8, 8, 3)).astype("f4")
picture = tf.keras.Input((8, 8, 3), batch_size=1)
x = tf.keras.layers.Conv2D(6, 3, strides=2, activation="relu")(picture)
features = tf.keras.layers.Dense(12, activation="relu", name="features")(tf.keras.layers.Flatten()(x))
labels = tf.keras.layers.Dense(3, activation="softmax", name="labels")(features)


def convert(quantised):
    """The outputs of the quantised file stand in the other order: they are told apart by their sizes."""
    model = tf.keras.Model(picture, [labels, features] if quantised else [features, labels])
    call = tf.function(lambda x: model(x, training=False)).get_concrete_function(tf.TensorSpec((1, 8, 8, 3)))
    call = convert_variables_to_constants_v2(call)  # a function with live variables converts into a file without weights
    converter = tf.lite.TFLiteConverter.from_concrete_functions([call])
    if quantised:
        converter.optimizations = [tf.lite.Optimize.DEFAULT]
        converter.representative_dataset = lambda: ([p[None]] for p in pictures)
        converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
        converter.inference_input_type = converter.inference_output_type = tf.int8
    return converter.convert()


def ask(content, value):
    it = tf.lite.Interpreter(model_content=content)
    it.allocate_tensors()
    inp = it.get_input_details()[0]
    scale, zero = inp["quantization"]
    if scale:
        value = np.clip(np.round(value / scale) + zero, -128, 127)
    it.set_tensor(inp["index"], value.astype(inp["dtype"]))
    it.invoke()
    for out in it.get_output_details():
        got = it.get_tensor(out["index"])[0].astype("f8")
        scale, zero = out["quantization"]
        print(out["shape"], out["dtype"].__name__, scale, [round(float(v), 6) for v in (got - zero) * scale] if scale else got.round(6).tolist())


ramp = (np.arange(192) / 191).astype("f4").reshape(1, 8, 8, 3)
for name, quantised in (("float", False), ("int8", True)):
    content = convert(quantised)
    with open(f"features_{name}.tflite", "wb") as out:
        out.write(content)
    ask(content, ramp)
