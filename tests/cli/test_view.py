"""saccade view: what it answers, against the commands that say the same; who is refused; hostile requests; its end."""
import contextlib
import http.client
import json
import os
import random
import signal
import socket
import struct
import subprocess
import threading
import time

import numpy
import pytest
from program import IMAGES, PROGRAM, ROOT, SHIPPED_WEIGHTS, STREET, overlap, read_safetensors, run
from view_server import serving, tensors_of


@pytest.fixture(scope="module")
def server():
    with serving("--threads", "2") as one:
        yield one


@pytest.fixture(scope="module")
def street(server):
    return next(image["id"] for image in server.json("/api/images")["images"] if image["name"] == STREET.name)


def numbers(tensor, kind):
    dtype, _, data = tensor
    assert dtype == kind
    return [v[0] for v in struct.iter_unpack({"F32": "<f", "I32": "<i", "U16": "<H"}[kind], data)]


def test_the_model_and_its_images(server):
    model = server.json("/api/model")
    demo = model["models"]["a"]
    assert (demo["name"], demo["family"], demo["dec_layers"], demo["heads"]) == ("street_r18", "deformable_detr", 6, 8)
    assert model["models"]["b"] is None and model["sweeps"] == [] and model["runs"] is False
    images = server.json("/api/images")["images"]
    assert len(images) == 12 and all(image["truth"] for image in images)
    one = server.json(f"/api/image/{images[0]['id']}")
    assert (one["width"], one["height"]) == (640, 380)
    status, headers, photo = server.ask("GET", f"/api/image/{images[0]['id']}/photo")
    assert status == 200 and headers["Content-Type"] == "image/jpeg"
    assert photo == (IMAGES / images[0]["name"]).read_bytes()


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


def test_a_token_reads_and_is_read(server, street):
    status, _, reply = server.ask("GET", f"/api/image/{street}/token?at=320,190&level=1")
    assert status == 200
    tensors, metadata = tensors_of(reply)
    parts = numbers(tensors["query_specific"], "F32")
    assert tensors["query_specific"][1] == [3, 9, 2] and all(0 <= part <= 1 for part in parts)
    assert metadata["token"]["mostly_template"] == [layer for layer in range(3) if parts[18 * layer + 16] < 0.2]
    token = metadata["token"]
    x0, y0, x1, y1 = token["cell"]
    assert token["level"] == 1 and x0 <= 320 <= x1 and y0 <= 190 <= y1
    weights = numbers(tensors["weights"], "U16")
    layers, heads, levels, points = tensors["weights"][1]
    per_head = levels * points
    for i in range(layers * heads):
        assert abs(sum(weights[i * per_head:(i + 1) * per_head]) / 65535 - 1) < 1e-3
    read_by = [sum(numbers(tensors[f"read_by.{level}"], "F32")) for level in range(4)]
    assert all(total >= 0 for total in read_by) and sum(read_by) > 0
    assert "levels 0 to 3" in server.refused(400, "GET", f"/api/image/{street}/token?at=320,190&level=4")
    assert "outside the image" in server.refused(400, "GET", f"/api/image/{street}/token?at=-1,190")
    server.refused(400, "GET", f"/api/image/{street}/token?at=nan,1")
    server.refused(400, "GET", f"/api/image/{street}/token")


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


def test_a_token_of_layers_that_are_switched_off(server, street):
    def asked(*texts):
        query = "".join(f"&x={text}" for text in texts)
        status, _, reply = server.ask("GET", f"/api/image/{street}/token?at=320,190&level=1{query}")
        assert status == 200, reply
        return tensors_of(reply)[0]
    plain, without = asked(), asked("enc.1.self=off")
    assert without["weights"][1] == plain["weights"][1] and without["read_by.0"][1] == plain["read_by.0"][1]
    layers = [numbers(without["weights"], "U16"), numbers(without["read_by.0"], "F32")]
    for values in layers:
        part = len(values) // 3
        assert not any(values[part:2 * part]) and any(values[:part]) and any(values[2 * part:])
    assert not any(numbers(asked("enc.*.self=off")["weights"], "U16"))


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


