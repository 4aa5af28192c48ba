"""The study's pages say what its results say: every number is theirs, and every conclusion in words is drawn again from them."""
import csv
import functools
import importlib.util
import json
import pathlib
import re
import statistics

import numpy
import pytest

ROOT = pathlib.Path(__file__).resolve().parents[2]
STUDY = ROOT / "docs" / "study"
RESULTS = STUDY / "results"
DECODER, ENCODER = ["heads", "levels", "layers", "self-heads"], ["enc-heads", "enc-levels"]
MAPS = ["weights", "contribution", "directed", "gradient", "relevance", "odam"]
PIXELS, POINTS = ["deletion_noise", "deletion_blur", "insertion"], ["point_deletion", "point_deletion_drop", "point_insertion"]
SHIPPED = ROOT / "docs" / "studies" / "faith.csv"  # the run that docs/faithfulness.md quotes


@functools.cache
def module():
    spec = importlib.util.spec_from_file_location("write", STUDY / "write.py")
    of = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(of)
    return of


@functools.cache
def figures():
    return json.loads((RESULTS / "figures.json").read_text())


@functools.cache
def rows(file):
    with open(file, newline="") as of:
        return list(csv.DictReader(of))


def words_of(page):
    return " ".join((ROOT / "docs" / page).read_text().split())


# What the sweeps say.

@functools.cache
def units(name):
    """Of a sweep's csv: unit -> change of AP in points with its interval, and q after Benjamini and Hochberg."""
    of = sorted(rows(RESULTS / f"{name}.csv"), key=lambda row: float(row["p"]))
    out, q = {}, 1.0
    for rank in range(len(of), 0, -1):
        row = of[rank - 1]
        q = min(q, float(row["p"]) * len(of) / rank)
        out[row["unit"]] = {"q": q} | {k: 100 * float(row[column]) for k, column in
                                       {"dAP": "dAP", "low": "ci_low", "high": "ci_high"}.items()}
    return out


def significant(*names):
    return [unit for name in names for unit, of in units(name).items() if of["q"] <= module().METHOD["q"]]


def tells_nothing(of):
    return of["low"] <= 0 <= of["high"]


def worst_for(name, *sweeps):
    """The significant unit that costs a class most."""
    of = [unit for sweep in sweeps for unit in figures()["sweeps"][sweep]["sure"]]
    return min(of, key=lambda unit: unit["by_class"][name])["unit"]


def own_part(module_name, what):
    """Per cent that is the queries' own, of each layer."""
    return [100 * float(row[what]) for row in rows(RESULTS / "query-specific.csv")
            if row["module"] == module_name and row["head"] == "all"]


def replaced(name, what):
    return next(of for unit, of in units(name).items() if ".*." in unit and ".head" not in unit and f".{what}=" in unit)


def log():
    lines = [json.loads(line) for line in (RESULTS / "training-log.txt").read_text().splitlines()]
    return {line["epoch"] + 1: line for line in lines if "test_loss" in line}


def rank_correlation(column):
    of = rows(RESULTS / "head-numbers.csv")
    ranks = [numpy.argsort(numpy.argsort([float(row[name]) for row in of])) for name in (column, "cost_in_AP")]
    return numpy.corrcoef(*ranks)[0, 1]


# What the comparison of maps says.

def faith(method, measure, column, file=RESULTS / "faith.csv"):
    """(value, low, high), turned so that more is better where the measure is better low."""
    row = next(row for row in rows(file) if (row["method"], row["measure"]) == (method, measure))
    low, high = float(row[f"{column}_low"]), float(row[f"{column}_high"])
    return (float(row[column]), low, high) if "insertion" in measure else (-float(row[column]), -high, -low)


def better(method, measure, column, **of):
    return faith(method, measure, column, **of)[1] > 0


def worse(method, measure, column, **of):
    return faith(method, measure, column, **of)[2] < 0


