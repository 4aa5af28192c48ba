"""bench/compare.py with programs and peers that only print: what it says, never how long anything took."""
import json
import pathlib
import shutil
import subprocess
import sys
import textwrap

import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
COLUMNS = ["bench", "shape", "pass", "peer", "ours_ms", "peer_ms", "ratio", "ours_mb", "peer_mb", "threads"]
NUMBERS = [round(0.05 * i, 2) for i in range(12)]
KEYS = ["AP", "AP50", "AP75", "APs", "APm", "APl", "AR1", "AR10", "AR100", "ARs", "ARm", "ARl"]


class Bench:
    """A copy of bench/ beside a build folder of fakes, so that no real program or peer takes part."""

    def __init__(self, folder):
        self.folder = folder
        shutil.copytree(ROOT / "bench", folder / "bench", ignore=shutil.ignore_patterns("__pycache__"))
        (folder / "modules").mkdir()

    def program(self, path, python):
        target = self.folder / "build" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(f"#!{sys.executable}\nimport json, sys\n{textwrap.dedent(python)}")
        target.chmod(0o755)

    def module(self, path, python):
        target = self.folder / "modules" / path
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_text(textwrap.dedent(python))

    def compare(self, *arguments, code=0):
        done = subprocess.run([sys.executable, "bench/compare.py", *arguments], cwd=self.folder, capture_output=True,
                              text=True, timeout=120, env={"PATH": "/usr/bin:/bin",
                                                           "PYTHONPATH": str(self.folder / "modules")})
        assert done.returncode == code, done.stdout + done.stderr
        return done

    def rows(self, *arguments, code=0):
        done = self.compare(*arguments, "--rounds", "1", "--json", code=code)
        return [json.loads(line) for line in done.stdout.splitlines()], done.stderr

    def evaluator(self, package, numbers):
        """A package with pycocotools' interface that always says these numbers."""
        self.module(f"{package}/__init__.py", "")
        self.module(f"{package}/coco.py", """
            class COCO:
                def __init__(self, path): open(path).close()
                def loadRes(self, path): open(path).close()
            """)
        self.module(f"{package}/cocoeval.py", f"""
            class COCOeval:
                def __init__(self, truth, results, kind): assert kind == "bbox"
                def evaluate(self): print("running")
                def accumulate(self): self.stats = {numbers!r}
                def summarize(self): print("summary")
            """)


@pytest.fixture
def bench(tmp_path):
    return Bench(tmp_path)


def test_evaluators_that_agree_give_a_row_each(bench):
    bench.program("bin/saccade", f"print(json.dumps(dict(zip({KEYS!r}, {NUMBERS!r})), indent=1))")
    bench.evaluator("pycocotools", NUMBERS)
    bench.evaluator("ultrafast_pycocotools", [n + 1e-12 for n in NUMBERS])
    rows, err = bench.rows("cocoeval", "--shape", "small")
    assert [row["peer"] for row in rows] == ["pycocotools", "ultrafast-pycocotools"]
    for row in rows:
        assert list(row)[:len(COLUMNS)] == COLUMNS
        assert (row["bench"], row["shape"], row["threads"]) == ("cocoeval", "small", 1)
        assert row["ratio"] == pytest.approx(row["peer_ms"] / row["ours_ms"], rel=0.02, abs=0.006)
        assert row["peer_process_ms"] > row["peer_ms"] and row["peer_mb"] > 1 and row["ours_cpu_ms"] > 0
    assert "hotcoco: not installed, left out" in err and "error" not in err


def test_an_evaluator_that_disagrees_is_an_error(bench):
    bench.program("bin/saccade", f"print(json.dumps(dict(zip({KEYS!r}, {NUMBERS!r}))))")
    bench.evaluator("pycocotools", NUMBERS)
    bench.evaluator("ultrafast_pycocotools", NUMBERS[:3] + [0.15 + 2e-9] + NUMBERS[4:])
    rows, err = bench.rows("cocoeval", "--shape", "small", code=1)
    assert len(rows) == 2
    assert "error: ultrafast-pycocotools: APs is 0.150000002" in err and "pycocotools says 0.15" in err


def test_a_number_that_is_missing_or_nan_is_no_agreement(bench):
    numbers = dict(zip(KEYS, NUMBERS)) | {"ARl": float("nan")}
    bench.program("bin/saccade", f"print('{json.dumps(numbers)}')")
    bench.evaluator("pycocotools", NUMBERS)
    _, err = bench.rows("cocoeval", "--shape", "small", code=1)
    assert "ours: ARl is nan" in err


