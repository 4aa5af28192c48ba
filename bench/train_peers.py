"""Training steps of Deformable DETR R50 as Python users have them: `train_peers.py PEER HEIGHT WIDTH BATCH THREADS PRECISION DEVICE`.

Prints {"ms", "forward_loss_ms", "backward_ms", "optimizer_ms", "cpu_ms"} of the fastest step after one to warm up.
Random weights, pixels and objects: forward, losses with matching, backward, clipping, AdamW (fused, as ours).
"""
import json
import sys
import time

PEERS = {"huggingface": "timm"}  # transformers takes the backbone from there
STEPS, OBJECTS, CLASSES = 2, 7, 91


def make_step(height, width, batch, precision, device):
    """A function that makes one step and returns its times, ms."""
    import torch
    from transformers import DeformableDetrConfig, DeformableDetrForObjectDetection
    model = DeformableDetrForObjectDetection(DeformableDetrConfig(num_labels=CLASSES, auxiliary_loss=True))
    model = model.train().to(device)
    # transformers trains the stem and layer1 of timm's backbone too; the official recipe and ours do not.
    for name, parameter in model.named_parameters():
        if "backbone" in name and not any(stage in name for stage in ("layer2", "layer3", "layer4")):
            parameter.requires_grad_(False)
    parameters = [p for p in model.parameters() if p.requires_grad]
    optimizer = torch.optim.AdamW(parameters, lr=2e-4, weight_decay=1e-4, fused=True)
    pixels = torch.randn(batch, 3, height, width, device=device)
    labels = [{"class_labels": torch.randint(0, CLASSES, (OBJECTS,), device=device),
               "boxes": torch.cat([torch.rand(OBJECTS, 2) * 0.6 + 0.2, torch.rand(OBJECTS, 2) * 0.3 + 0.05],
                                  -1).to(device)}
              for _ in range(batch)]

    def now():
        if device != "cpu":
            torch.cuda.synchronize()
        return time.perf_counter()

    def step():
        times, cpu = [now()], time.process_time()
        optimizer.zero_grad(set_to_none=True)
        with torch.autocast(device, torch.bfloat16, enabled=precision == "bf16"):
            loss = model(pixel_values=pixels, labels=labels).loss
        times.append(now())
        loss.backward()
        times.append(now())
        torch.nn.utils.clip_grad_norm_(parameters, 0.1)
        optimizer.step()
        times.append(now())
        names = ["forward_loss_ms", "backward_ms", "optimizer_ms"]
        return {"ms": (times[-1] - times[0]) * 1e3, "cpu_ms": (time.process_time() - cpu) * 1e3,
                **{name: (b - a) * 1e3 for name, a, b in zip(names, times, times[1:])}}
    return step


def main():
    import torch
    peer, *numbers, precision, device = sys.argv[1:]
    height, width, batch, threads = map(int, numbers)
    assert peer in PEERS
    torch.set_num_threads(threads)
    torch.manual_seed(0)
    step = make_step(height, width, batch, precision, device)
    step()
    best = min((step() for _ in range(STEPS)), key=lambda times: times["ms"])
    if device != "cpu":
        best["device_peak_mb"] = torch.cuda.max_memory_allocated() / 2**20
    print("\n" + json.dumps(best))


if __name__ == "__main__":
    main()
