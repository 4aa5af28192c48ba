"""A faith.json for the tests of what reads one."""
import json

from program import SHIPPED_WEIGHTS, run


def faith_file(folder, **other):
    """What `saccade faith` would write of the demo model, as far as a map's caption looks."""
    sha = run("weights", "show", SHIPPED_WEIGHTS, "--json", code=0).json()["sha256"]
    verdict = {"method": "relevance", "edge": ["insertion"], "none": ["deletion, blur"], "worse": [], "beats_box": True, "alike_on_new_weights": 0.41}
    folder.mkdir(exist_ok=True)
    (folder / "faith.json").write_text(json.dumps({"saccade_faith": 1, "set": "instances", "weights_sha256": sha, "interventions": [],
                                                   "detections": [{}, {}], "verdicts": [verdict]} | other))
    return folder
