"""saccade view: what it answers, against the commands that say the same."""
import json

import numpy
import pytest
from program import IMAGES, STREET, overlap, read_safetensors, run
from viewing import numbers, server, street  # noqa: F401 - pytest's fixtures


def test_truth_is_the_annotations(server, street):
    boxes = server.json(f"/api/image/{street}/truth")["boxes"]
    truth = json.loads((IMAGES / "instances.json").read_text())
    image = next(i["id"] for i in truth["images"] if i["file_name"] == STREET.name)
    theirs = [a for a in truth["annotations"] if a["image_id"] == image]
    assert [b["class"] for b in boxes] == [a["category_id"] for a in theirs]
    assert [b["box"][:2] for b in boxes] == [a["bbox"][:2] for a in theirs]


@pytest.mark.parametrize("texts", [[], ["dec.3.cross.head5=off"], ["dec.*.cross.level0=off(renorm)", "query[3]=off"],
                                   ["enc.1.self.head2=off(mean)"]])
def test_results_are_those_of_detect(server, street, texts):
    words = [word for text in texts for word in ("-x", text)]
    detected = run("detect", STREET, "--json", *words).json()
    tensors, metadata = server.run(street, texts)
    assert metadata["run"]["interventions"] == texts and metadata["run"]["encoder"] == (texts[:1] == ["enc.1.self.head2=off(mean)"])
    pairs = numbers(tensors["detections"], "I32")
    layers, queries, classes = tensors["scores"][1]
    scores, boxes = numbers(tensors["scores"], "F32"), numbers(tensors["boxes"], "F32")
    assert len(pairs) == 2 * len(detected)
    for i, row in enumerate(detected):
        query, label = pairs[2 * i:2 * i + 2]
        at = (layers - 1) * queries + query
        assert (query, label) == (row["query"], row["category_id"])
        assert abs(scores[at * classes + label] - row["score"]) < 1e-5
        x0, y0, x1, y1 = boxes[4 * at:4 * at + 4]
        assert max(abs(a - b) for a, b in zip((x0, y0, x1 - x0, y1 - y0), row["bbox"])) < 1e-2
    query = "&".join("x=" + text.replace("[", "%5B").replace("]", "%5D") for text in texts)
    listed = server.json(f"/api/image/{street}/detections?threshold=0.3&{query}")["detections"]
    assert [(d["query"], d["class"]) for d in listed] == [(d["query"], d["category_id"]) for d in detected if d["score"] >= 0.3]


def test_points_are_those_of_the_trace(server, street, tmp_path):
    texts = ["dec.3.cross.head5=off", "dec.4.cross.offset=scale(0.5)"]
    run("explain", STREET, "--query", 3, "--layer", "all", "--kind", "grid", "--out", tmp_path / "a.png", "--trace", tmp_path / "t.safetensors",
        *[word for text in texts for word in ("-x", text)], code=0)
    trace, _ = read_safetensors(tmp_path / "t.safetensors")
    tensors, metadata = server.run(street, texts)
    assert metadata["run"]["first_layer"] == 3
    shape = tensors["points"][1]
    points = numpy.frombuffer(tensors["points"][2], "<u2").reshape(shape) / 65535 * 3 - 1
    weights = numpy.frombuffer(tensors["weights"][2], "<u2").reshape(shape[:-1]) / 65535
    for layer in range(6):
        theirs = trace[f"decoder.{layer}.sampling_points_px"].reshape(shape[1:])[3]
        inside = (theirs > -380).all(-1) & (theirs < 700).all(-1)
        assert inside.any() and numpy.abs(points[layer, 3] * (640, 380) - theirs)[inside].max() < 0.05
        assert numpy.abs(weights[layer, 3] - trace[f"decoder.{layer}.attention_weights"].reshape(shape[1:-1])[3]).max() < 1e-4


def test_what_is_mostly_template_is_told(server, street, tmp_path):
    mean = "dec.3.cross.weights=mean"
    tensors, metadata = server.run(street, [mean])
    parts = numpy.frombuffer(tensors["query_specific"][2], "<f4").reshape(tensors["query_specific"][1])
    assert parts.shape == (6, 9, 2) and abs(parts[3, :, 0]).max() < 1e-6 and (parts[:, :, 1] >= 0).all()
    assert 3 in metadata["run"]["mostly_template"]
    assert metadata["run"]["mostly_template"] == [layer for layer in range(6) if parts[layer, 8, 0] < 0.2]
    layers = run("explain", STREET, "-x", mean, "--kind", "grid", "--json", "--out", tmp_path / "a.png", code=0).json()["layers"]
    for layer, row in enumerate(layers):
        assert abs(parts[layer, 8, 0] - row["query_specific_part_of_weights"]) < 1e-5
        assert abs(parts[layer, 8, 1] - row["query_specific_part_of_offsets"]) < 1e-5
    off, metadata = server.run(street, ["dec.1.cross=off"])
    nowhere = numpy.frombuffer(off["query_specific"][2], "<f4").reshape(6, 9, 2)[1]
    assert numpy.isnan(nowhere).all() and 1 not in metadata["run"]["mostly_template"]


