"""One way to turn a JPEG into a model's input, in a process of its own: `image_peers.py PEER FILE THREADS`.

Prints {"decode_ms", "decode_resize_normalise_ms", "decode_cpu_ms", "cpu_ms"}: the best call of each, once warm. The
short side becomes 800 pixels, the longest at most 1333, then float planes of ImageNet's mean and deviation.
"""
import io
import json
import sys

from peer_clock import best_of

PEERS = {"pillow": "torchvision", "opencv": "cv2", "torchvision": "torchvision"}
SHORT, LONGEST = 800, 1333
MEAN, DEVIATION = [0.485, 0.456, 0.406], [0.229, 0.224, 0.225]
VISIT_S = 0.4


def target_size(width, height):
    """(width, height) as DETR's transforms choose it."""
    short = min(SHORT, int(round(LONGEST * min(width, height) / max(width, height))))
    return (short, int(short * height / width)) if width < height else (int(short * width / height), short)


def pillow(raw, threads):
    """Pillow's pixels, torchvision's transforms: what the official code does."""
    import PIL.Image
    import torch
    import torchvision.transforms.functional as functional
    torch.set_num_threads(threads)

    def decode():
        return PIL.Image.open(io.BytesIO(raw)).convert("RGB")

    def whole():
        image = decode()
        width, height = target_size(*image.size)
        image = functional.resize(image, [height, width])
        return functional.normalize(functional.to_tensor(image), MEAN, DEVIATION)
    return decode, whole


def opencv(raw, threads):
    import cv2
    import numpy
    cv2.setNumThreads(threads)
    coded = numpy.frombuffer(raw, numpy.uint8)
    mean = numpy.array(MEAN, numpy.float32) * 255
    scale = 1 / (numpy.array(DEVIATION, numpy.float32) * 255)

    def decode():
        return cv2.imdecode(coded, cv2.IMREAD_COLOR)

    def whole():
        image = cv2.cvtColor(decode(), cv2.COLOR_BGR2RGB)
        image = cv2.resize(image, target_size(image.shape[1], image.shape[0]), interpolation=cv2.INTER_LINEAR)
        planes = numpy.subtract(image, mean, dtype=numpy.float32)
        planes *= scale
        return numpy.ascontiguousarray(planes.transpose(2, 0, 1))
    return decode, whole


def torchvision(raw, threads):
    """torchvision's own decoder and its second transforms, on tensors all along."""
    import torch
    from torchvision.io import ImageReadMode, decode_jpeg
    from torchvision.transforms.v2 import functional
    torch.set_num_threads(threads)
    coded = torch.frombuffer(bytearray(raw), dtype=torch.uint8)

    def decode():
        return decode_jpeg(coded, mode=ImageReadMode.RGB)

    def whole():
        image = decode()
        width, height = target_size(image.shape[2], image.shape[1])
        image = functional.resize(image, [height, width], antialias=True)
        return functional.normalize(functional.to_dtype(image, torch.float32, scale=True), MEAN, DEVIATION)
    return decode, whole


def main():
    peer, path, threads = sys.argv[1:]
    with open(path, "rb") as file:
        raw = file.read()
    decode, whole = {"pillow": pillow, "opencv": opencv, "torchvision": torchvision}[peer](raw, int(threads))
    decode(), whole()  # warm from here on
    decode_ms, decode_cpu = best_of(decode, VISIT_S)
    whole_ms, whole_cpu = best_of(whole, VISIT_S)
    print("\n" + json.dumps({"decode_ms": decode_ms, "decode_cpu_ms": decode_cpu,
                             "decode_resize_normalise_ms": whole_ms, "cpu_ms": whole_cpu}))


if __name__ == "__main__":
    main()
