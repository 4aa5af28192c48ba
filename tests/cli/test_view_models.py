"""saccade view: the models, images, sweeps and runs that it serves, and the memory that images take."""
import json
import struct

from faith_file import faith_file
from program import IMAGES, ROOT, SHIPPED_WEIGHTS, STREET, run
from view_server import serving
from viewing import server, street  # noqa: F401 - pytest's fixtures


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


def test_what_was_found_of_maps_is_told_with_the_model(server, tmp_path):
    assert server.json("/api/model")["faith"] is None
    folder = faith_file(tmp_path / "faith")
    with serving("--threads", "2", "--faith", str(folder)) as told:
        assert told.json("/api/model")["faith"] == {
            "of": "2 detections of instances", "interventions": [],
            "methods": {"relevance": "edge in insertion; none in deletion, blur; changes with the weights (0.41)"}}
    other = faith_file(tmp_path / "other", weights_sha256="0" * 64)
    run("view", "--port", "0", "--faith", other).failed_with(1, "faith.json", "other weights")


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


def test_a_photograph_of_the_folder_is_asked_for_again(server, street):
    """Numbers are given anew by every start: a kept picture might be another image's."""
    assert server.ask("GET", f"/api/image/{street}/photo")[1]["Cache-Control"] == "no-store"
    sent = server.ask("POST", "/api/image?name=a.jpg", STREET.read_bytes())
    upload = json.loads(sent[2])["id"]
    assert "max-age" in server.ask("GET", f"/api/image/{upload}/photo")[1]["Cache-Control"]


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