def test_what_a_query_heard(server, street):
    def heard(layer, *texts):
        address = f"/api/image/{street}/map?method=self-attention&query=17&layer={layer}" + "".join(f"&x={text}" for text in texts)
        status, _, reply = server.ask("GET", address)
        assert status == 200
        tensors, metadata = tensors_of(reply)
        assert metadata["map"] == {"method": "self-attention", "query": 17, "layer": layer}
        return numpy.frombuffer(tensors["weights"][2], "<f4").reshape(tensors["weights"][1])
    assert heard(2).shape == (8, 100) and numpy.abs(heard(2).sum(1) - 1).max() < 1e-5
    change = "dec.3.cross.head5=off"
    assert (heard(3, change) == heard(3)).all()  # it listens before it looks
    assert numpy.abs(heard(4, change) - heard(4)).max() > 1e-4
    assert "queries 0 to 99" in server.refused(400, "GET", f"/api/image/{street}/map?method=self-attention&query=100&layer=0")
    assert "decoder layers 0 to 5" in server.refused(400, "GET", f"/api/image/{street}/map?method=self-attention&query=0&layer=6")
    assert "'layer'" in server.refused(400, "GET", f"/api/image/{street}/map?method=self-attention&query=0")
    assert "flow" in server.refused(400, "GET", f"/api/image/{street}/map?method=x&layer=0")


def test_where_a_token_has_what_it_knows_from(server, street):
    def flow(layer):
        status, _, reply = server.ask("GET", f"/api/image/{street}/map?method=flow&at=320,190&level=1&layer={layer}")
        assert status == 200
        tensors, metadata = tensors_of(reply)
        return [numpy.frombuffer(tensors[f"level.{i}"][2], "<f4").reshape(tensors[f"level.{i}"][1]) for i in range(4)], metadata["map"]
    tensors, metadata = tensors_of(server.ask("GET", f"/api/image/{street}/token?at=320,190&level=1")[2])
    token, (first, map_) = metadata["token"], flow(0)
    cell = ("token", "level", "column", "row", "cell")
    assert {key: map_[key] for key in cell} == {key: token[key] for key in cell}
    # One layer: half stays, half lies where the points read, on the four cells around each.
    expected = [numpy.zeros(level.shape) for level in first]
    expected[1][token["row"], token["column"]] = 0.5
    shape = tensors["points"][1]
    points = (numpy.frombuffer(tensors["points"][2], "<u2").reshape(shape) / 65535 * 3 - 1)[0]
    weights = (numpy.frombuffer(tensors["weights"][2], "<u2").reshape(shape[:-1]) / 65535)[0]
    for head, level, point in numpy.ndindex(weights.shape):
        height, width = expected[level].shape
        x, y = points[head, level, point] * (width, height) - 0.5
        for row, column in ((r, c) for r in (int(numpy.floor(y)), int(numpy.floor(y)) + 1) for c in (int(numpy.floor(x)), int(numpy.floor(x)) + 1)):
            if 0 <= row < height and 0 <= column < width:
                expected[level][row, column] += 0.5 * weights[head, level, point] / 8 * (1 - abs(x - column)) * (1 - abs(y - row))
    assert max(numpy.abs(a - b).max() for a, b in zip(first, expected)) < 1e-3
    last, _ = flow(2)
    assert last[1][token["row"], token["column"]] >= 0.125 and 0.5 < sum(level.sum() for level in last) <= 1 + 1e-5
    assert "encoder layers 0 to 2" in server.refused(400, "GET", f"/api/image/{street}/map?method=flow&at=320,190&layer=3")


