"""saccade follow: a car that moves 7 pixels to the left per frame, and is gone in one of them."""
import json
import shutil

import numpy
import PIL.Image
import PIL.ImageSequence
import pytest
from program import IMAGES, files_in, pixels_of, read_csv, read_safetensors, run

FRAMES, STEP, SIZE, EMPTY = 11, 7, (560, 360), 4
NAMES = [f"f{i + 1}.jpg" for i in range(FRAMES)]
OUT_FILES = ["follow.csv", "follow.json", "follow.png", "traces.png"]
CAR = ["--at", "320,215"]


@pytest.fixture(scope="module")
def frames(tmp_path_factory):
    """f1.jpg to f11.jpg; the car is missing in the fourth."""
    folder = tmp_path_factory.mktemp("drive")
    street = PIL.Image.open(IMAGES / "Town03_013980.jpg")
    for i, name in enumerate(NAMES):
        frame = street.crop((STEP * i, 0, STEP * i + SIZE[0], SIZE[1]))
        if i + 1 == EMPTY:
            frame = PIL.Image.new("RGB", SIZE, (110, 120, 130))
        frame.save(folder / name, quality=92)
    return folder


@pytest.fixture(scope="module")
def followed(frames, tmp_path_factory):
    """The folder that one call wrote, and what it printed."""
    folder = tmp_path_factory.mktemp("followed")
    done = run("follow", frames, *CAR, "--fps", "8", "--json", "--threads", "2", cwd=folder, code=0)
    return folder / "follow", done


def table(folder):
    return read_csv(folder / "follow.csv")


def test_every_file_is_written_and_named(followed):
    folder, done = followed
    assert files_in(folder) == sorted(OUT_FILES + [f"frames/f{i + 1}.png" for i in range(FRAMES)])
    report = done.json()
    assert report["files"][:4] == ["follow/follow.png", "follow/traces.png", "follow/follow.csv", "follow/follow.json"]
    assert report["files"][4:] == [f"follow/frames/f{i + 1}.png" for i in range(FRAMES)], "by their numbers, f2 before f10"
    kept = json.loads((folder / "follow.json").read_text())
    assert kept == {key: value for key, value in report.items() if key != "files"}
    assert kept["command"].startswith("saccade follow ") and len(kept["weights_sha256"]) == 64


def test_the_car_is_followed_over_the_frame_without_it(followed):
    folder, done = followed
    report = done.json()
    assert report["class"] == "vehicle" and [f["name"] for f in report["frames"]] == NAMES
    assert [f["found"] for f in report["frames"]] == [i + 1 != EMPTY for i in range(FRAMES)]
    middles = [f["bbox"][0] + f["bbox"][2] / 2 for f in report["frames"] if f["found"]]
    expected = [middles[0] - STEP * i for i in range(FRAMES) if i + 1 != EMPTY]
    assert numpy.abs(numpy.subtract(middles, expected)).max() < 4
    looked = report["frames"][EMPTY - 1]["looked_for"]
    assert abs(looked[0] + looked[2] / 2 - (middles[0] - STEP * (EMPTY - 1))) < 6
    assert "lost in frame 4\n" in done.err and "given up" not in done.err


def test_numbers_are_those_of_explain(followed, frames, tmp_path):
    folder, done = followed
    for frame in (done.json()["frames"][0], done.json()["frames"][8]):
        one = run("explain", frames / frame["name"], "--query", frame["query"], "--trace", "t.safetensors", "--json", "--overwrite",
                  cwd=tmp_path, code=0).json()
        assert frame["score"] == pytest.approx(one["score"], abs=1e-6) and frame["bbox"] == pytest.approx(one["bbox"], abs=1e-3)
        assert frame["level_share"] == pytest.approx(one["layers"][0]["level_share"], abs=1e-6)
        assert sum(frame["level_share"]) == pytest.approx(1, abs=1e-5)
        radius, outside = attention_of(tmp_path / "t.safetensors", frame["query"])
        assert frame["radius"] == pytest.approx(radius, rel=1e-4) and frame["off_image"] == pytest.approx(outside, abs=1e-6)


def attention_of(trace, query):
    """Mean of the heads of the weighted distance from the reference point, and the part of the weight outside the image."""
    tensors, _ = read_safetensors(trace)
    points = tensors["decoder.5.sampling_points_px"][query].astype("f8")
    weights = tensors["decoder.5.attention_weights"][query].astype("f8")
    reference = tensors["decoder.5.reference_points"][query][:2] * SIZE
    far = numpy.linalg.norm(points - reference, axis=-1)
    radius = ((far * weights).sum((1, 2)) / weights.sum((1, 2))).mean()
    outside = ((points < 0) | (points > SIZE)).any(-1)
    return radius, (weights * outside).sum() / weights.sum()


