"""saccade view: what a token reads, and maps of what a query heard and a detection is due to."""
import numpy
from view_server import tensors_of
from viewing import numbers, server, street  # noqa: F401 - pytest's fixtures


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
