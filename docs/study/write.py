"""Writes docs/study/README.md: the text of study.md.in with the numbers of results/figures.json in their places."""
import json
import pathlib

HERE = pathlib.Path(__file__).resolve().parent
# The few numbers of the method that no file of results holds.
METHOD = {"q": 0.05,  # significant: no more than this
          "alike": 0.5}  # rank correlation at which a map counts as unchanged by new weights


def signed(value, digits=1):
    return f"{value:+.{digits}f}".replace("-", "−")


def interval(of, digits=1):
    return f"[{signed(of['low'], digits)}, {signed(of['high'], digits)}]"


def change(of, digits=1):
    return f"{signed(of['dAP'], digits)} {interval(of, digits)}"


def span(values, digits=0):
    """'2 to 14'; shares that are nearly nothing as they are."""
    low, high = min(values), max(values)
    if high < 0.5:
        digits = 2
    return f"{low:.{digits}f} to {high:.{digits}f}"


def table(head, rows):
    return "\n".join(["| " + " | ".join(cells) + " |" for cells in [head, ["---"] * len(head), *rows]])


def named(unit):
    return f"`{unit['unit']}`"


def training_table(epochs):
    head = ["epoch", "AP, held out", "AP50", "encoder, % own weights", "decoder cross, % own weights", "decoder cross, % own offsets",
            "all weights by the mean", "all offsets by the mean"]
    rows = [[str(e["epoch"]), f"{e['AP']:.1f}", f"{e['AP50']:.1f}", span(e["parts"]["enc"]["weights"]),
             span(e["parts"]["dec.cross"]["weights"]), span(e["parts"]["dec.cross"]["offsets"]),
             change(e["weights"]), change(e["offsets"])] for e in epochs]
    return table(head, rows)


def sweep_rows(sweeps):
    words = {"heads": "decoder, heads of the cross-attention", "self-heads": "decoder, heads of the self-attention",
             "levels": "decoder, levels", "layers": "decoder, whole cross-attentions", "enc-heads": "encoder, heads",
             "enc-levels": "encoder, levels"}
    return "\n".join(f"| [{text}](results/{name}.csv) | {sweeps[name]['units']} | {sweeps[name]['significant']} | "
                     f"{named(sweeps[name]['lost_by'][0])} {change(sweeps[name]['lost_by'][0])} |" for name, text in words.items())


def sure_table(sweeps):
    rows = [unit for name in ["heads", "levels", "layers", "enc-heads", "enc-levels"] for unit in sweeps[name]["sure"]]
    classes = list(rows[0]["by_class"])
    cells = [[named(unit), change(unit), *(signed(unit["by_class"][name]) for name in classes),
              *(signed(unit[size]) for size in ("APs", "APm", "APl"))] for unit in rows]
    return table(["unit", "AP", *(name.replace("_", " ") for name in classes), "small", "medium", "large"], cells)


def rank(of):
    return f"{signed(of['value'], 2)} {interval(of, 2)}"


def listed(names):
    names = list(names)
    return " and ".join([", ".join(names[:-1]), names[-1]] if len(names) > 1 else names)


def largest_losses(sweeps):
    """Of each class, the two units among the significant ones that cost it most."""
    units = [unit for sweep in sweeps for unit in sweeps[sweep]["sure"] if not sweep.startswith("template")]
    rows = []
    for name in units[0]["by_class"]:
        worst = sorted(units, key=lambda unit: unit["by_class"][name])[:2]
        rows.append([name.replace("_", " "), *(f"{named(unit)} {signed(unit['by_class'][name])}" for unit in worst)])
    return table(["class", "largest loss", "next"], rows)


def cell(of):
    return f"{signed(of['d'], 2)} {interval(of, 2)}" if of else "–"


