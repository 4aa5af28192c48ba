"""The Python package as it was built, or a visible skip that says what is missing: `from python_package import saccade`."""
import ctypes
import importlib.util
import os
import pathlib
import sys

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "build" / "python"
# NVIDIA's libraries as far as libtorch_python links them (tools/cuda_stand_ins.sh): `make python` puts them here.
STAND_INS = ROOT / ".venv" / "cuda-stand-ins"


def skip(reason):
    pytest.skip(reason, allow_module_level=True)


def load_stand_ins():
    """Those that are not there in earnest; the loader then finds them by name. Before `import torch`."""
    site = pathlib.Path(importlib.util.find_spec("torch").submodule_search_locations[0]).parent
    for library in sorted(STAND_INS.glob("lib*.so*")):
        if not (site / "torch" / "lib" / library.name).exists() and not list(site.glob(f"nvidia/*/lib/{library.name}")):
            ctypes.CDLL(str(library), mode=os.RTLD_GLOBAL | os.RTLD_NOW)


if not list(PACKAGE.glob("saccade/_binding.*.so")):
    skip("the Python package is not built; `make python` builds it")
if importlib.util.find_spec("torch") is None:
    skip("this Python has no torch; `make python` sets it up")
load_stand_ins()
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")  # as tools/run_tests.py: threads that wait must not spin
try:
    import torch
except ImportError as error:
    skip(f"torch cannot be imported ({error}); `make python` sets it up")
sys.path.insert(0, str(PACKAGE))
import saccade  # noqa: E402

# Two processes of tests run at a time, and numbers must not depend on how many threads there are.
torch.set_num_threads(2)


def environment():
    """For another Python process that imports the package."""
    folders = [str(PACKAGE), *filter(None, [os.environ.get("PYTHONPATH")])]
    libraries = [str(STAND_INS), *filter(None, [os.environ.get("LD_LIBRARY_PATH")])]
    return os.environ | {"PYTHONPATH": ":".join(folders), "LD_LIBRARY_PATH": ":".join(libraries)}


def grid_sample_attention(value, shapes, locations, weights):
    """The operator's formula by PyTorch's own bilinear sampling, level by level (op.md 5): differentiable, slow."""
    batch, _, heads, channels = value.shape
    sizes = [tuple(shape) for shape in shapes.tolist()]
    total = 0
    for level, cells in enumerate(value.split([height * width for height, width in sizes], 1)):
        picture = cells.permute(0, 2, 3, 1).reshape(batch * heads, channels, *sizes[level])
        grid = (2 * locations[:, :, :, level] - 1).transpose(1, 2).flatten(0, 1)  # [N * M, Q, P, 2]
        read = torch.nn.functional.grid_sample(picture, grid, "bilinear", "zeros", align_corners=False)
        weight = weights[:, :, :, level].transpose(1, 2).flatten(0, 1).unsqueeze(1)  # [N * M, 1, Q, P]
        total = total + (read * weight).sum(-1)
    return total.view(batch, heads * channels, -1).transpose(1, 2)


def operands(seed, batch=2, queries=7, heads=3, channels=5, sizes=((6, 4), (3, 2)), points=3, dtype=None):
    """(value, shapes, start indices, locations, weights): random, some samples outside the image."""
    make = torch.Generator().manual_seed(seed)
    dtype = dtype or torch.float32
    shapes = torch.tensor(sizes)
    cells = shapes.prod(1)
    levels = len(sizes)
    value = torch.randn(batch, int(cells.sum()), heads, channels, generator=make).to(dtype)
    locations = (torch.rand(batch, queries, heads, levels, points, 2, generator=make) * 1.4 - 0.2).to(dtype)
    weights = torch.rand(batch, queries, heads, levels * points, generator=make).softmax(-1)
    return value, shapes, cells.cumsum(0) - cells, locations, weights.unflatten(-1, (levels, points)).to(dtype)
