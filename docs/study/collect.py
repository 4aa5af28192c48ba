"""Collects what the parts of the study wrote: small files go to the results folder, the numbers that the text quotes into
figures.json there. Usage: collect.py WORK RESULTS"""
import csv
import json
import pathlib
import re
import shutil
import struct
import sys

import numpy

work, results = map(pathlib.Path, sys.argv[1:])
SWEEPS = ["heads", "levels", "layers", "self-heads", "enc-levels", "enc-heads", "template", "template-enc"]
THRESHOLD = 0.3  # least score of a detection whose attention is looked at


def read_json(name):
    return json.loads((work / name).read_text())


def copied():
    """Pictures and tables, under the names of their parts."""
    results.mkdir(parents=True, exist_ok=True)
    for name in SWEEPS:
        shutil.copy(work / name / "sweep.csv", results / f"{name}.csv")
    for name in ["heads", "levels", "enc-levels"]:
        shutil.copy(work / name / "sweep.png", results / f"{name}.png")
    for file, name in {"template/template.csv": "query-specific.csv", "template/template.png": "query-specific.png",
                       "faith/faith.csv": "faith.csv", "faith/faith.png": "faith.png", "search/search.md": "search.md",
                       "run/log.txt": "training-log.txt"}.items():
        shutil.copy(work / file, results / name)


def change(unit):
    """In points, with its interval."""
    low, high = unit["AP_interval"]["low"], unit["AP_interval"]["high"]
    return {"unit": unit["unit"], "dAP": 100 * unit["dAP"], "low": 100 * low, "high": 100 * high, "q": unit["q"]}


def of_sweep(name):
    sweep = read_json(f"{name}/sweep.json")
    units = sorted(sweep["units"], key=lambda unit: unit["dAP"])
    sure = [unit for unit in units if unit["significant"]]
    widths = [50 * (u["AP_interval"]["high"] - u["AP_interval"]["low"]) for u in units]
    return {"units": len(units), "images": sweep["images"], "confidence": sweep["bootstrap"]["confidence"],
            "half_width": {"median": float(numpy.median(widths)), "low": min(widths), "high": max(widths)},
            "baseline": sweep["baseline"]["AP"], "significant": len(sure), "lost_by": [change(u) for u in units[:5]],
            "gained_by": [change(u) for u in units[:-4:-1]],
            "sure": [change(u) | {"by_class": {k: 100 * v for k, v in u["per_class"].items() if v is not None},
                                  **{size: 100 * u[f"d{size}"] for size in ("APs", "APm", "APl") if u[f"d{size}"] is not None}}
                     for u in sure]}


def ranks(values):
    """Mean ranks of equal values."""
    values = numpy.asarray(values, float)
    order, out = values.argsort(kind="stable"), numpy.empty(len(values))
    out[order] = numpy.arange(len(values), dtype=float)
    for value in numpy.unique(values):
        out[values == value] = out[values == value].mean()
    return out


def spearman(a, b):
    """Of two numbers of the same units, with a bootstrap interval over the units."""
    a, b = numpy.asarray(a, float), numpy.asarray(b, float)
    random = numpy.random.default_rng(0)

    def of(rows):
        x, y = ranks(a[rows]), ranks(b[rows])
        return numpy.corrcoef(x, y)[0, 1] if x.std() > 0 and y.std() > 0 else 0.0
    draws = [of(random.integers(len(a), size=len(a))) for _ in range(2000)]
    low, high = numpy.percentile(draws, [2.5, 97.5])
    return {"value": float(of(numpy.arange(len(a)))), "low": float(low), "high": float(high), "n": len(a)}


def read_safetensors(file):
    raw = file.read_bytes()
    length = struct.unpack("<Q", raw[:8])[0]
    header, data = json.loads(raw[8:8 + length]), raw[8 + length:]
    header.pop("__metadata__", None)
    return {name: numpy.frombuffer(data[t["data_offsets"][0]:t["data_offsets"][1]], "<f4").reshape(t["shape"])
            for name, t in header.items() if t["dtype"] == "F32"}