def edge(method, measure, file=RESULTS / "faith.csv"):
    return next(row for row in rows(file) if (row["method"], row["measure"]) == (method, measure))["edge"]


def new_weights(method, name, file=RESULTS / "faith.csv"):
    """(mean, low, high) over the detections of the sanity check, with all weights but the backbone's drawn anew."""
    row = next(row for row in rows(file) if (row["method"], row["measure"]) == (method, f"cascade_encoder_{name}"))
    return float(row["mean"]), float(row["ci_low"]), float(row["ci_high"])


def beat_the_box(measure, **of):
    return [method for method in MAPS if better(method, measure, "d_control", **of)]


def alike(**of):
    return [method for method in MAPS if new_weights(method, "rank_correlation", **of)[0] >= module().METHOD["alike"]]


def shown_to_change(**of):
    return [method for method in MAPS if new_weights(method, "rank_correlation", **of)[2] < module().METHOD["alike"]]


def only_one_of_two_changes(**of):
    return [method for method in MAPS if method not in alike(**of)
            and new_weights(method, "rank_correlation", **of)[2] >= 0.8]


TELL_NO_HEAD = ["peak", "entropy"]
FOUR = ["weights", "contribution", "directed", "relevance"]

STUDY_CLAIMS = {
    # In one paragraph
    "where the decoder looks is a template": lambda: max(own_part("dec.cross", "offsets")) < 0.1,
    "how it weighs what it sees is mostly one too": lambda: max(own_part("dec.cross", "weights")) < 50,
    "the decoder of a small model is still all template when it detects, its encoder is not": lambda: all(
        max(e["parts"]["dec.cross"]["weights"]) < 0.5 and min(e["parts"]["enc"]["weights"]) > 10
        for e in figures()["training"] if e["AP"] > 10),
    "cross-attention heads one costs much (`dec.0.cross.head0=off(zero)`": lambda: [
        unit for unit in significant("heads") if units("heads")[unit]["dAP"] < -1] == ["dec.0.cross.head0=off(zero)"],
    "every level whose loss is significant is the finest of its layer": lambda: all(
        ".level0=" in unit for unit in significant("levels", "enc-levels")),
    "What the weights of a head or level look like says little of what it is worth to AP": lambda: all(
        abs(figures()["importance"][name]["value"]) < 0.5 for name in ("level_share", "peak", "entropy", "in_box", "radius")),
    "within one query the points of large weight are those whose absence shows first": lambda: all(
        edge("weights", measure) == "edge" for measure in POINTS),
    "Maps of attention weights mark what the detection needs, and beat a Gaussian on its box in one test of three": lambda: all(
        edge("weights", measure) == "edge" for measure in PIXELS)
    and [better("weights", measure, "d_control") for measure in PIXELS].count(True) == 1,
    "That a map shows what was learned is shown of one method alone": lambda: len(shown_to_change()) == 1,
    "A search found a change that also helped on images that it had not been chosen on; the interval is wide": lambda: (
        figures()["search"]["verdict"] == "helps" and figures()["search"]["reported"]["low"] > 0
        and figures()["search"]["reported"]["high"] - figures()["search"]["reported"]["low"] > 2 * 0.02),
    # 1
    "Neither is significant, and neither is shown to be nothing": lambda: all(
        of["q"] > module().METHOD["q"] and of["low"] < -1 for of in (replaced("template", "weights"), replaced("template", "offset"))),
    "The encoder's own part of the weights is larger": lambda: (
        min(own_part("enc", "weights")) > max(own_part("dec.cross", "weights"))),
    "which is significant, in the place of all its offsets by": lambda: (
        replaced("template-enc", "weights")["q"] <= module().METHOD["q"] and replaced("template-enc", "weights")["high"] < 0),
    "which is not: what its tokens read is theirs, where they read is not shown to be": lambda: (
        replaced("template-enc", "offset")["q"] > module().METHOD["q"]),
    # 2
    "The encoder's weights leave the template with the first epochs and stay where they are from epoch 10 on": lambda: (
        figures()["training"][3]["epoch"] == 10 and min(figures()["training"][0]["parts"]["enc"]["weights"]) > 1
        and all(abs(a - b) < 3 for e in figures()["training"][3:] for a, b in
                zip(e["parts"]["enc"]["weights"], figures()["training"][3]["parts"]["enc"]["weights"]))),
    "**The decoder's do not leave it at all**": lambda: all(
        max(e["parts"]["dec.cross"]["weights"]) < 0.5 for e in figures()["training"]),
    "(AP is highest at epoch 10": lambda: max(log(), key=lambda epoch: log()[epoch]["test_coco_eval_bbox"][0]) == 10,
    "does not rise: why AP falls is not known": lambda: log()[25]["test_loss"] < log()[10]["test_loss"]
    and log()[25]["test_coco_eval_bbox"][0] < log()[10]["test_coco_eval_bbox"][0],
    "changes AP of the small model in no epoch by more than its interval tells from nothing": lambda: all(
        tells_nothing(e[what]) for e in figures()["training"] for what in ("weights", "offsets")),
    # 3
    "Traffic lights, motorbikes and vehicles lose most with the finest level of the last encoder layer": lambda: {
        worst_for(name, *DECODER, *ENCODER) for name in ("traffic_light", "motorbike", "vehicle")} == {
        "enc.2.self.level0=off(renorm)"},
    "signs with that of the last decoder layer": lambda: (
        worst_for("traffic_sign", *DECODER, *ENCODER) == "dec.5.cross.level0=off(renorm)"),
    "bikes with one head of the last encoder layer": lambda: (
        worst_for("bike", *DECODER, *ENCODER) == "enc.2.self.head0=off(zero)"),
    "Of the decoder's units alone, the finest level of the first layer costs traffic lights most": lambda: (
        worst_for("traffic_light", *DECODER) == "dec.0.cross.level0=off(renorm)"),
    "that of the last layer motorbikes and signs": lambda: {
        worst_for(name, *DECODER) for name in ("motorbike", "traffic_sign")} == {"dec.5.cross.level0=off(renorm)"},
    "and the whole first cross-attention vehicles": lambda: worst_for("vehicle", *DECODER) == "dec.0.cross=off",
    "and 28 large objects are few": lambda: max(
        [figures()["large_boxes"], *(figures()["boxes_by_class"][name] for name in ("bike", "motorbike", "traffic_sign"))]) < 30,
    # 4
    "A level with much weight costs more on the whole": lambda: figures()["importance"]["level_share"]["low"] > 0,
    "of the weight and all of the cost that is significant": lambda: all(".level0=" in unit for unit in significant("levels")),
    "one with a large gradient costs somewhat more": lambda: figures()["importance"]["gradient"]["low"] > 0,
    "of a sharp one that is not shown": lambda: all(tells_nothing(figures()["importance"][name]) for name in TELL_NO_HEAD),
    "Where a head looks (in the box, near, far) says nothing that could be told from chance": lambda: all(
        tells_nothing(figures()["importance"][name]) for name in ("in_box", "radius")),
    "None of the correlations reaches a half": lambda: all(
        abs(of["value"]) < 0.5 for of in figures()["importance"].values() if isinstance(of, dict)),
    "The points of large weight are those whose absence shows first, in all three tests": lambda: all(
        edge("weights", measure) == "edge" for measure in POINTS),
    "with weight shared out worse": lambda: worse("contribution", "point_deletion", "d_control"),
    "alone (−0.00 [−0.00, +0.00]) not told apart": lambda: not any(
        of("contribution", measure, "d_control") for of in (better, worse) for measure in POINTS[1:]),
    "the order is worse than that of the weights in all three": lambda: all(
        worse("directed", measure, "d_control") for measure in POINTS),
    # 5
    "the ends of an interval are these 2": lambda: {
        row["n"] for row in rows(RESULTS / "faith.csv") if row["measure"] == "cascade_encoder_rank_correlation"} == {"2"},
    "hidden under noise or blur, each costs it more than random cells": lambda: all(
        edge(method, measure) == "edge" for method in MAPS for measure in PIXELS[:2]),
    "4 of 6 beat the Gaussian on the box under noise (`weights`, `contribution`, `directed` and `relevance`)": lambda: (
        beat_the_box("deletion_noise") == FOUR),
    "shown alone or hidden under blur none does": lambda: not beat_the_box("insertion") + beat_the_box("deletion_blur"),
    "`directed`, `gradient` and `odam` are worse than it in both": lambda: all(
        [method for method in MAPS if worse(method, measure, "d_control")] == ["directed", "gradient", "odam"]
        for measure in ("insertion", "deletion_blur")),
    "Shown alone, `directed` and `gradient` are not told apart from random cells": lambda: [
        method for method in MAPS if edge(method, "insertion") == "none"] == ["directed", "gradient"],
    "(a rank correlation of 0.5 or more) `gradient` stays alike (0.50)": lambda: alike() == ["gradient"],
    "The means of the others are lower, but the intervals of `weights`, `contribution`, `directed` and `relevance` reach": lambda: (
        only_one_of_two_changes() == FOUR),
    "the SSIM of `weights`, `contribution` and `directed` is 0.90 to 0.91": lambda: all(
        0.895 < new_weights(method, "ssim")[0] < 0.915 for method in MAPS[:3]),
    "Only `odam` lies below 0.5 with its whole interval": lambda: shown_to_change() == ["odam"],
    # 6
    ": **helps**": lambda: figures()["search"]["verdict"] == "helps",
    "was [not shown to help](../studies/search-small-objects.md)": lambda: "**Not shown to help.**" in (
        ROOT / "docs" / "studies" / "search-small-objects.md").read_text(),
}