def test_what_a_detection_is_due_to(server, street):
    best = server.json(f"/api/image/{street}/detections")["detections"][0]

    def due(method, *more):
        words = "&".join([f"method={method}", f"query={best['query']}", f"class={best['class']}", *more])
        status, _, reply = server.ask("GET", f"/api/image/{street}/map?{words}")
        assert status == 200, reply
        tensors, metadata = tensors_of(reply)
        return {name: numpy.frombuffer(data, "<f4").reshape(shape) for name, (_, shape, data) in tensors.items()}, metadata["map"]

    levels, said = due("directed", "target=x1")
    assert sorted(levels) == [f"level.{i}" for i in range(4)] and levels["level.0"].shape == (40, 68)
    assert said["method"] == "directed" and said["target"] == "x1" and said["signed"] and abs(said["value"] - best["box"][2]) < 0.01
    assert min(level.min() for level in levels.values()) < 0 < max(level.max() for level in levels.values())
    for method in ("weights", "contribution"):
        levels, said = due(method)
        assert abs(sum(level.sum(dtype=float) for level in levels.values()) + said["outside"] - 1) < 1e-5 and not said["signed"]
    pixels, said = due("gradient")
    assert list(pixels) == ["pixels"] and pixels["pixels"].shape == (380, 640) and pixels["pixels"].min() >= 0 and "levels" not in said
    assert (due("relevance")[0]["level.1"] >= 0).all() and (due("odam")[0]["level.1"] >= 0).all()
    assert (due("drise", "masks=4")[0]["pixels"] != due("drise", "masks=4", "seed=1")[0]["pixels"]).any()
    changed, _ = due("directed", "target=x1", "x=dec.5.cross.head0=off")
    assert (changed["level.0"] != due("directed", "target=x1")[0]["level.0"]).any()
    for words, complaint in [("method=odam&query=100", "0 to 99"), ("method=odam", "'query'"), ("method=odam&query=0&target=z", "class, x, y"),
                             ("method=drise&query=0&masks=1", "masks"), ("method=odam&query=0&class=6", "class 6")]:
        assert complaint in server.refused(400, "GET", f"/api/image/{street}/map?{words}")


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


def test_uploads(server):
    photo = (ROOT / "assets" / "photos" / "000000116740.jpg").read_bytes()
    status, _, reply = server.ask("POST", "/api/image?name=a%20photo.jpg", photo)
    image = json.loads(reply)
    assert status == 201 and image["name"] == "a photo.jpg" and image["id"][0] == "u"
    assert json.loads(server.ask("POST", "/api/image?name=again.jpg", photo)[2])["id"] == image["id"]
    _, metadata = server.run(image["id"])
    assert metadata["run"]["image"]["width"] == image["width"]
    assert "not a JPEG or PNG" in server.refused(415, "POST", "/api/image?name=street.gif", b"GIF89a" + b"\0" * 100)
    server.refused(422, "POST", "/api/image?name=cut.jpg", photo[:5000])
    # A small file that says it is huge.
    bomb = bytearray((IMAGES / "Town01_005820.jpg").read_bytes())
    at = bomb.find(b"\xff\xc0")
    bomb[at + 5:at + 9] = struct.pack(">HH", 60000, 60000)
    server.refused(422, "POST", "/api/image?name=bomb.jpg", bytes(bomb))
    assert "longer than" in server.refused(413, "POST", "/api/image", b"\xff" * (33 << 20))
    server.refused(410, "GET", "/api/image/u0123456789abcdef/photo")


@pytest.mark.parametrize("path", [
    "/../../etc/passwd", "/%2e%2e/%2e%2e/etc/passwd", "/..%2f..%2fetc%2fpasswd", "//etc/passwd", "/index.html/../../etc/passwd",
    "/api/image/../../../etc/passwd/photo", "/api/image/%2e%2e%2f%2e%2e%2fetc%2fpasswd/photo", "/api/image/i999/photo",
    "/api/image/i-1/photo", "/api/image/i0x/photo", "/api/sweep/..", "/api/run/..%2f..%2fetc/log", "/api/nothing", "/nothing.js"])