def faith_table(faith):
    rows = []
    for verdict in faith["verdicts"]:
        method = verdict["method"]
        alike = faith["on_new_weights"][method]
        rows.append([f"`{method}`", cell(faith[f"{method}_deletion_noise"]), cell(faith[f"{method}_deletion_noise"]["control"]),
                     cell(faith[f"{method}_insertion"]), cell(faith[f"{method}_insertion"]["control"]),
                     cell(alike["rank_correlation"]), f"{alike['ssim']['d']:.2f}"])
    rows.append(["a Gaussian on the box", cell(faith["box_deletion_noise"]), "–", cell(faith["box_insertion"]), "–", "–", "–"])
    return table(["map", "hidden under noise", "against the box", "shown alone", "against the box", "new weights: rank correlation",
                  "SSIM"], rows)


def point_table(faith):
    orders = [name.removesuffix("_point_deletion") for name in faith if name.endswith("_point_deletion")]
    measures = ["deletion", "deletion_drop", "insertion"]
    rows = [[f"`{order}`", *(cell(faith[f"{order}_point_{measure}"]) for measure in measures)] for order in orders]
    return table(["points in the order of their", "gone, weight shared out", "gone, weight dropped", "alone"], rows)


def beat_the_box(faith):
    return [v["method"] for v in faith["verdicts"] if v["beats_box"]]


def alike(faith):
    """Methods whose maps count as unchanged by new weights, by the program's rule."""
    return [v["method"] for v in faith["verdicts"] if v["alike_on_new_weights"] >= METHOD["alike"]]


def shown_to_change(faith):
    return [name for name, of in faith["on_new_weights"].items() if of["rank_correlation"]["high"] < METHOD["alike"]]


def quoted(names):
    return listed(f"`{name}`" for name in names)


def model_places(d):
    model, small, losses = d["model"], d["small_model"], d["small_model"]["held_out_loss"]
    best = max(d["training"], key=lambda e: e["AP"])
    return {
        "depth": model["backbone"].removeprefix("resnet"), "enc_layers": model["enc_layers"], "dec_layers": model["dec_layers"],
        "nheads": model["nheads"], "num_levels": model["num_feature_levels"], "num_points": model["dec_n_points"],
        "train_images": model["train_images"], "train_epochs": model["epochs"], "classes": model["classes"],
        "learn": small["train_images"], "held": small["val_images"], "epochs": small["epochs"], "steps": small["steps"],
        "best_AP": f"{best['AP']:.0f}", "best_epoch": best["epoch"], "last_AP": f"{d['training'][-1]['AP']:.1f}",
        "best_loss": f"{losses[str(best['epoch'])]:.1f}", "last_loss": f"{losses[str(small['epochs'])]:.1f}",
        "small_max": f"{max(max(e['parts']['dec.cross']['weights']) for e in d['training']):.1f}",
        "training_table": training_table(d["training"]),
    }


def faith_places(faith):
    rank = {name: of["rank_correlation"] for name, of in faith["on_new_weights"].items()}
    ssim = {name: of["ssim"]["d"] for name, of in faith["on_new_weights"].items()}
    wide = [name for name in rank if rank[name]["low"] < METHOD["alike"] <= rank[name]["high"] and name not in alike(faith)]
    return {
        "faith_detections": faith["detections"], "faith_set": faith["set_images"], "sanity": faith["sanity_detections"],
        "faith_maps": len(faith["verdicts"]), "faith_table": faith_table(faith), "point_table": point_table(faith),
        "beat_box": quoted(beat_the_box(faith)), "beat_box_count": len(beat_the_box(faith)),
        "alike_rule": METHOD["alike"], "alike": quoted(alike(faith)),
        "alike_ranks": listed(f"{rank[name]['d']:.2f}" for name in alike(faith)),
        "changed": quoted(shown_to_change(faith)),
        "wide": quoted(wide), "wide_high": span([rank[name]["high"] for name in wide], 2),
        "ssim_weights": span([ssim[name] for name in ("weights", "contribution", "directed")], 2),
        **{f"contribution_{name}": cell(faith[f"contribution_point_{measure}"]["control"])
           for name, measure in {"shared": "deletion", "dropped": "deletion_drop", "alone": "insertion"}.items()},
    }


