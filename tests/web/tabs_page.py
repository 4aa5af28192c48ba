"""The harness page of the tabs in a browser, on a sweep and two logs of the demo model that were cut down."""
import json
import pathlib

import pytest

from tabs_server import TabsServer

playwright = pytest.importorskip("playwright.sync_api")

DATA = pathlib.Path(__file__).resolve().parent / "data"
SWEEP = json.loads((DATA / "sweep.json").read_text())
JPEG = (DATA.parents[2] / "assets/images/Town03_013980.jpg").read_bytes()


@pytest.fixture
def server():
    server = TabsServer().start()
    server.sweeps = {"heads": (DATA / "sweep.json").read_text()}
    server.sha256 = SWEEP["weights_sha256"]
    server.runs = {name: (DATA / f"log_{name}.txt").read_bytes() for name in ("steady", "resumed")}
    server.images = {"val/Town02_008700.jpg": JPEG, "Town03_017240.jpg": JPEG}
    yield server
    server.shutdown()
    server.server_close()


@pytest.fixture
def page(browser, server):  # the server outlives the page, which may still be loading pictures
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    page.set_default_timeout(5000)
    complaints = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None)
    yield page
    page.close()
    assert [c for c in complaints if "404" not in c] == []


def open_tab(page, server, tab="dataset", wait=".sweep-matrix"):
    page.goto(f"{server.url}?tab={tab}")
    page.wait_for_selector(wait)
    return page
