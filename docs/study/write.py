"""Writes docs/study/README.md: the text of study.md.in with the numbers of results/figures.json in their places."""
import json
import pathlib

HERE = pathlib.Path(__file__).resolve().parent


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


def faith_table(faith):
    def cell(name):
        of = faith.get(name)
        return f"{signed(of['d'], 2)} {interval(of, 2)}" if of else "–"
    rows = [[f"`{v['method']}`", cell(f"{v['method']}_deletion_noise"), cell(f"{v['method']}_insertion"),
             f"{v['alike_on_new_weights']:.2f}"] for v in faith["verdicts"]]
    rows.append(["a Gaussian on the box", cell("box_deletion_noise"), cell("box_insertion"), "–"])
    return table(["map", "hidden under noise", "shown alone", "on new weights"], rows)


def places(d):
    sweeps, search, template = d["sweeps"], d["search"], d["template"]
    sure = [u for u in sweeps["template"]["sure"] if ".*." not in u["unit"]]
    reported = {k: 100 * search["reported"][k] for k in ("baseline", "value", "change", "low", "high")}
    return {
        "boxes": d["boxes"], "AP": f"{d['baseline']['AP']:.1f}", "AP50": f"{d['baseline']['AP50']:.1f}",
        "enc_weights": span(template["parts"]["enc"]["weights"]), "enc_offsets": span(template["parts"]["enc"]["offsets"]),
        "dec_weights": span(template["parts"]["dec.cross"]["weights"]), "dec_offsets": span(template["parts"]["dec.cross"]["offsets"]),
        "self_weights": span(template["parts"]["dec.self"]["weights"]),
        "offsets_change": change(template["offsets"]), "weights_change": change(template["weights"]),
        "template_sure": ", ".join(f"{named(u)} is significant ({change(u)})" for u in sure) or "none is significant",
        "training_table": training_table(d["training"]), "best_AP": f"{max(e['AP'] for e in d['training']):.0f}",
        "small_max": f"{max(max(e['parts']['dec.cross']['weights']) for e in d['training']):.1f}",
        "sweep_rows": sweep_rows(sweeps), "sure_table": sure_table(sweeps),
        "detections": d["importance"]["detections"], "finest": span([100 * x for x in d["importance"]["finest_share"]]),
        **{name: rank(d["importance"][name]) for name in ("level_share", "gradient", "peak", "entropy", "in_box", "radius")},
        "faith_detections": d["faith"]["detections"], "faith_table": faith_table(d["faith"]),
        "chosen_on": search["chosen_on"].split(" of ")[0], "search_found": ", ".join(f"`{text}`" for text in search["found"]),
        "search_before": f"{reported['baseline']:.1f}", "search_after": f"{reported['value']:.1f}",
        "search_change": f"{signed(reported['change'])} {interval(reported)}", "search_p": f"{search['reported']['p']:.3f}",
        "search_verdict": search["verdict"], "search_promised": signed(100 * (search["found_value"] - search["baseline"])),
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
