"""Writes a float TFLite model as ONNX, channels first, for the operators that our two models have; others are an error.

    toonnx.py MODEL.tflite MODEL.onnx

TFLite says "same" padding by name and has channels last; ONNX wants the numbers and channels first. The bench checks that
both files give the same answers.
"""

import sys

import numpy as np
import onnx
from ai_edge_litert import schema_py_generated as schema
from onnx import TensorProto, helper, numpy_helper

Operator, Activation = schema.BuiltinOperator, schema.ActivationFunctionType
FIRST = (0, 3, 1, 2)  # where the channels-first axes stand in a channels-last shape


class Converter:
    """Converts one graph; tensors keep their numbers as names."""

    def __init__(self, model):
        self.model, self.graph = model, model.subgraphs[0]
        self.nodes, self.constants = [], []

    def data(self, tensor):
        t = self.graph.tensors[tensor]
        kind = {schema.TensorType.FLOAT32: np.float32, schema.TensorType.INT32: np.int32}[t.type]
        return np.frombuffer(bytes(self.model.buffers[t.buffer].data), kind).reshape(t.shape)

    def constant(self, name, values):
        self.constants.append(numpy_helper.from_array(np.ascontiguousarray(values), name))
        return name

    def node(self, kind, inputs, output, **attributes):
        self.nodes.append(helper.make_node(kind, inputs, [output], **attributes))

    def activated(self, options, output, kind, inputs, **attributes):
        """Adds a node and the activation that is fused with it."""
        if options.fusedActivationFunction == Activation.NONE:
            return self.node(kind, inputs, output, **attributes)
        if options.fusedActivationFunction != Activation.RELU6:
            raise ValueError(f"activation {options.fusedActivationFunction}")
        self.node(kind, inputs, output + "_linear", **attributes)
        zero = self.constant(output + "_0", np.float32(0))
        six = self.constant(output + "_6", np.float32(6))
        return self.node("Clip", [output + "_linear", zero, six], output)

    def pads(self, x, options, size):
        """Gives top, left, bottom and right of TFLite's padding: what is odd goes below and to the right."""
        if options.padding == schema.Padding.VALID:
            return [0, 0, 0, 0]
        totals = []
        for n, stride, k in zip(self.graph.tensors[x].shape[1:3], (options.strideH, options.strideW), size):
            totals.append(max(0, (-(-int(n) // stride) - 1) * stride + k - int(n)))
        return [t // 2 for t in totals] + [t - t // 2 for t in totals]

    def conv(self, op, output, depthwise):
        x, w, b = op.inputs
        kernel, o = self.data(w), op.builtinOptions
        size = kernel.shape[1:3]
        if depthwise and o.depthMultiplier != 1 or o.dilationHFactor * o.dilationWFactor != 1:
            raise ValueError("depth multiplier or dilation")
        kernel = kernel.transpose(3, 0, 1, 2) if depthwise else kernel.transpose(FIRST)
        inputs = [f"t{x}", self.constant(f"t{w}", kernel), self.constant(f"t{b}", self.data(b))]
        self.activated(o, output, "Conv", inputs, group=kernel.shape[0] if depthwise else 1, kernel_shape=size,
                       strides=[o.strideH, o.strideW], pads=self.pads(x, o, size))

    def mean(self, op, output):
        if list(self.data(op.inputs[1])) != [1, 2] or op.builtinOptions.keepDims:
            raise ValueError("a mean that is not over the picture")
        self.node("GlobalAveragePool", [f"t{op.inputs[0]}"], output + "_1x1")
        self.node("Flatten", [output + "_1x1"], output)

    def dense(self, op, output):
        x, w, b = op.inputs
        inputs = [f"t{x}", self.constant(f"t{w}", self.data(w)), self.constant(f"t{b}", self.data(b))]
        self.activated(op.builtinOptions, output, "Gemm", inputs, transB=1)

    def add(self, op):
        code = self.model.operatorCodes[op.opcodeIndex]
        code, output = max(code.builtinCode, code.deprecatedBuiltinCode), f"t{op.outputs[0]}"
        if code in (Operator.CONV_2D, Operator.DEPTHWISE_CONV_2D):
            self.conv(op, output, code == Operator.DEPTHWISE_CONV_2D)
        elif code == Operator.MEAN:
            self.mean(op, output)
        elif code == Operator.FULLY_CONNECTED:
            self.dense(op, output)
        elif code == Operator.ADD:
            self.activated(op.builtinOptions, output, "Add", [f"t{i}" for i in op.inputs])
        elif code == Operator.SOFTMAX and op.builtinOptions.beta == 1:
            self.node("Softmax", [f"t{op.inputs[0]}"], output, axis=-1)
        else:
            raise ValueError(f"operator {code}")

    def convert(self):
        for op in self.graph.operators:
            self.add(op)
        (picture,), (answer,) = self.graph.inputs, self.graph.outputs
        shape = [int(n) for n in self.graph.tensors[picture].shape]
        graph = helper.make_graph(
            self.nodes, "graph",
            [helper.make_tensor_value_info(f"t{picture}", TensorProto.FLOAT, [shape[i] for i in FIRST])],
            [helper.make_tensor_value_info(f"t{answer}", TensorProto.FLOAT, [int(n) for n in self.graph.tensors[answer].shape])],
            self.constants)
        model = helper.make_model(graph, opset_imports=[helper.make_opsetid("", 17)], ir_version=9)
        onnx.checker.check_model(model)
        return model


if __name__ == "__main__":
    with open(sys.argv[1], "rb") as f:
        tflite = schema.ModelT.InitFromObj(schema.Model.GetRootAs(f.read(), 0))
    onnx.save(Converter(tflite).convert(), sys.argv[2])