FAITHFULNESS_CLAIMS = {
    "**Every map marks something that the detection needs:**": lambda: all(
        edge(method, measure, SHIPPED) == "edge" for method in MAPS for measure in PIXELS[:2]),
    "Shown alone, `directed` and `gradient` have no edge": lambda: [
        method for method in MAPS if edge(method, "insertion", SHIPPED) != "edge"] == ["directed", "gradient"],
    "`weights`, `contribution`, `directed` and `relevance` beat it under noise alone": lambda: (
        [beat_the_box(measure, file=SHIPPED) for measure in PIXELS] == [FOUR, [], []]),
    "Contributions rank them no better, directed contributions worse": lambda: not any(
        better("contribution", measure, "d_control", file=SHIPPED) for measure in POINTS)
    and all(worse("directed", measure, "d_control", file=SHIPPED) for measure in POINTS),
    "`gradient` keeps a rank correlation of 0.504, and by the rule of 0.5 its verdict is \"stays alike\"": lambda: (
        alike(file=SHIPPED) == ["gradient"] and round(new_weights("gradient", "rank_correlation", SHIPPED)[0], 3) == 0.504),
    "but these four 0.86 to 0.91 in one of the two": lambda: only_one_of_two_changes(file=SHIPPED) == FOUR and all(
        0.855 < new_weights(method, "rank_correlation", SHIPPED)[2] < 0.915 for method in FOUR),
    "the SSIM of the first three is 0.90 to 0.91": lambda: all(
        0.895 < new_weights(method, "ssim", SHIPPED)[0] < 0.915 for method in MAPS[:3]),
    "`odam` alone is below 0.5 in both": lambda: shown_to_change(file=SHIPPED) == ["odam"],
}