def attention_numbers():
    """Of every head, mean over the detections of the validation images: entropy of its 16 weights, the largest of them, the
    share of weight inside the box, the mean distance from the reference point in half diagonals of the box; and the share
    of weight of every level."""
    heads, levels, count = 0, 0, 0
    for file in sorted((work / "traces").glob("*.safetensors")):
        tensors = read_safetensors(file)
        scores = 1 / (1 + numpy.exp(-tensors["logits"][-1].max(-1)))
        chosen = numpy.flatnonzero(scores >= THRESHOLD)
        if not len(chosen):
            continue
        count += len(chosen)
        per_head, per_level = [], []
        for layer in range(tensors["boxes"].shape[0]):
            weights = tensors[f"decoder.{layer}.attention_weights"][chosen].astype(float)  # [Q, M, L, K]
            places = tensors[f"decoder.{layer}.sampling_locations"][chosen].astype(float)
            box = tensors[f"decoder.{layer}.reference_points"][chosen].astype(float)[:, None, None, None, :]
            away = (places - box[..., :2]) / (box[..., 2:] / 2)
            inside = (abs(away) <= 1).all(-1)
            radius = numpy.sqrt((away**2).sum(-1) / 2)
            flat = weights.reshape(*weights.shape[:2], -1)
            entropy = -(flat * numpy.log(numpy.maximum(flat, 1e-12))).sum(-1) / numpy.log(flat.shape[-1])
            per_head.append(numpy.stack([entropy, flat.max(-1), (weights * inside).sum((2, 3)), (weights * radius).sum((2, 3))]).sum(1))
            per_level.append(weights.sum(3).mean(1).sum(0))
        heads, levels = heads + numpy.stack(per_head), levels + numpy.stack(per_level)
    heads, levels = heads / count, levels / count  # [layers, 4, heads], [layers, levels]
    return count, {name: heads[:, i].ravel() for i, name in enumerate(["entropy", "peak", "in_box", "radius"])}, levels.ravel()


def importance():
    """Rank correlation of what weights look like with what switching off costs."""
    count, of_heads, of_levels = attention_numbers()
    heads = read_json("heads/sweep.json")
    lost = {unit["unit"].split("=")[0]: -unit["dAP"] for unit in heads["units"]}
    names = [f"dec.{j}.cross.head{m}" for j in range(6) for m in range(8)]
    cost = [lost[name] for name in names]
    levels = {unit["unit"].split("=")[0]: -unit["dAP"] for unit in read_json("levels/sweep.json")["units"]}
    level_cost = [levels[f"dec.{j}.cross.level{l}"] for j in range(6) for l in range(4)]
    gradients = {unit.split("=")[0]: value for unit, value in heads["importance"]["units"].items()}
    table = [["unit", "cost_in_AP", *of_heads, "gradient"]]
    table += [[name, cost[i], *(of_heads[k][i] for k in of_heads), gradients[name]] for i, name in enumerate(names)]
    with open(results / "head-numbers.csv", "w", newline="") as file:
        csv.writer(file, lineterminator="\n").writerows(table)
    return {"detections": count, "threshold": THRESHOLD, "level_share": spearman(of_levels, level_cost),
            "finest_share": [float(share) for share in of_levels.reshape(6, 4)[:, 0]],
            "gradient": spearman([gradients[n] for n in names], cost),
            **{name: spearman(values, cost) for name, values in of_heads.items()}}


def parts_of(folder):
    """The query-specific part of weights and offsets: of each module, its layers' smallest and largest."""
    rows = list(csv.DictReader(open(folder / "template.csv", newline="")))
    parts = {}
    for row in rows:
        if row["head"] in ("", "all"):
            for what in ("weights", "offsets"):
                if row[what]:
                    parts.setdefault(row["module"], {}).setdefault(what, []).append(100 * float(row[what]))
    return parts


def replaced(folder):
    """What the mean in the place of all weights, and of all offsets, changes."""
    sweep = json.loads((folder / "sweep.json").read_text())
    whole = {unit["unit"]: change(unit) for unit in sweep["units"] if ".*." in unit["unit"] and ".head" not in unit["unit"]}
    return {"AP": 100 * sweep["baseline"]["AP"], "AP50": 100 * sweep["baseline"]["AP50"],
            "weights": next(v for k, v in whole.items() if ".weights=" in k),
            "offsets": next(v for k, v in whole.items() if ".offset=" in k)}


def template(folder):
    return replaced(folder) | {"parts": parts_of(folder)}


def training():
    epochs = sorted((int(f.name.split("-")[1]), f) for f in work.glob("epoch-*") if f.is_dir())
    return [{"epoch": number + 1, **template(folder)} for number, folder in epochs]


