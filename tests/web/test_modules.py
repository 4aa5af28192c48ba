"""The page's modules: types, and what a rule of the design says in numbers."""
import pathlib
import re
import shutil
import subprocess

import pytest
from mock_server import run_reply

WEB = pathlib.Path(__file__).resolve().parents[2] / "web"


def test_types():
    compiler = shutil.which("tsc")
    if compiler is None:
        pytest.skip("the TypeScript compiler is not installed")
    done = subprocess.run([compiler, "-p", str(WEB)], capture_output=True, text=True, timeout=300)
    assert done.returncode == 0, done.stdout


def test_nothing_from_elsewhere():
    """Offline: no address of another server, no style or script inside the page."""
    for path in WEB.iterdir():
        if path.suffix not in (".js", ".css", ".html"):
            continue
        text = path.read_text()
        addresses = [a for a in re.findall(r"https?://[^\s\"'`)]+", text) if not a.startswith("http://www.w3.org/")]
        assert addresses == [], (path.name, addresses)
    page = (WEB / "index.html").read_text()
    assert " style=" not in page and "<style" not in page and not re.search(r"<script(?![^>]*\bsrc=)", page)


def script(body):
    """What a module script prints; modules that need no browser run in node."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("node is not installed")
    done = subprocess.run([node, "--input-type=module", "-e", body], capture_output=True, text=True, timeout=60, cwd=WEB)
    assert done.returncode == 0, done.stderr
    return done.stdout.split()


def test_area_is_weight():
    radii = [float(r) for r in script("""
        globalThis.document = {createElementNS: () => ({})};
        const {radiusOf} = await import("./shapes.js");
        console.log([0.01, 0.0625, 0.35].map(w => radiusOf(w, 0.35)).join(" "));""")]
    assert radii[0] == 1.5 and radii[2] == 7.5
    assert abs((radii[2] / radii[1]) ** 2 - 0.35 / 0.0625) < 1e-6


def test_switch_texts_read_back():
    texts = ["dec.5.cross.head2=off(zero)", "dec.*.cross.head0,2-7=off", "enc.1.self.head3=off(mean)", "dec.3.cross=off",
             "dec.*.cross.level0=off(renorm)", "enc.*.self.point2=off(drop)"]
    printed = script(f"""
        const {{readOff, writeOff}} = await import("./addresses.js");
        const model = {{enc_layers: 3, dec_layers: 6, heads: 8, levels: 4, enc_points: 4, dec_points: 4}};
        for (const text of {texts}) console.log(writeOff(readOff(text, model), model));
        console.log(readOff("dec.3=off", model), readOff("dec.3.cross.weights=uniform", model));
        console.log(String(readOff("dec.0-900000000.cross.head9=off", model).layers));""")
    assert printed == texts + ["null", "null", "0,1,2,3,4,5,6"]  # a link may say so: not a list of 900 million


def test_changes_follow_the_rule():
    """One lost, one gained, one that another query took over, one the same."""
    printed = script("""
        const {changesBetween} = await import("./detections_of.js");
        const run = (scores, boxes) => ({
          layers: 1, queries: scores.length, classes: 1, labels: [0], scores: Float32Array.from(scores),
          listed: Int32Array.from(scores.map((s, q) => [s, q]).sort((a, b) => b[0] - a[0]).flatMap(([, q]) => [q, 0])),
          score: (l, q) => scores[q], box: (l, q) => boxes[q], best: () => 0});
        const at = x => [x, 0, x + 10, 10];
        const before = run([.9, .8, .7, .1, .1], [at(0), at(20), at(40), at(60), at(80)]);
        const after = run([.9, .2, .1, .6, .7], [at(0), at(20), at(40), at(60), at(41)]);
        const c = changesBetween(before, after, .5, {family: "deformable_detr", classes: ["thing"]});
        console.log(c.lost.map(p => p.before.query), c.gained.map(p => p.after.query), c.changed.map(p => [p.before.query, p.after.query]), c.same);""")
    assert "".join(printed) == "[1][3][[2,4]]1"


def test_one_query_of_a_result_holds_nothing_of_its_reply(tmp_path):
    """The frames of a sequence are kept by the hundred: what is left of each must not hold megabytes of its reply."""
    box = {"class": 1, "name": "vehicle", "box": [20, 20, 80, 60], "crowd": False}
    image = {"id": "i0", "name": "street.jpg", "width": 640, "height": 380, "boxes": [box]}
    for family in ("deformable_detr", "detr"):
        (tmp_path / family).write_bytes(run_reply(image, [], family))
    assert script(f"""
        import {{readFileSync}} from "node:fs";
        const {{RunResult}} = await import("./run_result.js");
        for (const family of ["deformable_detr", "detr"]) {{
          const data = readFileSync("{tmp_path}/" + family), reply = data.buffer.slice(data.byteOffset, data.byteOffset + data.length);
          const all = new RunResult(reply, [null, "vehicle", "bike", "motorbike", "traffic_light", "traffic_sign"]), one = all.only(7);
          const held = Object.values(one).filter(v => ArrayBuffer.isView(v)).reduce((sum, v) => sum + v.buffer.byteLength, 0);
          console.log(Object.values(one).some(v => v?.buffer === reply), held < reply.byteLength / 50, one.matches?.size ?? 0,
                      one.score(3, 0, 1) === all.score(3, 7, 1), String(one.box(5, 0)) === String(all.box(5, 7)));
        }}""") == ["false", "true", "0", "true", "true"] * 2