@pytest.mark.parametrize("page, words, holds", [("study/README.md", *claim) for claim in STUDY_CLAIMS.items()]
                         + [("faithfulness.md", *claim) for claim in FAITHFULNESS_CLAIMS.items()])
def test_a_conclusion_is_what_the_results_say(page, words, holds):
    assert words in words_of(page), "the page says something else: bring its claim here up to date"
    assert holds()


def test_every_number_of_the_page_comes_from_the_results():
    assert (STUDY / "README.md").read_text() == module().written(), "run docs/study/write.py"


def test_no_number_is_typed_into_the_text():
    text = (STUDY / "study.md.in").read_text()
    for other in (r"```.*?```", r"`[^`\n]*`", r"\{\w+\}", r"\]\([^)]*\)", r"^## \d\."):
        text = re.sub(other, "", text, flags=re.S | re.M)
    for name_or_scale in ("AP50", "in points, 0 to 100"):
        text = text.replace(name_or_scale, "")
    assert not re.findall(r".{0,30}\d.{0,30}", text)


def test_the_numbers_of_the_method_are_the_programs():
    source = (ROOT / "saccade" / "study" / "faith_statistics.h").read_text()
    assert float(re.search(r"kAlikeRank = ([\d.]+)", source)[1]) == module().METHOD["alike"]
    small, train = figures()["small_model"], (STUDY / "train.sh").read_text()
    assert f"--epochs {small['epochs']} " in train and f'train "$1" --steps {small["steps"]}\n' in train