def test_layers_that_are_switched_off_look_nowhere(server, street, tmp_path):
    off = ["dec.1.cross=off", "dec.5.cross=off"]
    for texts in (off, ["enc.0.self.head0=off", *off]):
        run("explain", STREET, "--query", 3, "--layer", "all", "--kind", "grid", "--out", tmp_path / "a.png", "--overwrite", "--quiet",
            "--trace", tmp_path / "t.safetensors", *[word for text in texts for word in ("-x", text)], code=0)
        trace, _ = read_safetensors(tmp_path / "t.safetensors")
        tensors, metadata = server.run(street, texts)
        weights = numpy.frombuffer(tensors["weights"][2], "<u2").reshape(tensors["weights"][1]) / 65535
        reference = numpy.frombuffer(tensors["reference"][2], "<f4").reshape(tensors["reference"][1])
        boxes = numpy.frombuffer(tensors["boxes"][2], "<f4").reshape(tensors["boxes"][1])
        assert weights.shape[0] == 6 and (weights[[1, 5]] == 0).all()
        for layer in (0, 2, 3, 4):
            theirs = trace[f"decoder.{layer}.attention_weights"]
            assert numpy.abs(weights[layer, 3] - theirs.reshape(weights[layer].shape)[3]).max() < 1e-4
        # A layer starts from the box of the one before, whether it looks or not.
        for layer in (2, 5):
            corners = boxes[layer - 1]
            sides = numpy.concatenate([(corners[:, :2] + corners[:, 2:]) / 2, corners[:, 2:] - corners[:, :2]], 1)
            assert numpy.abs(reference[layer] - sides).max() < 0.01


def test_matches_say_what_hits(server, street):
    """COCO's rule in a few lines: by falling score each detection takes the best free truth of its class."""
    truths = server.json(f"/api/image/{street}/truth")["boxes"]
    for texts in ([], ["dec.*.cross.head0=off"]):
        tensors, _ = server.run(street, texts)
        found = numpy.frombuffer(tensors["detections"][2], "<i4").reshape(-1, 2)
        matches = numpy.frombuffer(tensors["matches"][2], "<i4").reshape(-1, 2)
        boxes = numpy.frombuffer(tensors["boxes"][2], "<f4").reshape(tensors["boxes"][1])[-1]
        assert matches.shape == found.shape and (matches[:, 0] <= 5).all() and not any(t["crowd"] for t in truths)
        taken = set()
        for (query, label), (kind, truth) in zip(found, matches):
            free = [(overlap(boxes[query], t["box"]), i) for i, t in enumerate(truths) if t["class"] == label and i not in taken]
            best = max(free, default=(0, -1))
            assert (kind == 0) == (best[0] >= 0.5)
            if kind == 0:
                assert truth == best[1]
                taken.add(truth)
            elif kind == 5:
                assert truth == -1 and all(overlap(boxes[query], t["box"]) <= 0.1 for t in truths)
        assert len(taken) > 3


def test_a_preview_is_the_same_at_another_size(server, street, tmp_path):
    text = "enc.0.self.head2=off"
    tensors, metadata = server.run(street, [text], longest_side=480)
    assert metadata["run"]["longest_side"] == 480 and metadata["run"]["image"]["input_width"] == 480
    detected = run("detect", STREET, "--json", "-x", text, "--size", "480,480").json()
    scores = numpy.frombuffer(tensors["scores"][2], "<f4").reshape(tensors["scores"][1])[-1]
    for (query, label), row in zip(numpy.frombuffer(tensors["detections"][2], "<i4").reshape(-1, 2), detected):
        assert (query, label) == (row["query"], row["category_id"]) and abs(scores[query, label] - row["score"]) < 1e-5
    _, whole = server.run(street, [text])
    assert "longest_side" not in whole["run"] and whole["run"]["image"]["input_width"] == 544


def test_wrong_interventions_are_told_with_their_place(server, street):
    body = json.dumps({"interventions": ["query[1]=off", "dec.3.cross.haed5=off"]})
    status, _, reply = server.ask("POST", f"/api/image/{street}/intervene", body)
    assert status == 400 and json.loads(reply)["intervention"] == 1 and json.loads(reply)["at"] == 12
    for text in ["dec.3.cross=patch(/etc/passwd.png)", "dec.3.cross.head1=off(mean,/etc/a.safetensors)"]:
        body = json.dumps({"interventions": [text]})
        assert "opens no files" in server.refused(400, "POST", f"/api/image/{street}/intervene", body)


def test_the_interface_is_described_for_machines(server, street):
    """Every path that openapi.json names answers, and refuses the methods that it does not name."""
    paths = server.json("/openapi.json")["paths"]
    assert len(paths) == 18
    for path, operations in paths.items():
        real = path.replace("{id}", street).replace("{name}", "none")
        for method in ("get", "post", "delete"):
            status, _, reply = (200, {}, b"") if (path, method) == ("/api/events", "get") else server.ask(method.upper(), real)
            if method in operations:
                assert status != 405 and b"nothing at" not in reply, (method, path)
            else:
                assert status in (404, 405), (method, path, status)
