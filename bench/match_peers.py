"""One way to match predictions and objects, in a process of its own: `match_peers.py PEER FILE THREADS`.

Prints {"ms", "cpu_ms", "pairs"}: the best call for all layers, once warm, and of each layer and image the matched
predictions and objects.
"""
import json
import sys

from peer_clock import best_of

PEERS = {"scipy+torch": "scipy", "huggingface": "transformers"}
VISIT_S = 0.4


def read_inputs(path):
    """{name: tensor} of a safetensors file."""
    import torch
    with open(path, "rb") as file:
        header = json.loads(file.read(int.from_bytes(file.read(8), "little")))
        data = bytearray(file.read())
    types = {"F32": torch.float32, "I64": torch.int64}
    return {name: torch.frombuffer(data[slice(*entry["data_offsets"])], dtype=types[entry["dtype"]])
            .view(entry["shape"]) for name, entry in header.items()}


def scipy_and_torch(targets):
    """As the official code has it: one cost matrix for all images, each image's block to SciPy."""
    import torch
    from scipy.optimize import linear_sum_assignment
    from torchvision.ops import box_convert, generalized_box_iou
    counts = [len(target["boxes"]) for target in targets]

    def run(logits, boxes):
        images, queries = logits.shape[:2]
        p, predicted = logits.flatten(0, 1).sigmoid(), boxes.flatten(0, 1)
        labels = torch.cat([target["class_labels"] for target in targets])
        objects = torch.cat([target["boxes"] for target in targets])
        negative = 0.75 * p ** 2 * -(1 - p + 1e-8).log()
        positive = 0.25 * (1 - p) ** 2 * -(p + 1e-8).log()
        overlap = generalized_box_iou(box_convert(predicted, "cxcywh", "xyxy"), box_convert(objects, "cxcywh", "xyxy"))
        cost = 5 * torch.cdist(predicted, objects, p=1) + 2 * (positive[:, labels] - negative[:, labels]) - 2 * overlap
        cost = cost.view(images, queries, -1).cpu()
        pairs = [linear_sum_assignment(block[i]) for i, block in enumerate(cost.split(counts, -1))]
        return [[torch.as_tensor(side, dtype=torch.int64) for side in pair] for pair in pairs]
    return run


def huggingface(targets):
    from transformers.loss.loss_deformable_detr import DeformableDetrHungarianMatcher
    matcher = DeformableDetrHungarianMatcher(class_cost=2, bbox_cost=5, giou_cost=2)
    return lambda logits, boxes: matcher({"logits": logits, "pred_boxes": boxes}, targets)


def main():
    import torch
    peer, path, threads = sys.argv[1:]
    torch.set_num_threads(int(threads))
    inputs = read_inputs(path)
    targets = [{"class_labels": labels, "boxes": boxes}
               for labels, boxes in zip(inputs["labels"], inputs["target_boxes"])]
    match = {"scipy+torch": scipy_and_torch, "huggingface": huggingface}[peer](targets)

    def all_layers():
        with torch.no_grad():
            return [match(*layer) for layer in zip(inputs["logits"], inputs["boxes"])]
    pairs = [[side.tolist() for side in image] for layer in all_layers() for image in layer]
    wall, cpu = best_of(all_layers, VISIT_S)
    print("\n" + json.dumps({"ms": wall, "cpu_ms": cpu, "pairs": pairs}))


if __name__ == "__main__":
    main()