def test_nothing_else_is_read(server, path):
    status, _, reply = server.ask("GET", path)
    assert status == 404 and b"root:" not in reply


def test_a_name_that_is_a_link_to_something_else_is_not_sent(tmp_path):
    (tmp_path / "real.jpg").write_bytes(STREET.read_bytes())
    (tmp_path / "link.jpg").symlink_to("/etc/passwd")
    with serving("--images", tmp_path) as server:
        ids = {image["name"]: image["id"] for image in server.json("/api/images")["images"]}
        for path in ["", "/photo", "/detections"]:
            assert "not a JPEG or PNG" in server.refused(422, "GET", f"/api/image/{ids['link.jpg']}{path}")


def test_other_hosts_and_sites_are_refused(server):
    assert server.ask("GET", "/api/model", host="evil.example")[0] == 403
    assert server.ask("GET", "/api/model", host="localhost:9999")[0] == 200  # ssh -L
    assert server.ask("GET", "/api/model", headers={"Origin": "http://evil.example"})[0] == 403
    assert server.ask("POST", "/api/image", b"", headers={"Origin": "null"})[0] == 403
    assert server.ask("GET", "/api/model", headers={"Sec-Fetch-Site": "cross-site", "Sec-Fetch-Mode": "no-cors"})[0] == 403


def test_by_default_it_listens_on_one_address_of_this_machine(server):
    assert server.address == f"http://127.0.0.1:{server.port}/"
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.2", server.port), timeout=10)


def test_over_the_network_a_token_is_asked_for():
    with serving("--host", "0.0.0.0") as server:
        token = server.address.split("token=")[1]
        assert len(token) == 32
        assert server.ask("GET", "/api/model")[0] == 401
        assert server.ask("GET", "/?token=wrong")[0] == 401
        status, headers, _ = server.ask("GET", f"/?token={token}")
        assert status == 303 and headers["Location"] == "/" and "HttpOnly" in headers["Set-Cookie"]
        assert server.ask("GET", f"/?scale=1.25&token={token}")[1]["Location"] == "/?scale=1.25"
        cookie = headers["Set-Cookie"].split(";")[0]
        assert server.ask("GET", "/api/model", headers={"Cookie": cookie})[0] == 200
        assert server.ask("GET", "/api/model", headers={"Cookie": cookie}, host="gpu:1")[0] == 401  # another viewer's


def test_another_address_of_this_machine_needs_a_token_too():
    with serving("--host", "127.0.0.2") as server:
        token = server.address.split("token=")[1]
        connection = http.client.HTTPConnection("127.0.0.2", server.port, timeout=30)
        connection.request("GET", "/api/model", headers={"Authorization": f"Bearer {token}"})
        assert connection.getresponse().status == 200
        connection.close()


def test_a_photograph_of_the_folder_is_asked_for_again(server, street):
    """Numbers are given anew by every start: a kept picture might be another image's."""
    assert server.ask("GET", f"/api/image/{street}/photo")[1]["Cache-Control"] == "no-store"
    sent = server.ask("POST", "/api/image?name=a.jpg", STREET.read_bytes())
    upload = json.loads(sent[2])["id"]
    assert "max-age" in server.ask("GET", f"/api/image/{upload}/photo")[1]["Cache-Control"]


@contextlib.contextmanager
def listening(server, viewer):
    """The lines of a viewer's events, whole and as they come: a machine that is busy says them late."""
    with socket.create_connection(("127.0.0.1", server.port), timeout=60) as connection:
        connection.sendall(f"GET /api/events?viewer={viewer} HTTP/1.1\r\nHost: localhost:{server.port}\r\n\r\n".encode())
        with connection.makefile("rb") as lines:
            assert any(b"text/event-stream" in line for line in iter(lines.readline, b"\r\n"))
            yield lines


