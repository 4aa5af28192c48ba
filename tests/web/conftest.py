"""What all tests of the page share: one browser, for one process may drive one at a time, one server, and pages on it."""
import os
import pathlib
import shutil
import sys

import pytest
from tabs_page import DATA, JPEG, SWEEP
from tabs_server import TabsServer
from view_server import started

# The shell without windows first: the same pages in two thirds of the processor time.
BROWSER = next(filter(None, map(shutil.which, ("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome"))), None)


@pytest.fixture(scope="session")
def browser():
    sync_api = pytest.importorskip("playwright.sync_api", reason="the browser tests need playwright")
    if BROWSER is None:
        pytest.skip("there is no Chromium here")
    with sync_api.sync_playwright() as play:
        chromium = play.chromium.launch(executable_path=BROWSER, args=["--no-sandbox"])
        yield chromium
        chromium.close()


@pytest.fixture(scope="session")
def address():
    """Where the server answers; it ends with the tests. A module with a server of its own has its own `address`."""
    from viewer_page import street_server
    mock = os.environ.get("SACCADE_VIEW_MOCK") == "1"
    with started([sys.executable, pathlib.Path(__file__).with_name("mock_server.py")]) if mock else street_server() as server:
        yield server.address


@pytest.fixture
def viewer(browser, address, request):
    """A page that must end without complaints; refused requests are counted apart."""
    from viewer_page import Viewer
    context = browser.new_context(viewport={"width": 1440, "height": 900}, accept_downloads=True)
    one = Viewer(context.new_page(), address)
    yield one
    folder = os.environ.get("SACCADE_SCREENSHOTS")
    if folder:
        pathlib.Path(folder).mkdir(parents=True, exist_ok=True)
        one.page.screenshot(path=str(pathlib.Path(folder) / f"{request.node.name}.png"))
    refused = [e for e in one.errors if "Failed to load resource" in e]
    others = [e for e in one.errors if e not in refused]
    context.close()
    assert others == []
    assert one.refusals_expected in (len(refused), None), refused


@pytest.fixture
def server():
    """The stand-in that serves the harness page of the tabs."""
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
    """A page of the stand-in's; it must end without complaints."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    complaints = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None)
    yield page
    page.close()
    assert [c for c in complaints if "404" not in c] == []