@pytest.mark.parametrize("name", [*DECODER, *ENCODER, "template", "template-enc"])
def test_a_sweep_is_told_as_its_table_has_it(name):
    sweep, of = figures()["sweeps"][name], units(name)
    assert sweep["units"] == len(of) and {int(row["n"]) for row in rows(RESULTS / f"{name}.csv")} == {sweep["images"]}
    assert {unit["unit"] for unit in sweep["sure"]} == set(significant(name)) and sweep["significant"] == len(sweep["sure"])
    worst = sweep["lost_by"][0]
    assert worst["unit"] == min(of, key=lambda unit: of[unit]["dAP"])
    assert all(worst[k] == pytest.approx(of[worst["unit"]][k]) for k in ("dAP", "low", "high", "q"))
    widths = [(unit["high"] - unit["low"]) / 2 for unit in of.values()]
    assert sweep["half_width"] == pytest.approx({"median": statistics.median(widths), "low": min(widths), "high": max(widths)})


def test_a_sweep_is_run_as_it_is_told():
    runs = dict(re.findall(r"^sweep (\S+) (.*)$", (STUDY / "run.sh").read_text(), re.M))
    assert set(runs) == set(figures()["sweeps"])
    for name, options in runs.items():
        subset = re.search(r"--subset (\d+)", options)
        assert figures()["sweeps"][name]["images"] == int(subset[1] if subset else figures()["images"]), name


@pytest.mark.parametrize("column", ["gradient", "peak", "entropy", "in_box", "radius"])
def test_rank_correlations_are_those_of_the_heads(column):
    assert figures()["importance"][column]["value"] == pytest.approx(rank_correlation(column), abs=1e-3)


def test_the_programs_verdicts_are_those_of_its_table():
    for verdict in figures()["faith"]["verdicts"]:
        method = verdict["method"]
        assert verdict["beats_box"] == any(method in beat_the_box(measure) for measure in PIXELS)
        assert verdict["alike_on_new_weights"] == pytest.approx(new_weights(method, "rank_correlation")[0])


def test_the_page_of_studies_tells_how_wide_intervals_are():
    widths = [50 * (float(row["ci_high"]) - float(row["ci_low"])) for row in rows(ROOT / "docs/studies/sweep-heads.csv")]
    told = f"{statistics.median(widths):.1f} points to either side in the median ({min(widths):.1f} to {max(widths):.1f})"
    assert told in words_of("studies.md")


def test_what_the_page_shows_is_there_and_what_is_there_is_shown():
    links = re.findall(r"\]\(([^)#]+)[^)]*\)", (STUDY / "README.md").read_text())
    assert len(links) > 10 and all((STUDY / link).exists() for link in links), links
    shown = {pathlib.PurePath(link).name for link in links}
    assert {file.name for file in RESULTS.iterdir()} - shown == {"figures.json"}
