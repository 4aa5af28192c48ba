"""A forward pass of Deformable DETR R50 as Python users have it: `infer_peers.py PEER HEIGHT WIDTH BATCH THREADS PRECISION DEVICE`.

Prints {"ms", "cpu_ms", "device_peak_mb"} of the fastest pass after some to warm up. Random weights and pixels. ONNX Runtime and
OpenVINO run transformers' model as torch.onnx exports it, for one size; the file stays in build/bench/models.
"""
import json
import sys
import time
from pathlib import Path

import op_peers

# {peer: the module it needs}; transformers takes the backbone from timm.
PEERS = {"huggingface": "timm", "huggingface_compiled": "timm", "onnxruntime": "onnxruntime", "openvino": "openvino"}
EXPORTED = ("onnxruntime", "openvino")
PASSES, WARM_UPS = 5, 3
MODELS = Path(__file__).resolve().parent.parent / "build" / "bench" / "models"


def can(peer, batch, precision, device):
    """Whether it is a peer for such a pass."""
    if peer not in EXPORTED:
        return True
    return device == "cpu" and batch == 1 and (precision == "fp32" or peer == "openvino")


def torch_model():
    from transformers import DeformableDetrConfig, DeformableDetrForObjectDetection
    return DeformableDetrForObjectDetection(DeformableDetrConfig(num_labels=91)).eval()


def torch_pass(peer, height, width, batch, precision, device):
    """A function that runs one pass and waits for it."""
    import torch
    model = torch_model().to(device)
    if peer == "huggingface_compiled":
        model = torch.compile(model)
    pixels = torch.randn(batch, 3, height, width, device=device)
    mask = torch.ones(batch, height, width, dtype=torch.long, device=device)

    def run():
        with torch.inference_mode(), torch.autocast(device, torch.bfloat16, enabled=precision == "bf16"):
            model(pixel_values=pixels, pixel_mask=mask)
        if device != "cpu":
            torch.cuda.synchronize()
    return run


def with_single_precision_grids(path):
    """The export computes sampling grids in float64, for which ONNX Runtime has no GridSample; the model has float32."""
    import onnx
    model = onnx.load(path)
    nodes = []
    for node in model.graph.node:
        if node.op_type == "GridSample":
            cast = node.input[1] + "_f32"
            nodes.append(onnx.helper.make_node("Cast", [node.input[1]], [cast], to=onnx.TensorProto.FLOAT))
            node.input[1] = cast
        nodes.append(node)
    del model.graph.node[:]
    model.graph.node.extend(nodes)
    onnx.save(model, path)


def export(height, width):
    """The file of a size, made unless it is there."""
    path = MODELS / f"deformable_detr_r50_{height}x{width}.onnx"
    if path.exists():
        return path
    import torch

    class Net(torch.nn.Module):
        def __init__(self):
            super().__init__()
            self.model = torch_model()

        def forward(self, pixels):
            output = self.model(pixels)
            return output.logits, output.pred_boxes
    MODELS.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    with torch.no_grad():
        torch.onnx.export(Net().eval(), (torch.randn(1, 3, height, width),), str(fresh), opset_version=20, dynamo=False,
                          input_names=["pixels"], output_names=["logits", "boxes"])
    with_single_precision_grids(str(fresh))
    return fresh.rename(path)


def exported_pass(peer, height, width, threads, precision):
    import numpy
    path = str(MODELS / f"deformable_detr_r50_{height}x{width}.onnx")
    pixels = numpy.random.default_rng(0).standard_normal((1, 3, height, width), dtype=numpy.float32)
    if peer == "onnxruntime":
        return op_peers.onnxruntime_run(path, {"pixels": pixels}, threads)
    return op_peers.openvino_run(path, {"pixels": pixels}, threads, "bf16" if precision == "bf16" else "f32")


def timed(run):
    start, cpu = time.perf_counter(), time.process_time()
    run()
    return {"ms": (time.perf_counter() - start) * 1e3, "cpu_ms": (time.process_time() - cpu) * 1e3}


def main():
    peer, *numbers, precision, device = sys.argv[1:]
    height, width, batch, threads = map(int, numbers)
    assert peer in PEERS
    if peer in EXPORTED:
        run = exported_pass(peer, height, width, threads, precision)
    else:
        import torch
        torch.set_num_threads(threads)
        torch.manual_seed(0)
        run = torch_pass(peer, height, width, batch, precision, device)
    for _ in range(WARM_UPS if device != "cpu" else 1):
        run()
    best = min((timed(run) for _ in range(PASSES)), key=lambda times: times["ms"])
    best["device_peak_mb"] = 0 if device == "cpu" else torch.cuda.max_memory_allocated() / 2**20
    print("\n" + json.dumps(best))


if __name__ == "__main__":
    if sys.argv[1] == "export":  # a process of its own, whose memory is not the peer's
        export(int(sys.argv[2]), int(sys.argv[3]))
    else:
        main()
