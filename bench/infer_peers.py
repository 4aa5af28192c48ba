"""A forward pass of Deformable DETR R50 as Python users have it: `infer_peers.py PEER HEIGHT WIDTH BATCH THREADS PRECISION DEVICE`.

Prints {"ms", "cpu_ms", "device_peak_mb"} of the fastest pass after three to warm up. Random weights and pixels.
"""
import json
import sys
import time

PEERS = {"huggingface": "timm", "huggingface_compiled": "timm"}  # transformers takes the backbone from there
PASSES, WARM_UPS = 5, 3


def make_pass(peer, height, width, batch, precision, device):
    """A function that runs one pass and waits for it."""
    import torch
    from transformers import DeformableDetrConfig, DeformableDetrForObjectDetection
    model = DeformableDetrForObjectDetection(DeformableDetrConfig(num_labels=91)).eval().to(device)
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


def timed(run):
    start, cpu = time.perf_counter(), time.process_time()
    run()
    return {"ms": (time.perf_counter() - start) * 1e3, "cpu_ms": (time.process_time() - cpu) * 1e3}


def main():
    import torch
    peer, *numbers, precision, device = sys.argv[1:]
    height, width, batch, threads = map(int, numbers)
    assert peer in PEERS
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    run = make_pass(peer, height, width, batch, precision, device)
    for _ in range(WARM_UPS if device != "cpu" else 1):
        run()
    best = min((timed(run) for _ in range(PASSES)), key=lambda times: times["ms"])
    best["device_peak_mb"] = 0 if device == "cpu" else torch.cuda.max_memory_allocated() / 2**20
    print("\n" + json.dumps(best))


if __name__ == "__main__":
    main()
