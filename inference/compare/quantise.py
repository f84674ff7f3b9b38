"""Writes a float TFLite model of mobilenet.py's operators fully quantised to int8, as TensorFlow's converter would.

    quantise.py FLOAT.tflite INT8.tflite [int8 | uint8]

The last word is the input's type; of a uint8 one an operator of its own makes int8, as in the models of older converters.
Weights are symmetric with a scale for each channel (the dense layer's: one), biases int32, activations cover the range that a
few random inputs gave: https://ai.google.dev/edge/litert/conversion/tensorflow/quantization/quantization_spec
"""

import sys

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema
from ai_edge_litert.interpreter import Interpreter, OpResolverType

Operator, Type = schema.BuiltinOperator, schema.TensorType
# The version of each operator that takes int8.
VERSIONS = {Operator.CONV_2D: 3, Operator.DEPTHWISE_CONV_2D: 3, Operator.ADD: 2, Operator.MEAN: 2,
            Operator.FULLY_CONNECTED: 4, Operator.SOFTMAX: 2, Operator.QUANTIZE: 1}
# The axis of the weights' channels.
AXES = {Operator.CONV_2D: 0, Operator.DEPTHWISE_CONV_2D: 3, Operator.FULLY_CONNECTED: None}
INPUTS = 8


def ranges(path, graph):
    """Gives the least and the largest value of every activation, which include 0."""
    it = Interpreter(model_path=path, experimental_preserve_all_tensors=True,
                     experimental_op_resolver_type=OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES)
    it.allocate_tensors()
    found = {}
    for seed in range(INPUTS):
        values = np.random.default_rng(seed).uniform(-1, 1, it.get_input_details()[0]["shape"])
        it.set_tensor(graph.inputs[0], values.astype(np.float32))
        it.invoke()
        for i in [*graph.inputs, *(o for op in graph.operators for o in op.outputs)]:
            low, high = found.get(i, (0, 0))
            t = it.get_tensor(i)
            found[i] = min(low, float(t.min())), max(high, float(t.max()))
    return found


class Quantiser:
    """Quantises one model in place."""

    def __init__(self, path):
        with open(path, "rb") as f:
            self.model = schema.ModelT.InitFromObj(schema.Model.GetRootAs(f.read(), 0))
        self.graph = self.model.subgraphs[0]
        for i, (low, high) in ranges(path, self.graph).items():
            scale = (high - low) / 255
            self.mark(i, Type.INT8, [scale], [int(round(-128 - low / scale))])

    def mark(self, tensor, kind, scales, zero_points, axis=0):
        t, q = self.graph.tensors[tensor], schema.QuantizationParametersT()
        q.scale, q.zeroPoint, q.quantizedDimension = [float(s) for s in scales], zero_points, axis
        t.type, t.quantization = kind, q

    def replace(self, tensor, quantised):
        self.model.buffers[self.graph.tensors[tensor].buffer].data = np.frombuffer(quantised.tobytes(), np.uint8)

    def values(self, tensor):
        t = self.graph.tensors[tensor]
        return np.frombuffer(bytes(self.model.buffers[t.buffer].data), np.float32).reshape(t.shape)

    def layer(self, op, axis):
        x, w, b = op.inputs
        weights, bias = self.values(w), self.values(b)
        others = None if axis is None else tuple(i for i in range(weights.ndim) if i != axis)
        scales = np.abs(weights).max(axis=others, keepdims=True) / 127
        self.replace(w, np.round(weights / scales).astype(np.int8))
        self.mark(w, Type.INT8, scales.ravel(), [0] * scales.size, axis or 0)
        scales = scales.ravel() * self.graph.tensors[x].quantization.scale[0]
        self.replace(b, np.round(bias / scales).astype(np.int32))
        self.mark(b, Type.INT32, scales, [0] * scales.size)

    def take_uint8(self):
        """Puts a uint8 input of the same scale before the int8 one."""
        inside, t, op, code = self.graph.inputs[0], schema.TensorT(), schema.OperatorT(), schema.OperatorCodeT()
        t.name, t.shape, t.buffer = "picture", self.graph.tensors[inside].shape, 0
        self.graph.tensors.append(t)
        self.graph.inputs = [len(self.graph.tensors) - 1]
        q = self.graph.tensors[inside].quantization
        self.mark(self.graph.inputs[0], Type.UINT8, q.scale, [q.zeroPoint[0] + 128])
        code.builtinCode = code.deprecatedBuiltinCode = Operator.QUANTIZE
        op.opcodeIndex, op.inputs, op.outputs = len(self.model.operatorCodes), self.graph.inputs, [inside]
        op.builtinOptionsType, op.builtinOptions = schema.BuiltinOptions.QuantizeOptions, schema.QuantizeOptionsT()
        self.model.operatorCodes.append(code)
        self.graph.operators.insert(0, op)

    def quantise(self):
        for code in self.model.operatorCodes:
            code.version = VERSIONS[code.builtinCode]
        for op in self.graph.operators:
            code = self.model.operatorCodes[op.opcodeIndex].builtinCode
            if code in AXES:
                self.layer(op, AXES[code])
            elif code == Operator.SOFTMAX:  # the only scale that its kernels take
                self.mark(op.outputs[0], Type.INT8, [1 / 256], [-128])
        self.model.description = "quantised to int8"
        builder = flatbuffers.Builder(1 << 20)
        builder.Finish(self.model.Pack(builder), b"TFL3")
        return bytes(builder.Output())


if __name__ == "__main__":
    quantiser = Quantiser(sys.argv[1])
    if sys.argv[3:] == ["uint8"]:
        quantiser.take_uint8()
    with open(sys.argv[2], "wb") as f:
        f.write(quantiser.quantise())
