#!/usr/bin/env python3
"""Runs the commands of the tutorials and writes what they print and draw where the pages show it.

Every ```sh block of the pages is run in order in one folder per page, with `saccade` on the PATH and a link to assets/.
What block N prints goes to output/PAGE-N.txt; the ```text block after it on the page shows that, whole or with '…' for
what is left out (a block that is empty is filled in). Pictures that the page shows, images/NAME.png or .jpg (photographs
with marks: fewer colours of a PNG would change those of the marks), are made of NAME.png of that folder, below 150 KB.
Usage: .venv/bin/python docs/tutorials/run.py [PAGE...]; SACCADE names another program, WORK another folder.
"""
import os
import pathlib
import re
import shutil
import subprocess
import sys
import time

import PIL.Image

HERE = pathlib.Path(__file__).resolve().parent
ROOT = HERE.parents[1]
PAGES = {page.stem: page for page in [*sorted(HERE.glob("*.md")), HERE.parent / "deformable-attention.md"]}
BLOCK = re.compile(r"^```sh\n(.*?)^```\n(?:\n```text\n(.*?)^```\n)?", re.M | re.S)
SIZES = [(900, 86), (800, 84), (720, 82), (640, 80), (560, 80)]  # width, quality of a .jpg
LARGEST = 150_000  # bytes


def blocks(text):
    """(commands, what the page shows of their output or None, where that stands) of each ```sh block."""
    return [(found[1], found[2], found.span(2)) for found in BLOCK.finditer(text)]


def run_page(name, page, work):
    folder = work / name
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    (folder / "assets").symlink_to(ROOT / "assets")
    program = pathlib.Path(os.environ.get("SACCADE", ROOT / "build" / "bin" / "saccade")).resolve()
    environment = os.environ | {"PATH": f"{program.parent}:{os.environ['PATH']}", "OMP_WAIT_POLICY": "PASSIVE"}
    outputs = []
    for number, (commands, _, _) in enumerate(blocks(page.read_text()), 1):
        begun = time.monotonic()
        done = subprocess.run(["bash", "-euo", "pipefail", "-c", commands], cwd=folder, env=environment,
                              capture_output=True, text=True)
        if done.returncode:
            sys.exit(f"{page}: block {number} ended with {done.returncode}:\n{commands}{done.stderr}")
        print(f"{name}: block {number}: {time.monotonic() - begun:.0f} s", flush=True)
        outputs.append(done.stdout)
        (HERE / "output" / f"{name}-{number}.txt").write_text(done.stdout)
    fill_in(page, outputs)
    for picture in pictures_of(page):
        if (folder / picture).with_suffix(".png").exists():
            shrink((folder / picture).with_suffix(".png"), HERE / "images" / picture)


def pictures_of(page):
    """The names of the pictures that the page shows of those made here."""
    return sorted(set(re.findall(r"\((?:tutorials/)?images/([\w-]+\.(?:png|jpg))\)", page.read_text())))


def fill_in(page, outputs):
    """Empty ```text blocks get what was printed."""
    text = page.read_text()
    for (_, shown, (begin, end)), output in reversed(list(zip(blocks(text), outputs))):
        if shown is not None and not shown.strip():
            text = text[:begin] + output + text[end:]
    page.write_text(text)


def shrink(source, target):
    image = PIL.Image.open(source).convert("RGB")
    for width, quality in SIZES:
        small = image
        if image.width > width:
            small = image.resize((width, round(image.height * width / image.width)), PIL.Image.LANCZOS)
        if target.suffix == ".png":
            small.quantize(256, dither=PIL.Image.Dither.NONE).save(target, optimize=True)
        else:
            small.save(target, quality=quality, subsampling=0, optimize=True)
        if target.stat().st_size <= LARGEST:
            break
    print(f"{target.name}: {target.stat().st_size // 1024} KB, {small.width} wide")


if __name__ == "__main__":
    for each in sys.argv[1:] or PAGES:
        run_page(each, PAGES[each], pathlib.Path(os.environ.get("WORK", ROOT / "exps" / "tutorials")))
