"""From a trained Keras model to a checked TFLite file: float32, built-in operators only."""

import tempfile

import numpy as np
import tensorflow as tf
from tensorflow.python.framework.convert_to_constants import convert_variables_to_constants_v2

# All that this network may need. Anything else means that the conversion went wrong.
ALLOWED = {"CONV_2D", "DEPTHWISE_CONV_2D", "MEAN", "FULLY_CONNECTED", "SOFTMAX", "DELEGATE"}


def convert(model):
    """The TFLite bytes. Variables are frozen first: a SavedModel with live variables converts without an error into a
    file that holds none of them."""
    size = model.input_shape[1]
    function = tf.function(lambda x: model(x, training=False))
    concrete = function.get_concrete_function(tf.TensorSpec((1, size, size, 3), tf.float32))
    frozen = convert_variables_to_constants_v2(concrete)

    class Frozen(tf.Module):
        @tf.function(input_signature=[tf.TensorSpec((1, size, size, 3), tf.float32, name="picture")])
        def judge(self, picture):
            return {"probabilities": frozen(picture)[0]}

    module = Frozen()
    with tempfile.TemporaryDirectory() as folder:
        tf.saved_model.save(module, folder, signatures={"serving_default": module.judge})
        return tf.lite.TFLiteConverter.from_saved_model(folder).convert()


def check(data, model, pictures):
    """Refuses a file with foreign operators, without its weights, or with other answers than the Keras model's."""
    it = tf.lite.Interpreter(model_content=data)
    it.allocate_tensors()
    operators = {op["op_name"] for op in it._get_ops_details()}
    if operators - ALLOWED:
        raise SystemExit(f"unexpected operators: {sorted(operators - ALLOWED)}")
    # Batch normalisation is folded into the convolutions, so the file holds fewer weights than Keras counts.
    if not 3.5 * model.count_params() < len(data) < 6 * model.count_params() + 50_000:
        raise SystemExit(f"{len(data)} bytes for {model.count_params()} weights")
    into, out = it.get_input_details()[0]["index"], it.get_output_details()[0]["index"]
    want = model.predict(pictures, verbose=0)
    worst = 0.0
    for picture, answer in zip(pictures, want):
        it.set_tensor(into, picture[None])
        it.invoke()
        worst = max(worst, float(np.abs(it.get_tensor(out)[0] - answer).max()))
    if worst > 1e-5:
        raise SystemExit(f"Keras and TFLite differ by {worst}")
    return sorted(operators - {"DELEGATE"}), worst
