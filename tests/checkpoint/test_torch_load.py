"""PyTorch reads our .pth files with safe loading, and finds in them what it had saved itself."""
import argparse
import math
import pathlib
import subprocess

import pytest

torch = pytest.importorskip("torch", reason="needs the full set-up", exc_type=ImportError)

ROOT = pathlib.Path(__file__).resolve().parents[2]
REWRITE = ROOT / "build" / "tests" / "rewrite_pth"
GOLDENS = ROOT / "tests" / "goldens" / "checkpoints"


def same(a, b):
    """Equal values, types, dtypes, strides and bits."""
    if isinstance(a, argparse.Namespace):
        a = vars(a)
    if isinstance(a, torch.Tensor):
        assert (a.dtype, a.shape, a.stride()) == (b.dtype, b.shape, b.stride())
        bits = {1: torch.uint8, 2: torch.int16, 4: torch.int32, 8: torch.int64}[a.element_size()]
        assert torch.equal(a.contiguous().view(bits), b.contiguous().view(bits))
    elif isinstance(a, dict):
        assert isinstance(b, dict) and list(a) == list(b)
        for key in a:
            same(a[key], b[key])
    elif isinstance(a, (list, tuple)):
        assert len(a) == len(b) and isinstance(b, list if isinstance(a, list) else tuple)
        for x, y in zip(a, b):
            same(x, y)
    elif isinstance(a, float) and math.isnan(a):
        assert math.isnan(b)
    elif isinstance(a, torch.device):
        assert b == str(a)  # kept as text
    else:
        assert type(a) is type(b) and a == b


def check(saved, tmp_path):
    ours = tmp_path / "ours.pth"
    subprocess.run([str(REWRITE), str(saved), str(ours)], check=True)
    expected = torch.load(saved, map_location="cpu", weights_only=False)  # saved here or by us
    for mmap in (False, True):
        read = torch.load(ours, weights_only=True, mmap=mmap)
        same(expected, read)
    return expected, read


@pytest.mark.parametrize("name", sorted(p.name for p in GOLDENS.glob("*.pth")))
def test_goldens(name, tmp_path):
    check(GOLDENS / name, tmp_path)


def test_training_checkpoint(tmp_path):
    """Model, optimizer with steps, scheduler, options: resumed from our copy it trains on."""
    torch.manual_seed(3)
    model = torch.nn.Sequential(torch.nn.Linear(4, 3), torch.nn.BatchNorm1d(3), torch.nn.Linear(3, 2))
    optimizer = torch.optim.AdamW(model.parameters(), lr=1e-3)
    scheduler = torch.optim.lr_scheduler.StepLR(optimizer, 2)
    for _ in range(3):
        model(torch.randn(8, 4)).square().mean().backward()
        optimizer.step()
        scheduler.step()
    saved = tmp_path / "saved.pth"
    torch.save({"model": model.state_dict(), "optimizer": optimizer.state_dict(),
                "lr_scheduler": scheduler.state_dict(), "epoch": 3,
                "args": argparse.Namespace(lr=1e-3, masks=False, resume=None)}, saved)
    _, read = check(saved, tmp_path)
    model.load_state_dict(read["model"])
    optimizer.load_state_dict(read["optimizer"])
    scheduler.load_state_dict(read["lr_scheduler"])


@pytest.mark.parametrize("protocol", [2, 4])
def test_plain_values(protocol, tmp_path):
    saved = tmp_path / "saved.pth"
    values = {"big": [2**31, -2**31, -2**31 - 1, 2**63 - 1, -2**63, 2**63, 2**70, -2**70, 255, 256, -1],
              "floats": [0.1, -0.0, float("inf"), float("nan"), 5e-324], "text": "größe 图 😀", "empty": [{}, [], (), ""],
              "set": {1, 2, 3}, "bytes": bytes(range(256)), 7: (1, (2, [3, {"x": None}])), "flags": [True, False],
              "dtype": torch.bfloat16}
    torch.save(values, saved, pickle_protocol=protocol)
    check(saved, tmp_path)


def test_shared_storage(tmp_path):
    saved = tmp_path / "saved.pth"
    base = torch.arange(24.0).reshape(4, 6)
    torch.save({"base": base, "view": base.t()[1:3], "tied": base, "expanded": base[:1].expand(5, 6),
                "last": base.view(1, 2, 3, 4).contiguous(memory_format=torch.channels_last),
                "scalar": torch.tensor(3), "empty": torch.empty(0, 4)}, saved)
    _, read = check(saved, tmp_path)
    address = read["base"].untyped_storage().data_ptr()
    for name in ("view", "tied", "expanded"):
        assert read[name].untyped_storage().data_ptr() == address