def test_readers_are_checked_to_have_read_the_same(bench):
    bench.program("bench/json_bench", """
        items = len(json.load(open(sys.argv[1]))["annotations"])
        assert sys.argv[2:] == ["--threads", "2"]
        print(json.dumps({"items": items, "seconds": 0.5, "cpu_s": 0.25, "peak_rss_mib": 32.0}))
        """)
    rows, _ = bench.rows("json", "--shape", "small", "--threads", "2", "--peers", "json")
    assert len(rows) == 1
    assert rows[0]["pass"] == "parse" and rows[0]["threads"] == 2
    assert (rows[0]["ours_ms"], rows[0]["ours_cpu_ms"], rows[0]["ours_mb"]) == (500, 250, 32)
    bench.program("bench/json_bench", """
        print(json.dumps({"items": 1, "seconds": 0.5, "cpu_s": 0.25, "peak_rss_mib": 32.0}))
        """)
    _, err = bench.rows("json", "--shape", "small", "--peers", "json", code=1)
    assert "annotations, ours 1" in err


def test_images_have_a_row_for_each_pass_and_are_resized_as_detr_does(bench):
    bench.program("bench/image_bench", """
        assert sys.argv[2:] == ["--size", "800,1333"]
        print(json.dumps({"decode_ms": 1.5, "decode_resize_normalise_ms": 4.0, "cpu_ms": 3.0}))
        """)
    bench.module("cv2.py", """
        import numpy
        IMREAD_COLOR = COLOR_BGR2RGB = INTER_LINEAR = 0
        def setNumThreads(count): assert count == 1
        def imdecode(coded, kind): return numpy.zeros((480, 640, 3), numpy.uint8)
        def cvtColor(image, kind): return image
        def resize(image, size, interpolation):
            assert size == (1066, 800), size
            return numpy.zeros((800, 1066, 3), numpy.uint8)
        """)
    rows, _ = bench.rows("image", "--peers", "opencv")
    assert [(row["pass"], row["ours_ms"], row["ours_cpu_ms"]) for row in rows] == [
        ("decode", 1.5, None), ("decode_resize_normalise", 4.0, 3.0)]
    assert all(row["peer"] == "opencv" and row["peer_ms"] > 0 for row in rows)


def matching_bench(bench, pairs):
    """A program of ours that prints these pairs, and a scipy that is there but not used."""
    bench.program("bench/match_bench", f"""
        assert sys.argv[1].endswith("match-objects7/inputs.safetensors") and sys.argv[2:] == ["--threads", "1"]
        print(json.dumps({{"ms": 0.5, "cpu_ms": 0.25, "pairs": {pairs!r}}}))
        """)
    bench.module("scipy/__init__.py", "")
    peers = bench.folder / "bench" / "match_peers.py"
    head, body = peers.read_text().split("def main():")
    peers.write_text(head + textwrap.dedent("""
        def main():
            peer, path, threads = sys.argv[1:]
            print(json.dumps({"ms": 10.0, "cpu_ms": 5.0, "pairs": [[[1, 2], [0, 1]], [[3], [0]]]}))
        """) + "\n\nif __name__ == \"__main__\":\n    main()\n")


def test_matchers_are_checked_to_have_found_the_same(bench):
    pairs = [[[1, 2], [0, 1]], [[3], [0]]]
    matching_bench(bench, pairs)
    rows, err = bench.rows("match", "--shape", "objects7")
    assert rows[0]["peer"] == "scipy+torch"
    assert list(rows[0])[:len(COLUMNS)] == COLUMNS
    assert [rows[0][key] for key in ("pass", "ours_ms", "peer_ms", "ratio", "cpu_ratio")] == ["match", 0.5, 10, 20, 20]
    # Its package is there where the Python package is tested.
    assert ("huggingface: not installed, left out" in err) == (len(rows) == 1) and "error" not in err
    pairs[1][0] = [4]
    matching_bench(bench, pairs)
    _, err = bench.rows("match", "--shape", "objects7", code=1)
    assert "error: scipy+torch: matches 1 of 2 layers and images differently" in err