def test_opening_an_image_is_a_run_like_others():
    with serving("--threads", "1") as server, listening(server, "one") as lines:
        _, metadata = server.run("i0", viewer="one")
        assert metadata["run"]["ms"] > 10  # what the person waited for
        assert server.run("i0", viewer="one")[1]["run"]["ms"] < metadata["run"]["ms"] / 2
        assert any(b"Encoder layer 1 of 3" in line for line in lines)
    with serving("--threads", "1") as server, listening(server, "one") as lines:
        ends = []
        first = threading.Thread(target=lambda: ends.append(server.ask("POST", "/api/image/i1/intervene", b'{"viewer": "one"}')[0]))
        first.start()
        assert any(b"Encoder layer 1 of 3" in line for line in lines)
        assert server.ask("DELETE", "/api/run?viewer=one")[0] in (200, 204)
        first.join()
        assert ends == [409] and server.json("/api/status")["open_images"] == 0


def test_a_newer_request_of_a_viewer_stops_the_older(server, street):
    """Encoder runs take long enough to be overtaken; the newest always answers."""
    ends = {}

    def ask(n):
        body = json.dumps({"interventions": [f"enc.0.self.head{n % 8}=off"], "viewer": "one"})
        ends[n] = server.ask("POST", f"/api/image/{street}/intervene", body)[0]

    threads = [threading.Thread(target=ask, args=(n,)) for n in range(6)]
    for thread in threads:
        thread.start()
        time.sleep(0.02)
    for thread in threads:
        thread.join()
    assert ends[5] == 200 and set(ends.values()) <= {200, 409} and 409 in ends.values()


def test_events_tell_of_long_runs(server, street):
    with listening(server, "listener") as lines:
        for n in range(8):
            server.run(street, [f"enc.0.self.head{n}=off"], viewer="listener")
        assert any(b"event: progress" in line for line in lines)
        assert any(b"coder layer" in line for line in lines)


def test_images_are_closed_within_the_budget(tmp_path):
    with serving("--memory", "150", "--threads", "2") as server:
        for image in server.json("/api/images")["images"][:6]:
            server.run(image["id"])
        status = server.json("/api/status")
        assert status["memory_mb"] <= 150 and 0 < status["open_images"] < 6
        assert server.run("i0")[1]["run"]["image"]["id"] == "i0"  # opens again


def test_maps_count_towards_the_budget():
    with serving("--memory", "150", "--threads", "2") as server:
        images = [image["id"] for image in server.json("/api/images")["images"][:6]]
        for image in images:
            server.run(image)
        held = server.json("/api/status")["open_images"]
        for image in images[-held:]:  # they are open: nothing but their maps is new
            status, _, _ = server.ask("GET", f"/api/image/{image}/map?method=contribution&query=0")
            assert status == 200 and server.json("/api/status")["memory_mb"] <= 150
    with serving("--threads", "2") as server:
        for image, query, code in ((images[0], 0, 200), (images[1], 999999, 400)):  # a refused map has opened the image all the same
            server.run(image)
            opened = server.json("/api/status")["memory_mb"]
            assert server.ask("GET", f"/api/image/{image}/map?method=contribution&query={query}")[0] == code
            assert server.json("/api/status")["memory_mb"] > opened


