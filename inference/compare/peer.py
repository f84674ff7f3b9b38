"""Runs models in other engines, for the tests and the bench of inference/compare.

Each request is a line of JSON on standard input, some with raw bytes after it; each answer is a line of JSON on standard
output, with raw bytes after it where it says how many. Tensors go as they lie in memory, one after the other.

    {"do": "load", "id": ID, "engine": "litert" | "litert_plain" | "onnxruntime", "file": PATH}
        -> {"inputs": [{"dtype", "dims", "scale", "zero_point"}], "outputs": [...]}
    {"do": "run", "id": ID, "bytes": N} and N bytes, the one input
        -> {"bytes": M} and M bytes, all outputs
    {"do": "time", "id": ID, "times": N}: runs the last input again
        -> {"ms": [...]}: of the engine alone, input and output left where they are

A request that fails is answered {"error": SENTENCE}. One thread each.
"""

import json
import sys
import time

import numpy as np


class LiteRT:
    """Google's interpreter: with XNNPACK, which is its default, or with its plain kernels."""

    def __init__(self, path, plain):
        from ai_edge_litert.interpreter import Interpreter, OpResolverType

        kernels = OpResolverType.BUILTIN_WITHOUT_DEFAULT_DELEGATES if plain else OpResolverType.AUTO
        self.it = Interpreter(model_path=path, num_threads=1, experimental_op_resolver_type=kernels)
        self.it.allocate_tensors()
        self.inputs, self.outputs = self.it.get_input_details(), self.it.get_output_details()

    def describe(self):
        return {"inputs": [self._tensor(d) for d in self.inputs], "outputs": [self._tensor(d) for d in self.outputs]}

    @staticmethod
    def _tensor(d):
        scale, zero_point = d["quantization"]
        return {
            "dtype": np.dtype(d["dtype"]).name,
            "dims": [int(n) for n in d["shape"]],
            "scale": float(scale),
            "zero_point": int(zero_point),
        }

    def take(self, raw):
        d = self.inputs[0]
        self.it.set_tensor(d["index"], np.frombuffer(raw, d["dtype"]).reshape(d["shape"]))

    def invoke(self):
        self.it.invoke()

    def answer(self):
        return [self.it.get_tensor(d["index"]) for d in self.outputs]


class OnnxRuntime:
    """ONNX Runtime, with channels first as it likes them: the input is turned when it is taken."""

    def __init__(self, path):
        import onnxruntime as ort

        options = ort.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self.session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        self.input, self.binding = self.session.get_inputs()[0], self.session.io_binding()
        for o in self.session.get_outputs():
            self.binding.bind_output(o.name)

    def describe(self):
        n, c, h, w = self.input.shape
        one = {"dtype": "float32", "scale": 0, "zero_point": 0}
        return {
            "inputs": [one | {"dims": [n, h, w, c]}],
            "outputs": [one | {"dims": o.shape} for o in self.session.get_outputs()],
        }

    def take(self, raw):
        n, c, h, w = self.input.shape
        turned = np.frombuffer(raw, np.float32).reshape(n, h, w, c).transpose(0, 3, 1, 2)
        self.binding.bind_cpu_input(self.input.name, np.ascontiguousarray(turned))

    def invoke(self):
        self.session.run_with_iobinding(self.binding)

    def answer(self):
        return self.binding.copy_outputs_to_cpu()


engines = {}


def load(request, _):
    make = {
        "litert": lambda path: LiteRT(path, plain=False),
        "litert_plain": lambda path: LiteRT(path, plain=True),
        "onnxruntime": OnnxRuntime,
    }[request["engine"]]
    engine = engines[request["id"]] = make(request["file"])
    return engine.describe(), b""


def run(request, raw):
    engine = engines[request["id"]]
    engine.take(raw)
    engine.invoke()
    raw = b"".join(np.ascontiguousarray(o).tobytes() for o in engine.answer())
    return {"bytes": len(raw)}, raw


def measure(request, _):
    invoke, took = engines[request["id"]].invoke, []
    for _ in range(request["times"]):
        began = time.perf_counter()
        invoke()
        took.append(1000 * (time.perf_counter() - began))
    return {"ms": took}, b""


def main():
    out = sys.stdout.buffer
    for line in sys.stdin.buffer:
        try:
            request = json.loads(line)
            raw = sys.stdin.buffer.read(request.get("bytes", 0))
            answer, body = {"load": load, "run": run, "time": measure}[request["do"]](request, raw)
        except Exception as error:  # whatever an engine raises is an answer
            answer, body = {"error": f"{type(error).__name__}: {error}"}, b""
        out.write(json.dumps(answer).encode() + b"\n" + body)
        out.flush()


if __name__ == "__main__":
    main()