def test_a_training_step_has_a_row_for_the_whole_and_each_part(bench):
    bench.program("bench/train_bench", """
        assert sys.argv[1:9] == ["--height", "480", "--width", "640", "--batch", "2", "--threads", "1"]
        assert sys.argv[9:] in (["--precision", "fp32", "--device", "cpu"], ["--precision", "bf16", "--device", "cpu"])
        print(json.dumps({"ms": 60.0, "forward_loss_ms": 20.0, "backward_ms": 30.0, "optimizer_ms": 10.0, "cpu_ms": 50}))
        """)
    _, err = bench.rows("train")
    assert "huggingface: not installed, left out" in err
    bench.module("timm/__init__.py", "")
    (bench.folder / "bench" / "train_peers.py").write_text(textwrap.dedent("""
        import json, sys
        PEERS = {"huggingface": "timm"}
        if __name__ == "__main__":
            assert sys.argv[1:6] == ["huggingface", "480", "640", "2", "1"] and sys.argv[6] in ("fp32", "bf16") and sys.argv[7] == "cpu"
            print(json.dumps({"ms": 120.0, "forward_loss_ms": 60.0, "backward_ms": 45.0, "optimizer_ms": 15.0,
                              "cpu_ms": 75}))
        """))
    rows, _ = bench.rows("train")
    assert [row["shape"] for row in rows] == ["r50_480"] * 4 + ["r50_480_bf16"] * 4
    rows, _ = bench.rows("train", "--shape", "r50_480_bf16")
    assert [(row["pass"], row["ratio"], row["cpu_ratio"]) for row in rows] == [
        ("step", 2, 1.5), ("forward_loss", 3, None), ("backward", 1.5, None), ("optimizer", 1.5, None)]
    assert list(rows[0])[:len(COLUMNS)] == COLUMNS and rows[0]["ours_mb"] > 1


def test_a_forward_pass_has_a_row_for_each_peer(bench):
    bench.program("bench/infer_bench", """
        options = dict(zip(sys.argv[1::2], sys.argv[2::2]))
        assert (options["--height"], options["--width"]) in (("480", "640"), ("800", "1066"))
        assert options["--batch"] == options["--threads"] == "1" and options["--device"] == "cpu"
        print(json.dumps({"ms": 40.0, "cpu_ms": 30.0, "device_peak_mb": 0}))
        """)
    bench.module("timm/__init__.py", "")
    (bench.folder / "bench" / "infer_peers.py").write_text(textwrap.dedent("""
        import json, sys
        PEERS = {"huggingface": "timm", "onnxruntime": "timm"}
        EXPORTED = ("onnxruntime",)
        def can(peer, batch, precision, device):
            return peer != "onnxruntime" or precision == "fp32"
        if sys.argv[1] == "export":
            open(f"exported {sys.argv[2]}x{sys.argv[3]}", "w").close()
        elif __name__ == "__main__":
            assert sys.argv[4:6] == ["1", "1"] and sys.argv[7] == "cpu"
            print(json.dumps({"ms": 120.0, "cpu_ms": 90.0, "device_peak_mb": 0}))
        """))
    rows, _ = bench.rows("infer")
    assert all(row["ratio"] == row["cpu_ratio"] == 3 for row in rows)
    assert [(row["shape"], row["peer"]) for row in rows] == [
        ("r50_480", "huggingface"), ("r50_480", "onnxruntime"), ("r50_480_bf16", "huggingface"),
        ("r50_1066", "huggingface"), ("r50_1066", "onnxruntime"), ("r50_1066_bf16", "huggingface")]
    assert list(rows[0])[:len(COLUMNS)] == COLUMNS and rows[0]["ours_mb"] > 1


def test_a_peer_that_breaks_is_named_and_left_out(bench):
    bench.program("bin/saccade", f"print(json.dumps(dict(zip({KEYS!r}, {NUMBERS!r}))))")
    bench.evaluator("pycocotools", NUMBERS)
    bench.module("hotcoco/__init__.py", "raise ImportError('its library is too old')")
    rows, err = bench.rows("cocoeval", "--shape", "small")
    assert [row["peer"] for row in rows] == ["pycocotools"]
    assert "hotcoco: exit code 1: ImportError: its library is too old; left out" in err


def test_a_ratio_that_fell_is_told_from_the_history(bench):
    def run(peer_ms, code):
        bench.program("bench/infer_bench", 'print(json.dumps({"ms": 40.0, "cpu_ms": 40.0, "device_peak_mb": 0}))')
        (bench.folder / "bench" / "infer_peers.py").write_text(textwrap.dedent(f"""
            import json
            PEERS, EXPORTED = {{"huggingface": "timm"}}, ()
            def can(*words):
                return True
            if __name__ == "__main__":
                print(json.dumps({{"ms": {peer_ms}, "cpu_ms": {peer_ms}, "device_peak_mb": 0}}))
            """))
        return bench.compare("infer", "--shape", "r50_480", "--rounds", "1", "--record", code=code).stderr
    bench.module("timm/__init__.py", "")
    (bench.folder / "bench" / "history.json").unlink(missing_ok=True)
    assert "slower" not in run(120.0, 0) + run(110.0, 0)
    assert "slower than before: infer r50_480 forward against huggingface: 2.0 times, 2.75 at " in run(80.0, 1)
    kept = json.loads((bench.folder / "bench" / "history.json").read_text())
    assert [one["ratio"] for one in kept] == [3.0, 2.75, 2.0] and all(one["processor"] and one["date"] for one in kept)


