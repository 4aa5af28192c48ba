"""Small training runs of the built program, for its tests."""
import json
import re
import subprocess

from program import IMAGES, PROGRAM, STREET_SET, run

# A detector that takes milliseconds a step, on twelve photographs.
SMALL = ["--backbone", "resnet18", "--norm", "group", "--hidden_dim", "32", "--nheads", "4", "--enc_layers", "1",
         "--dec_layers", "2", "--num_queries", "12", "--dim_feedforward", "32", "--size", "96,160", "--threads", "1",
         "--num_workers", "1"]
DATA = STREET_SET
VAL = ["--val_images", IMAGES, "--val_annotations", IMAGES / "instances.json"]
STEPS_PER_EPOCH = 6  # 12 images, batch 2


def words(*options):
    """A command line of `saccade train` on the small detector."""
    return [str(word) for word in ["train", *DATA, *SMALL, *options]]


def train(*options, code=0):
    return run(*words(*options), code=code)


def start(*options, before=(), environment=None):
    """A run that goes on in the background; `before` are words in front of `saccade train`."""
    command = [str(PROGRAM), *map(str, before), *words(*options)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, env=environment)


def log_of(folder):
    """The lines of log.txt as dictionaries."""
    return [json.loads(line) for line in (folder / "log.txt").read_text().splitlines()]


def weights_difference(first, second):
    """Largest difference of any weight of two checkpoints."""
    result = run("weights", "diff", first, second)
    text = result.out + result.err
    last = [line for line in text.splitlines() if " equal, " in line]
    assert last and "0 only in the first, 0 only in the second" in last[0], text
    return float(re.search(r"largest \|a - b\| (\S+)", last[0]).group(1))