def hostile_requests(random_, count):
    """Requests that no browser sends."""
    words = ["GET", "POST", "PUT", "DELETE", "HEAD", "TRACE", "get", "", "G\0T", "PATCH" * 100]
    paths = ["/", "/api/model", "/api/image", "/api/image/i0/intervene", "/api/image/i0/decoder.bin?x=", "/api/image/i0/token?at=",
             "/../../etc/passwd", "/%", "/\xff", "/api/image/i0/photo", "/api/events?viewer=x", "/api/sweep/", "*", "http://x/", "/" + "a" * 9000,
             "/api/run?viewer=", "/api/image/i0/detections?threshold=1e999&x=dec.3.cross.head5=off"]
    headers = ["Host: localhost", "Host: evil", "Content-Length: 5", "Content-Length: -5", "Content-Length: 99999999999", "Transfer-Encoding: chunked",
               "Transfer-Encoding: gzip", "Connection: close", "Expect: 100-continue", "X: " + "y" * 20000, "no colon", "Origin: null", ": empty",
               "Cookie: saccade_token=x", "Range: bytes=0-1", "Upgrade: h2c"]
    bodies = [b"", b"{}", b"{" * 1000, b'{"interventions":["' + b"a" * 5000 + b'"]}', b"5\r\nabcde\r\n0\r\n\r\n", b"zz\r\n", b"\xff\xd8\xff" + b"\0" * 500, b"\x89PNG\r\n\x1a\n" + b"\xff" * 300]
    for _ in range(count):
        version = random_.choice(["HTTP/1.1", "HTTP/1.1", "HTTP/1.0", "HTTP/2.0", "", "XXXX/1.1"])
        path = random_.choice(paths) + random_.choice(["", "%00", "1,1", "\t", "?" + "&" * 50])
        lines = [f"{random_.choice(words)} {path} {version}", *random_.sample(headers, random_.randrange(4)), "", ""]
        request = "\r\n".join(lines).encode("latin-1") + random_.choice(bodies)
        if random_.random() < 0.2:
            request = bytes(random_.randrange(256) if random_.random() < 0.05 else byte for byte in request)
        yield request[:random_.randrange(1, len(request) + 1)] if random_.random() < 0.2 else request


def test_hostile_requests_break_nothing(server, street):
    count = int(os.environ.get("SACCADE_HOSTILE_REQUESTS", "2000"))
    before = server.run(street)[0]
    rest = memory_after_warm_up = None
    for n, request in enumerate(hostile_requests(random.Random(1), count)):
        connection = socket.create_connection(("127.0.0.1", server.port), timeout=10)
        connection.sendall(request)
        if n % 5 == 0:
            connection.settimeout(0.05)
            try:
                connection.recv(1000)
            except (TimeoutError, ConnectionError):
                pass
        connection.close()
        if n == count // 4:
            memory_after_warm_up = server.memory_mb()
    assert server.process.poll() is None
    rest = server.run(street)[0]
    assert rest == before
    assert server.memory_mb() < memory_after_warm_up + 64