def test_the_table_says_what_the_json_says(followed):
    folder, done = followed
    rows = table(folder)
    assert list(rows[0]) == ["frame", "name", "score", "query", "x0", "y0", "x1", "y1", "radius", "off_image",
                             "share_L0", "share_L1", "share_L2", "share_L3", "layer", "interventions"]
    assert [r["frame"] for r in rows] == [str(i + 1) for i in range(FRAMES)] and {r["layer"] for r in rows} == {"dec.5"}
    for row, frame in zip(rows, done.json()["frames"]):
        if not frame["found"]:
            assert {row[k] for k in list(row)[2:14]} == {""}
            continue
        x, y, w, h = frame["bbox"]
        assert [float(row[k]) for k in ("x0", "y0", "x1", "y1")] == pytest.approx([x, y, x + w, y + h], abs=0.006)
        assert float(row["score"]) == pytest.approx(frame["score"], abs=1e-6) and int(row["query"]) == frame["query"]
        assert float(row["radius"]) == pytest.approx(frame["radius"], abs=0.006)


def test_the_animation_has_every_picture_unchanged(followed):
    folder, _ = followed
    with PIL.Image.open(folder / "follow.png") as animation:
        assert animation.n_frames == FRAMES and animation.info["loop"] == 0 and "saccade follow" in animation.text["command"]
        for i, frame in enumerate(PIL.ImageSequence.Iterator(animation)):
            assert frame.info["duration"] == 125, "8 frames a second"
            single = PIL.Image.open(folder / "frames" / f"f{i + 1}.png")
            assert single.size == (1009, animation.size[1])
            assert (numpy.asarray(frame.convert("RGB")) == numpy.asarray(single)).all()


def test_a_lost_frame_is_drawn_without_points(followed):
    """The heaviest points are yellow; a lost frame has a dashed white box instead, where the object was looked for."""
    def marks(frame):
        pixels = pixels_of(followed[0] / "frames" / f"f{frame}.png")[40:460, 20:700]
        yellow = (pixels[..., 0] > 230) & (pixels[..., 1] > 200) & (pixels[..., 2] < 100)
        return yellow.sum(), (pixels.min(-1) > 245).sum()

    assert marks(EMPTY)[0] == 0 and marks(EMPTY)[1] > 200
    assert marks(EMPTY - 1)[0] > 20 and marks(EMPTY + 1)[0] > 20


def test_a_gap_ends_the_following(frames, tmp_path):
    done = run("follow", frames, *CAR, "--gap", "1", "--threads", "2", cwd=tmp_path, code=0)
    assert "towards the end it was given up after 1 frame without it: 7 frames not looked at" in done.err
    assert len(table(tmp_path / "follow")) == 4
    assert done.out.count("wrote follow/frames/") == 4
    with PIL.Image.open(tmp_path / "follow" / "follow.png") as animation:
        assert animation.n_frames == 4