def interval_of(row, column):
    """Of faith.csv: a number with its interval, nothing where it is empty."""
    names = ("mean", "ci_low", "ci_high") if column == "mean" else (column, f"{column}_low", f"{column}_high")
    return dict(zip(("d", "low", "high"), (float(row[name]) for name in names))) if row[names[0]] else None


def faithfulness():
    rows = {(r["method"], r["measure"]): r for r in csv.DictReader(open(work / "faith" / "faith.csv", newline=""))}
    report = read_json("faith/faith.json")
    measures = ["deletion_noise", "deletion_blur", "insertion", "point_deletion", "point_deletion_drop", "point_insertion"]
    numbers = {}
    for (method, measure), row in rows.items():
        if measure in measures and row["d_random"]:
            numbers[f"{method}_{measure}"] = interval_of(row, "d_random") | {"edge": row["edge"], "control": interval_of(row, "d_control")}
    anew = f"cascade_{report['weight_parts'][-1]}"  # all weights but the backbone's
    alike = {v["method"]: {name: interval_of(rows[v["method"], f"{anew}_{name}"], "mean")
                           for name in ("rank_correlation", "ssim")} for v in report["verdicts"]}
    return {"detections": len(report["detections"]), "images": len({d["file_name"] for d in report["detections"]}),
            "set_images": report["images"], "found": report["found"], "sanity_detections": report["sanity_detections"],
            "least_edge": report["least_edge"], "verdicts": report["verdicts"], "on_new_weights": alike, **numbers}


def demo_model():
    """What the subject is, as its file says it; how many images it was trained on, as its run does."""
    with open("assets/street_r18.safetensors", "rb") as file:
        metadata = json.loads(file.read(struct.unpack("<Q", file.read(8))[0]))["__metadata__"]
    options, run = json.loads(metadata["args"]), json.loads(pathlib.Path("docs/demo-run/config.json").read_text())
    names = ["backbone", "enc_layers", "dec_layers", "nheads", "num_feature_levels", "dec_n_points", "epochs"]
    return {"model": read_json("errors/errors.json")["model"], "weights_sha256": read_json("errors/errors.json")["weights_sha256"],
            **{name: options[name] for name in names}, "classes": len(json.loads(metadata["class_names"])),
            "train_images": run["train_images"]}


def small_model():
    run = read_json("run/config.json")
    log = [json.loads(line) for line in (work / "run" / "log.txt").read_text().splitlines()]
    return {"train_images": run["train_images"], "val_images": run["val_images"], "epochs": run["options"]["epochs"],
            "steps": -(-run["train_images"] // run["options"]["batch_size"]),
            "held_out_loss": {str(e["epoch"] + 1): e["test_loss"] for e in log if "test_loss" in e}}


def earlier_search():
    text = pathlib.Path("docs/studies/search-small-objects.md").read_text()
    return {"images": int(re.search(r"Chosen on (\d+) images", text)[1]), "verdict": re.search(r"\*\*(.+?)[.:]?\*\*", text)[1]}


def validation_boxes():
    truth = json.loads(pathlib.Path("assets/val/instances.json").read_text())
    names = {category["id"]: category["name"] for category in truth["categories"]}
    boxes = [(names[a["category_id"]], a["area"]) for a in truth["annotations"]]
    return {"boxes": len(boxes), "small_boxes": sum(area < 32**2 for _, area in boxes),
            "large_boxes": sum(area > 96**2 for _, area in boxes),
            "boxes_by_class": {name: sum(of == name for of, _ in boxes) for name in names.values()}}


def main():
    copied()
    heads = read_json("heads/sweep.json")
    search = read_json("search/search.json")
    numbers = {"images": heads["images"], **validation_boxes(), "model": demo_model(), "small_model": small_model(),
               "baseline": {k: 100 * heads["baseline"][k] for k in ("AP", "AP50", "APs", "APm", "APl")},
               "sweeps": {name: of_sweep(name) for name in SWEEPS}, "template": template(work / "template"),
               "encoder_template": replaced(work / "template-enc"),
               "training": training(), "importance": importance(), "faith": faithfulness(),
               "search": {k: search[k] for k in ("verdict", "chosen_on", "baseline", "found", "found_value", "reported")},
               "earlier_search": earlier_search()}
    (results / "figures.json").write_text(json.dumps(numbers, indent=1) + "\n")


main()
