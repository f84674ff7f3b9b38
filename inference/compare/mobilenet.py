"""Writes a MobileNetV2 of width 0.35 (224x224x3 floats to 7 probabilities, 0.4 million weights) with random weights as TFLite.

    mobilenet.py SEED FILE

It is made by the schema that the ai-edge-litert package carries, without TensorFlow: the bench needs the size and the
operators of a network that is used, not one that knows anything. After Sandler et al. 2018 (arXiv:1801.04381), table 2.
"""

import sys

import flatbuffers
import numpy as np
from ai_edge_litert import schema_py_generated as schema

# Expansion, channels at full width, repeats, first stride.
BLOCKS = [(1, 16, 1, 1), (6, 24, 2, 2), (6, 32, 3, 2), (6, 64, 4, 2), (6, 96, 3, 1), (6, 160, 3, 2), (6, 320, 1, 1)]
WIDTH, SIZE, LABELS, LAST = 0.35, 224, 7, 1280

Operator, Options = schema.BuiltinOperator, schema.BuiltinOptions
NONE, RELU6 = schema.ActivationFunctionType.NONE, schema.ActivationFunctionType.RELU6


def channels(full):
    """Gives the channels at our width: a multiple of 8 that is not more than a tenth too small."""
    wanted = full * WIDTH
    near = max(8, int(wanted + 4) // 8 * 8)
    return near + 8 if near < 0.9 * wanted else near


class Graph:
    """A TFLite graph that grows operator by operator; tensors are numbers."""

    def __init__(self, seed):
        self.random = np.random.default_rng(seed)
        self.graph = schema.SubGraphT()
        self.graph.tensors, self.graph.operators = [], []
        self.codes, self.buffers = [], [schema.BufferT()]

    def tensor(self, shape, data=None, kind=schema.TensorType.FLOAT32):
        t = schema.TensorT()
        t.shape, t.type, t.buffer = list(shape), kind, 0
        t.name = f"tensor_{len(self.graph.tensors)}"
        if data is not None:
            t.buffer = len(self.buffers)
            self.buffers.append(schema.BufferT())
            self.buffers[-1].data = np.frombuffer(data.tobytes(), np.uint8)
        self.graph.tensors.append(t)
        return len(self.graph.tensors) - 1

    def weights(self, shape, fan_in):
        values = self.random.normal(0, np.sqrt(2 / fan_in), shape).astype(np.float32)
        return self.tensor(shape, values)

    def bias(self, n):
        return self.tensor([n], self.random.normal(0, 0.1, n).astype(np.float32))

    def shape(self, tensor):
        return self.graph.tensors[tensor].shape

    def add(self, code, inputs, shape, kind, options):
        if code not in self.codes:
            self.codes.append(code)
        op = schema.OperatorT()
        op.opcodeIndex, op.inputs, op.outputs = self.codes.index(code), inputs, [self.tensor(shape)]
        op.builtinOptionsType, op.builtinOptions = kind, options
        self.graph.operators.append(op)
        return op.outputs[0]

    def conv(self, x, to, size=1, stride=1, activation=RELU6):
        n, h, w, c = self.shape(x)
        o = schema.Conv2DOptionsT()
        o.padding, o.strideH, o.strideW, o.fusedActivationFunction = schema.Padding.SAME, stride, stride, activation
        inputs = [x, self.weights([to, size, size, c], size * size * c), self.bias(to)]
        return self.add(Operator.CONV_2D, inputs, [n, -(-h // stride), -(-w // stride), to], Options.Conv2DOptions, o)

    def depthwise(self, x, stride):
        n, h, w, c = self.shape(x)
        o = schema.DepthwiseConv2DOptionsT()
        o.padding, o.strideH, o.strideW, o.depthMultiplier = schema.Padding.SAME, stride, stride, 1
        o.fusedActivationFunction = RELU6
        inputs = [x, self.weights([1, 3, 3, c], 9), self.bias(c)]
        shape = [n, -(-h // stride), -(-w // stride), c]
        return self.add(Operator.DEPTHWISE_CONV_2D, inputs, shape, Options.DepthwiseConv2DOptions, o)

    def block(self, x, expansion, to, stride):
        c = self.shape(x)[3]
        y = self.conv(x, c * expansion) if expansion > 1 else x
        y = self.conv(self.depthwise(y, stride), to, activation=NONE)
        if stride > 1 or c != to:
            return y
        o = schema.AddOptionsT()
        return self.add(Operator.ADD, [x, y], self.shape(y), Options.AddOptions, o)

    def head(self, x):
        n, _, _, c = self.shape(x)
        mean = schema.ReducerOptionsT()
        axes = self.tensor([2], np.array([1, 2], np.int32), schema.TensorType.INT32)
        x = self.add(Operator.MEAN, [x, axes], [n, c], Options.ReducerOptions, mean)
        dense = schema.FullyConnectedOptionsT()
        inputs = [x, self.weights([LABELS, c], c), self.bias(LABELS)]
        x = self.add(Operator.FULLY_CONNECTED, inputs, [n, LABELS], Options.FullyConnectedOptions, dense)
        softmax = schema.SoftmaxOptionsT()
        softmax.beta = 1.0
        return self.add(Operator.SOFTMAX, [x], [n, LABELS], Options.SoftmaxOptions, softmax)

    def file(self, inputs, outputs):
        self.graph.inputs, self.graph.outputs = inputs, outputs
        model = schema.ModelT()
        model.version, model.description = 3, "MobileNetV2-0.35, random weights"
        model.subgraphs, model.buffers, model.operatorCodes = [self.graph], self.buffers, []
        for code in self.codes:
            c = schema.OperatorCodeT()
            c.builtinCode = c.deprecatedBuiltinCode = code
            c.version = 1
            model.operatorCodes.append(c)
        builder = flatbuffers.Builder(1 << 22)
        builder.Finish(model.Pack(builder), b"TFL3")
        return bytes(builder.Output())


def build(seed):
    g = Graph(seed)
    picture = g.tensor([1, SIZE, SIZE, 3])
    x = g.conv(picture, channels(32), size=3, stride=2)
    for expansion, full, repeats, stride in BLOCKS:
        for i in range(repeats):
            x = g.block(x, expansion, channels(full), stride if i == 0 else 1)
    return g.file([picture], [g.head(g.conv(x, LAST))])


if __name__ == "__main__":
    with open(sys.argv[2], "wb") as f:
        f.write(build(int(sys.argv[1])))