def test_the_table_has_a_line_per_row(bench):
    bench.program("bin/saccade", f"print(json.dumps(dict(zip({KEYS!r}, {NUMBERS!r}))))")
    bench.evaluator("pycocotools", NUMBERS)
    lines = bench.compare("cocoeval", "--shape", "small", "--rounds", "1").stdout.splitlines()
    assert len(lines) == 2
    assert lines[0].split()[:6] == ["shape", "pass", "threads", "peer", "ours_ms", "peer_ms"]
    assert lines[1].split()[:4] == ["small", "files_to_numbers", "1", "pycocotools"]


def test_a_program_of_ours_that_is_missing_or_fails_ends_it(bench):
    done = bench.compare("cocoeval", "--shape", "small", code=1)
    assert "compare.py: error: build/bin/saccade is missing; run make build" in done.stderr
    bench.program("bin/saccade", "sys.exit('saccade: error: broken')")
    done = bench.compare("cocoeval", "--shape", "small", code=1)
    assert "compare.py: error: ours: exit code 1: saccade: error: broken" in done.stderr
    assert done.stdout == ""


def test_a_peer_that_nobody_knows_is_refused(bench):
    bench.program("bench/json_bench", "")
    done = bench.compare("json", "--shape", "small", "--peers", "rapidjson", code=1)
    assert "--peers rapidjson: expected of json, orjson" in done.stderr


def test_the_inputs_are_the_same_each_time_and_hold_what_they_promise(bench, tmp_path):
    for folder in ("a", "b"):
        for kind, size in (("cocoeval", ["40"]), ("json", ["1"]), ("image", []), ("match", ["7"])):
            subprocess.run([sys.executable, ROOT / "bench" / "synthetic_data.py", kind, tmp_path / folder, *size],
                           check=True)
    for name in ("truths.json", "detections.json", "instances.json", "photo.jpg", "inputs.safetensors"):
        assert (tmp_path / "a" / name).read_bytes() == (tmp_path / "b" / name).read_bytes(), name
    truths = json.loads((tmp_path / "a" / "truths.json").read_text())
    detections = json.loads((tmp_path / "a" / "detections.json").read_text())
    assert (len(truths["images"]), len(truths["annotations"]), len(truths["categories"])) == (40, 288, 80)
    assert len(detections) == 40 * 100
    assert {d["category_id"] for d in detections} <= {c["id"] for c in truths["categories"]}
    instances = tmp_path / "a" / "instances.json"
    assert 0.95e6 < instances.stat().st_size < 1.05e6
    assert all(len(a["segmentation"][0]) >= 16 for a in json.loads(instances.read_text())["annotations"])
    assert 100_000 < (tmp_path / "a" / "photo.jpg").stat().st_size < 120_000
    inputs = (tmp_path / "a" / "inputs.safetensors").read_bytes()
    header = json.loads(inputs[8:8 + int.from_bytes(inputs[:8], "little")])
    assert {name: entry["shape"] for name, entry in header.items()} == {
        "logits": [6, 2, 300, 91], "boxes": [6, 2, 300, 4], "labels": [2, 7], "target_boxes": [2, 7, 4]}
    assert len(inputs) == 8 + int.from_bytes(inputs[:8], "little") + header["target_boxes"]["data_offsets"][1]


def test_the_operator_has_a_row_for_each_peer_of_a_pass(bench):
    bench.program("bench/op_bench", """
        options = dict(zip(sys.argv[1::2], sys.argv[2::2]))
        assert (options["--shape"], options["--pass"], options["--rounds"]) == ("dec800", "forward", "1")
        times = {"ours": 2.0, "eager": 50.0, "reference_gemm1024": 20.0}
        for peer in options["--peers"].split(","):
            print(json.dumps({"peer": peer, "min_ms": times[peer], "cpu_ms": times[peer] / 2, "process_peak_mb": 99}))
        """)
    rows, err = bench.rows("op", "--shape", "dec800", "--pass", "forward")
    eager, = [row for row in rows if row["peer"] == "eager"]
    assert list(eager)[:len(COLUMNS)] == COLUMNS
    assert (eager["ours_ms"], eager["peer_ms"], eager["ratio"], eager["cpu_ratio"]) == (2, 50, 25, 25)
    assert "openvino: not installed, left out" in err
    rows, err = bench.rows("op", "--shape", "dec800", "--pass", "forward", "--peers", "eager")
    assert [row["peer"] for row in rows] == ["eager"] and "not installed" not in err
    assert "--peers cutlass: expected of eager" in bench.compare("op", "--shape", "dec800", "--peers", "cutlass",
                                                                 code=1).stderr


def test_help_of_every_bench(bench):
    for name in ("op", "infer", "train", "cocoeval", "json", "image", "match", "intervene"):
        assert "--record" in bench.compare(name, "--help").stdout
