"""From a trained Keras model to checked TFLite files, float32 and int8, and their answers. Both files give logits and features."""

import tempfile

import numpy as np
import tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

import fit
import lite0

# All that this network may need. Anything else means that the conversion went wrong. DELEGATE is the interpreter's own.
ALLOWED = {"CONV_2D", "DEPTHWISE_CONV_2D", "ADD", "MEAN", "FULLY_CONNECTED", "DELEGATE"}


def _frozen(model):
    """A module whose one signature gives logits and features by name. Variables are made constants first: with live ones the
    converter gives, without an error, a file that holds none of them."""
    shape = (1, *model.input_shape[1:])
    concrete = tf.function(lambda x: model(x, training=False)).get_concrete_function(tf.TensorSpec(shape, tf.float32))
    names = list(concrete.structured_outputs)
    frozen = convert_variables_to_constants_v2(concrete)

    class Frozen(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec(shape, tf.float32, name="picture")])
        def judge(self, picture):
            return dict(zip(names, frozen(picture)))

    return Frozen()


def to_float(model):
    return _convert(model)


def to_int8(model, pictures):
    """pictures: uint8 [N, size, size, 3], unaugmented: the ranges of every tensor come from them."""

    def some():
        for picture in pictures:
            yield [lite0.normalise(picture[None])]

    return _convert(model, some)


def _convert(model, representative=None):
    module = _frozen(model)
    with tempfile.TemporaryDirectory() as folder:
        tf.saved_model.save(module, folder, signatures={"serving_default": module.judge})
        converter = tf.lite.TFLiteConverter.from_saved_model(folder)
        if representative:
            converter.optimizations = [tf.lite.Optimize.DEFAULT]
            converter.representative_dataset = representative
            converter.target_spec.supported_ops = [tf.lite.OpsSet.TFLITE_BUILTINS_INT8]
            converter.inference_input_type = converter.inference_output_type = tf.int8
        return converter.convert()


class File:
    """A TFLite file's answers. Its outputs are told apart by their sizes: converters sort them as they like."""

    def __init__(self, content):
        self.it = tf.lite.Interpreter(model_content=content, num_threads=2)
        self.it.allocate_tensors()
        self.input = self.it.get_input_details()[0]
        outputs = sorted(self.it.get_output_details(), key=lambda o: o["shape"][-1])
        self.logits, self.features = outputs[0], outputs[-1]

    def operators(self):
        return {op["op_name"] for op in self.it._get_ops_details()}

    def _into(self, picture):
        x = lite0.normalise(picture[None])
        if self.input["dtype"] == np.int8:
            scale, zero = self.input["quantization"]
            x = np.clip(np.rint(x / scale) + zero, -128, 127).astype(np.int8)
        return x

    def _out(self, output):
        x = self.it.get_tensor(output["index"])[0]
        if output["dtype"] == np.int8:
            scale, zero = output["quantization"]
            x = (x.astype(np.float32) - zero) * scale
        return x

    def step(self):
        """How much one step of a logit is; 0 of a float file."""
        return float(self.logits["quantization"][0])

    def answers(self, pictures):
        """logits [N, labels] and features [N, 1280] of uint8 pictures."""
        logits, features = [], []
        for picture in pictures:
            self.it.set_tensor(self.input["index"], self._into(picture))
            self.it.invoke()
            logits.append(self._out(self.logits))
            features.append(self._out(self.features))
        return np.array(logits), np.array(features)


def check(content, model, pictures, quantised):
    """Refuses a file with foreign operators, without its weights, or (float) with other answers than the Keras model's. Gives
    the largest difference of a logit."""
    file = File(content)
    foreign = file.operators() - ALLOWED
    if foreign:
        raise SystemExit(f"unexpected operators: {sorted(foreign)}")
    weight = 1 if quantised else 4
    if not 0.9 * weight * model.count_params() < len(content) < 1.5 * weight * model.count_params() + 100_000:
        raise SystemExit(f"{len(content)} bytes for {model.count_params()} weights")
    got, want = file.answers(pictures)[0], fit.predict(model, pictures)[0]
    worst = float(np.abs(got - want).max())
    if not quantised and worst > 1e-3:
        raise SystemExit(f"Keras and TFLite differ by {worst}")
    return worst