def test_an_empty_first_frame_leaves_the_colours_alone(followed, frames, tmp_path):
    shutil.copy(frames / f"f{EMPTY}.jpg", tmp_path / "f0.jpg")
    for i in (4, 5):
        shutil.copy(frames / NAMES[i], tmp_path / f"f{i}.jpg")
    run("follow", tmp_path, "--start", "f4.jpg", *car_in(followed, 4), "--out", tmp_path / "with", code=0)
    (tmp_path / "f0.jpg").unlink()
    run("follow", tmp_path, "--start", "f4.jpg", *car_in(followed, 4), "--out", tmp_path / "without", code=0)
    # Above the traces, which have one frame more, the pictures are the same.
    one, other = (pixels_of(tmp_path / name / "frames" / "f4.png") for name in ("with", "without"))
    rows = slice(one.shape[0] // 20, one.shape[0] // 2)  # below the title, which says which frame of how many
    assert one.shape == other.shape and (one[rows] == other[rows]).all()


def car_in(followed, i):
    """--box of the car in a frame."""
    box = followed[1].json()["frames"][i]["bbox"]
    return ["--box", ",".join(f"{number:.1f}" for number in box)]


def test_the_start_may_lie_anywhere(frames, followed, tmp_path):
    """By number and by box; what is found is the same object, numbers of frames before the start as well."""
    report = run("follow", frames, "--start", "007", *car_in(followed, 6), "--json", "--quiet", "--threads", "2", cwd=tmp_path, code=0).json()
    assert report["start"] == "f7.jpg" and [f["found"] for f in report["frames"]] == [i + 1 != EMPTY for i in range(FRAMES)]
    for one, other in zip(report["frames"], followed[1].json()["frames"]):
        assert one["found"] == other["found"] and (not one["found"] or one["bbox"] == pytest.approx(other["bbox"], abs=1e-3))


def test_interventions_layer_and_look(frames, tmp_path):
    few = [frames / name for name in NAMES[:3]]
    done = run("follow", *few, *CAR, "-x", "dec.*.cross.level0=off", "--layer", "3", "--color", "level", "--width", "700", "--out", "off",
               "--threads", "2", cwd=tmp_path, code=0)
    rows = table(tmp_path / "off")
    assert {r["share_L0"] for r in rows} == {"0.00000"} and {r["layer"] for r in rows} == {"dec.3"}
    assert {r["interventions"] for r in rows} == {"dec.*.cross.level0=off"}
    assert PIL.Image.open(tmp_path / "off" / "follow.png").size[0] == 700
    assert done.out.startswith("wrote off/follow.png\nwrote off/traces.png\n")
    run("follow", *few, *CAR, "-x", "dec.3.cross=off", "--layer", "3", "--out", "none", cwd=tmp_path).failed_with(1, "switched off", "--layer")


def test_the_model_as_it_is_is_followed_beside_it(frames, followed, tmp_path):
    few = [frames / name for name in NAMES[:5]]
    report = run("follow", *few, *CAR, "-x", "dec.*.cross.level0=off", "--before-after", "--json", "--threads", "2", cwd=tmp_path, code=0).json()
    bare = report["frames_without_interventions"]
    for own, alone in zip(bare, followed[1].json()["frames"]):
        assert own["found"] == alone["found"] and (not own["found"] or own["query"] == alone["query"] and own["score"] == alone["score"])
    assert len(bare) == 5 and bare[0]["level_share"][0] > 0.1 and report["frames"][0]["level_share"][0] == 0
    rows = table(tmp_path / "follow")
    assert [r["interventions"] for r in rows] == ["dec.*.cross.level0=off"] * 5 + [""] * 5
    run("follow", *few, "--before-after", cwd=tmp_path).failed_with(2, "--before-after", "-x")


def test_the_same_call_writes_the_same_bytes(frames, tmp_path):
    words = ["follow", frames / "f1.jpg", frames / "f2.jpg", *CAR, "--overwrite", "--threads", "2"]
    run(*words, cwd=tmp_path, code=0)
    first = {name: (tmp_path / name).read_bytes() for name in files_in(tmp_path)}
    run(*words, cwd=tmp_path, code=0)
    assert first == {name: (tmp_path / name).read_bytes() for name in files_in(tmp_path)}


def test_faults_are_told_before_the_work(frames, tmp_path):
    def fails(code, *words, of=()):
        run("follow", *words, cwd=tmp_path).failed_with(code, *of)
        assert not (tmp_path / "follow").exists()

    fails(2, frames / "f1.jpg", of=["f1.jpg", "one image", "saccade explain"])
    fails(1, tmp_path / "nothing", of=["nothing", "no such file"])
    fails(2, frames, "--query", "100000", of=["--query"])
    fails(2, frames, "--query", "4000", of=["--query 4000", "0 to"])
    fails(2, frames, "--class", "vehicel", of=["did you mean vehicle"])
    fails(2, frames, "--start", "99", of=["--start 99", "f1.jpg", "f11.jpg"])
    fails(2, frames, "--box", "1,2,3", of=["--box 1,2,3", "width and height"])
    fails(2, frames, "--box", "1,2,3,4", "--class", "vehicle", of=["--box"])
    fails(1, frames, "--box", "500,5,20,20", of=["--box 500,5,20,20", "the nearest is query"])
    fails(2, frames, "--layer", "0-2", of=["--layer 0-2", "one"])
    fails(2, frames, "--layer", "6", of=["--layer 6", "0 to 5"])
    fails(2, frames, "--fps", "0", of=["--fps"])
    fails(2, frames, "--relative", "--color", "level", of=["relative weights", "colour by level"])
    fails(1, frames, IMAGES / "Town04_004980.jpg", of=["560 x 360", "640 x 380", "one size"])
    cut = tmp_path / "f2.jpg"
    cut.write_bytes((frames / "f2.jpg").read_bytes()[:3000])
    fails(1, frames / "f1.jpg", cut, of=["f2.jpg"])
    (tmp_path / "follow").write_text("")
    run("follow", frames, cwd=tmp_path).failed_with(2, "--out follow", "file")


def test_what_exists_is_kept(followed, frames):
    folder, _ = followed
    before = (folder / "follow.csv").read_bytes()
    run("follow", frames, "--layer", "0", cwd=folder.parent).failed_with(2, "follow.png", "--overwrite")
    assert (folder / "follow.csv").read_bytes() == before


def test_pictures_never_replace_the_frames(frames, tmp_path):
    inside = tmp_path / "drive" / "frames"
    inside.mkdir(parents=True)
    for name in NAMES[:2]:
        PIL.Image.open(frames / name).save(inside / name.replace("jpg", "png"))
    before = (inside / "f1.png").read_bytes()
    run("follow", inside, *CAR, "--out", tmp_path / "drive", "--overwrite").failed_with(2, "f1.png", "is one of the frames", "--out")
    assert (inside / "f1.png").read_bytes() == before


def test_names_of_one_stem_keep_apart(frames, tmp_path):
    shutil.copy(frames / "f1.jpg", tmp_path / "f1.jpg")
    PIL.Image.open(frames / "f2.jpg").save(tmp_path / "f1.png")
    done = run("follow", tmp_path, *CAR, "--quiet", "--threads", "2", cwd=tmp_path, code=0)
    assert done.out == "" and done.err == ""
    assert files_in(tmp_path / "follow" / "frames") == ["f1.png", "f1.png.png"]
