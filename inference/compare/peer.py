"""Runs models in other engines, for the tests and the bench of inference/compare.

Each request is a line of JSON on standard input, some with raw bytes after it; each answer is a line of JSON on standard
output, with raw bytes after it where it says how many. Tensors go as they lie in memory, one after the other.

    {"do": "load", "id": ID, "engine": "litert" | "litert_plain" | "onnxruntime", "file": PATH}
        -> {"inputs": [{"dtype", "dims", "scale", "zero_point"}], "outputs": [...]}
    {"do": "run", "id": ID, "bytes": N} and N bytes, the one input
        -> {"bytes": M} and M bytes, all outputs
    {"do": "time", "id": ID, "times": N}: with the input of the last run
        -> {"ms": [...], "invoke_ms": [...]}: of each from input in memory to output in memory, and of the engine alone

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
        self.value = np.frombuffer(raw, d["dtype"]).reshape(d["shape"])

    def run(self):
        """Gives the outputs and how long the engine alone took, in ms."""
        self.it.set_tensor(self.inputs[0]["index"], self.value)
        began = time.perf_counter()
        self.it.invoke()
        took = time.perf_counter() - began
        return [self.it.get_tensor(d["index"]) for d in self.outputs], 1000 * took


class OnnxRuntime:
    """ONNX Runtime on the model's own layout, channels first: the input is turned before the clock starts."""

    def __init__(self, path):
        import onnxruntime as ort

        options = ort.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        options.log_severity_level = 3
        self.session = ort.InferenceSession(path, options, providers=["CPUExecutionProvider"])
        self.input, self.outputs = self.session.get_inputs()[0], [o.name for o in self.session.get_outputs()]

    def describe(self):
        n, c, h, w = self.input.shape
        one = {"dtype": "float32", "scale": 0, "zero_point": 0}
        return {
            "inputs": [one | {"dims": [n, h, w, c]}],
            "outputs": [one | {"dims": o.shape} for o in self.session.get_outputs()],
        }

    def take(self, raw):
        n, c, h, w = self.input.shape
        self.value = np.ascontiguousarray(np.frombuffer(raw, np.float32).reshape(n, h, w, c).transpose(0, 3, 1, 2))

    def run(self):
        began = time.perf_counter()
        out = self.session.run(self.outputs, {self.input.name: self.value})
        return out, 1000 * (time.perf_counter() - began)


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
    outputs, _ = engine.run()
    raw = b"".join(np.ascontiguousarray(o).tobytes() for o in outputs)
    return {"bytes": len(raw)}, raw


def measure(request, _):
    engine, whole, alone = engines[request["id"]], [], []
    for _ in range(request["times"]):
        began = time.perf_counter()
        _, took = engine.run()
        whole.append(1000 * (time.perf_counter() - began))
        alone.append(took)
    return {"ms": whole, "invoke_ms": alone}, b""


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
