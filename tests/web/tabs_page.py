"""The harness page of the tabs in a browser, on a sweep and two logs of the demo model that were cut down."""
import json
import pathlib

DATA = pathlib.Path(__file__).resolve().parent / "data"
SWEEP = json.loads((DATA / "sweep.json").read_text())
JPEG = (DATA.parents[2] / "assets/images/Town03_013980.jpg").read_bytes()


def open_tab(page, server, tab="dataset", wait=".sweep-matrix"):
    page.goto(f"{server.url}?tab={tab}")
    page.wait_for_selector(wait)
    return page