def test_it_ends_in_good_order():
    for sent in (signal.SIGINT, signal.SIGTERM):
        process = subprocess.Popen([str(PROGRAM), "view", "--port", "0"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        assert process.stdout.readline().startswith("http://127.0.0.1:")
        process.send_signal(sent)
        assert process.wait(timeout=10) == 0
        assert "Ctrl+C" in process.stderr.read()


def test_who_listens_is_told_of_the_end_and_a_run_may_end_late():
    with serving("--threads", "1") as server, listening(server, "one") as lines:
        asking = threading.Thread(target=lambda: asked_anyway(server, "i2"))
        asking.start()
        time.sleep(0.1)
        server.process.send_signal(signal.SIGINT)
        said = lines.read()
        assert b"event: stopping" in said and said.endswith(b"0\r\n\r\n")
        asking.join()
        assert server.process.wait(timeout=20) == 0


def asked_anyway(server, image):
    """A run that the end of the server may cut off."""
    with contextlib.suppress(ConnectionError, http.client.HTTPException):
        server.ask("POST", f"/api/image/{image}/intervene", b"{}")


@pytest.mark.parametrize("words,said", [
    (["--host", "nowhere"], "--host: 'nowhere' is no address"),
    (["--port", "70000"], "--port"),
    (["--token", "short"], "--token"),
    (["--annotations", "a.json"], "--images"),
    (["--sweep", "/nonexistent"], "--sweep"),
    (["--runs", "/nonexistent"], "--runs"),
    (["--web-root", "/nonexistent"], "--web-root"),
    (["-x", "dec.3.cross.haed5=off"], "did you mean head?"),
    (["-x", "dec.3.cross=patch(street.jpg)"], "the viewer opens no files"),
])
def test_wrong_usage(words, said):
    done = subprocess.run([str(PROGRAM), "view", *words], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and done.stdout == "" and said in done.stderr


def test_a_taken_port_is_told(server):
    done = subprocess.run([str(PROGRAM), "view", "--port", str(server.port)], capture_output=True, text=True, timeout=60)
    assert done.returncode == 2 and f":{server.port}" in done.stderr and "give another" in done.stderr


def test_sweeps_and_runs_are_served(tmp_path):
    sweep, runs = tmp_path / "heads", tmp_path / "runs"
    sweep.mkdir()
    (sweep / "sweep.json").write_text('{"units": []}')
    (runs / "r18").mkdir(parents=True)
    log = runs / "r18" / "log.txt"
    log.write_text('{"epoch": 0}\n{"epo')
    with serving("--sweep", sweep, "--runs", runs) as server:
        assert server.json("/api/model")["sweeps"] == ["heads"]
        assert server.json("/api/sweep/heads") == {"units": []}
        assert server.json("/api/runs")["runs"][0]["name"] == "r18"
        status, headers, part = server.ask("GET", "/api/run/r18/log?from=0")
        assert status == 200 and part == b'{"epoch": 0}\n' and headers["X-Next"] == "13"
        with open(log, "a") as file:
            file.write('ch": 1}\n')
        assert server.ask("GET", "/api/run/r18/log?from=13")[2] == b'{"epoch": 1}\n'
        server.refused(404, "GET", "/api/run/other/log")
        server.refused(400, "GET", "/api/run/r18/log?from=-1")


def test_checkpoints_of_runs_are_models(tmp_path):
    run_folder = tmp_path / "runs" / "r18"
    run_folder.mkdir(parents=True)
    (run_folder / "log.txt").write_text('{"epoch": 11}\n{"epoch": 12}\n{"epo')
    run("weights", "convert", SHIPPED_WEIGHTS, run_folder / "checkpoint.pth", code=0)
    run("weights", "convert", SHIPPED_WEIGHTS, run_folder / "checkpoint0004.pth", code=0)
    (run_folder / "checkpoint0009.pth").write_bytes(b"PK broken")
    (run_folder / "checkpointx.pth").write_bytes(b"")
    with serving("--runs", tmp_path / "runs") as server:
        assert server.json("/api/run/r18/checkpoints") == {"epochs": [4, 9, 12]}
        server.refused(404, "GET", "/api/run/other/checkpoints")
        theirs, told = server.run("i0", ["dec.3.cross.head5=off"], model="r18@12")
        assert told["run"]["model"] == "r18@12" and told["run"]["of"]["name"] == "r18, epoch 12" and told["run"]["of"]["classes"][1] == "vehicle"
        ours, told = server.run("i0", ["dec.3.cross.head5=off"])
        assert theirs == ours and "of" not in told["run"]
        server.run("i0", model="r18@4")

        def refusal(model, status, *texts):
            return server.refused(status, "POST", "/api/image/i0/intervene", json.dumps({"model": model, "interventions": texts}))
        broken = refusal("r18@9", 422)
        assert broken.startswith("checkpoint0009.pth: ") and str(tmp_path) not in broken
        assert "no weights of epoch 5" in refusal("r18@5", 400)
        assert "no run 'r19'" in refusal("r19@4", 400)
        assert "decoder layers 0 to 5" in refusal("r18@4", 400, "dec.9.cross.head5=off")
        assert "a, b or NAME@EPOCH" in refusal("../r18", 400)
        server.run("i0", model="r18@12")


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