def places(d):
    sweeps, search, template = d["sweeps"], d["search"], d["template"]
    sure = [u for u in sweeps["template"]["sure"] if ".*." not in u["unit"]]
    head = sweeps["heads"]["lost_by"][0]
    reported = {k: 100 * search["reported"][k] for k in ("baseline", "value", "change", "low", "high")}

    def width(name):
        of = sweeps[name]["half_width"]
        return f"{of['median']:.1f} points to either side in the median ({span([of['low'], of['high']], 1)})"
    return {
        **model_places(d), **faith_places(d["faith"]), "q": METHOD["q"],
        "images": d["images"], "half": sweeps["enc-levels"]["images"], "confidence": f"{100 * sweeps['heads']['confidence']:.0f}",
        "boxes": d["boxes"], "small_boxes": d["small_boxes"], "AP": f"{d['baseline']['AP']:.1f}", "AP50": f"{d['baseline']['AP50']:.1f}",
        "enc_weights": span(template["parts"]["enc"]["weights"]), "enc_offsets": span(template["parts"]["enc"]["offsets"]),
        "dec_weights": span(template["parts"]["dec.cross"]["weights"]), "dec_offsets": span(template["parts"]["dec.cross"]["offsets"]),
        "self_weights": span(template["parts"]["dec.self"]["weights"]),
        "offsets_change": change(template["offsets"]), "weights_change": change(template["weights"]),
        "template_sure": ", ".join(f"{named(u)} is significant ({change(u)})" for u in sure) or "none is significant",
        "encoder_offsets_change": change(d["encoder_template"]["offsets"]),
        "encoder_weights_change": change(d["encoder_template"]["weights"]),
        "encoder_AP": f"{d['encoder_template']['AP']:.1f}",
        "heads": sweeps["heads"]["units"], "worst_head": f"{named(head)}, {change(head)}",
        "sweep_rows": sweep_rows(sweeps), "sure_table": sure_table(sweeps),
        "largest_losses": largest_losses(sweeps),
        "few": listed([f"{d['boxes_by_class'][name]} {name.replace('_', ' ')}s" for name in ("bike", "motorbike", "traffic_sign")]
                      + [f"{d['large_boxes']} large objects"]),
        "levels": sweeps["levels"]["units"],
        "detections": d["importance"]["detections"], "least_score": d["importance"]["threshold"],
        "finest": span([100 * x for x in d["importance"]["finest_share"]]),
        **{name: rank(d["importance"][name]) for name in ("level_share", "gradient", "peak", "entropy", "in_box", "radius")},
        "chosen_on": search["chosen_on"].split(" of ")[0], "search_found": ", ".join(f"`{text}`" for text in search["found"]),
        "search_before": f"{reported['baseline']:.1f}", "search_after": f"{reported['value']:.1f}",
        "search_change": f"{signed(reported['change'])} {interval(reported)}", "search_p": f"{search['reported']['p']:.3f}",
        "search_verdict": search["verdict"], "search_promised": signed(100 * (search["found_value"] - search["baseline"])),
        "earlier_images": d["earlier_search"]["images"], "earlier_verdict": d["earlier_search"]["verdict"].lower(),
        "head_width": width("heads"), "encoder_head_width": width("enc-heads"),
    }


def written():
    text = (HERE / "study.md.in").read_text()
    for name, value in places(json.loads((HERE / "results" / "figures.json").read_text())).items():
        assert "{" + name + "}" in text, f"study.md.in has no {{{name}}}"
        text = text.replace("{" + name + "}", str(value))
    assert "{" not in text, text[text.index("{"):][:40]
    return text


if __name__ == "__main__":
    (HERE / "README.md").write_text(written())
