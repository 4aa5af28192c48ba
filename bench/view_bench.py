#!/usr/bin/env python3
"""How long a person waits at the page of `saccade view`, measured in a real browser.

Usage: bench/view_bench.py [--switches N] [-- OPTIONS OF saccade view]
Set up with `make setup-browser`. Prints medians and 95th percentiles: the first page, hovering, scrubbing (neither asks the
server) and switching a head of the decoder off or on, from the key to the new boxes on the screen.
"""
import argparse
import pathlib
import re
import shutil
import statistics
import subprocess
import sys

from playwright.sync_api import sync_playwright

ROOT = pathlib.Path(__file__).resolve().parents[1]


def start(options):
    server = subprocess.Popen([str(ROOT / "build/bin/saccade"), "view", "--port", "0", "--quiet", *options],
                              stdout=subprocess.PIPE, text=True)
    line = server.stdout.readline()
    if not line.startswith("http"):
        sys.exit("saccade view did not start")
    return server, line.strip()


def spread(name, values, note=""):
    values = sorted(values)
    p95 = values[min(len(values) - 1, int(0.95 * len(values)))]
    print(f"{name:34} median {statistics.median(values):7.1f} ms   95 % {p95:7.1f} ms   n {len(values)} {note}")


def first_page(browser, address):
    """Bytes over the wire and time until the first boxes, of a browser that has nothing; the image was opened before."""
    times, sizes = [], []
    for _ in range(5):
        page = browser.new_context(viewport={"width": 1440, "height": 900}).new_page()
        transfer = {"code": 0, "all": 0}
        session = page.context.new_cdp_session(page)
        session.send("Network.enable")
        kinds = {}
        session.on("Network.responseReceived", lambda e: kinds.__setitem__(e["requestId"], e["response"]["url"]))

        def finished(event):
            transfer["all"] += event["encodedDataLength"]
            if "/api/" not in kinds.get(event["requestId"], "/api/"):
                transfer["code"] += event["encodedDataLength"]

        session.on("Network.loadingFinished", finished)
        page.goto(address)
        page.locator(".detection").first.wait_for()
        times.append(page.evaluate("performance.now()"))
        page.wait_for_timeout(300)
        sizes.append((transfer["code"], transfer["all"]))
        page.context.close()
    spread("first page to first boxes", times, f"  page {sizes[-1][0] / 1024:.0f} KB, with image and results {sizes[-1][1] / 1024:.0f} KB")


def measures(page, name):
    values = page.evaluate("name => performance.getEntriesByName(name).map(e => e.duration)", name)
    page.evaluate("name => performance.clearMeasures(name)", name)
    return values


def hover(page, requests, name):
    """The pointer goes all over the stage, then over the first rows of the list."""
    del requests[:]
    measures(page, "saccade:hover")
    box = page.locator("#stage").bounding_box()
    for i in range(300):
        page.mouse.move(box["x"] + 20 + (i * 37) % (box["width"] - 40), box["y"] + box["height"] * (0.3 + 0.4 * ((i * 17) % 100) / 100))
    rows = page.locator("#detections .detection")
    for i in range(min(8, rows.count())):
        rows.nth(i).hover()
    page.wait_for_timeout(300)
    spread(name, measures(page, "saccade:hover") or [0.0], f"  requests {len(requests)}")


def hover_and_scrub(page, requests):
    page.locator("#detections .detection").first.wait_for()
    hover(page, requests, "hover")
    every = page.get_by_role("switch", name="Show all")
    every.click()
    hover(page, requests, f"hover, {re.search(r'[0-9]+', every.inner_text())[0]} queries shown")
    every.click()
    page.locator("#detections .detection").first.click()
    del requests[:]
    for i in range(60):
        page.keyboard.press("ArrowLeft" if i % 10 < 5 else "ArrowRight")
    page.wait_for_timeout(300)
    spread("scrub", measures(page, "saccade:scrub") or [0.0], f"  requests {len(requests)}")


def switches(page, count):
    cells = page.locator('[data-module="dec.cross"][data-head]')
    measures(page, "saccade:run")
    for i in range(count):
        cell = cells.nth((i * 7) % 48)
        cell.click()
        before = page.locator(".pill").count()
        page.keyboard.press("x")
        page.wait_for_function("n => document.querySelectorAll('.pill').length != n || "
                               "performance.getEntriesByName('saccade:run').length > 0", arg=before)
        page.wait_for_timeout(60)
    spread("decoder switch to boxes on screen", measures(page, "saccade:run"))


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--switches", type=int, default=40)
    parser.add_argument("options", nargs="*", help="options of saccade view, after --")
    args = parser.parse_args()
    server, address = start(args.options)
    print(re.sub(r"\s+", " ", subprocess.run(["lscpu"], capture_output=True, text=True).stdout.split("Model name:")[-1].split("\n")[0]).strip())
    try:
        with sync_playwright() as play:
            browser = play.chromium.launch(executable_path=shutil.which("chromium-headless-shell") or shutil.which("chromium"), args=["--no-sandbox"])
            warm = browser.new_page()
            warm.goto(address)
            warm.locator(".detection").first.wait_for()
            warm.close()
            first_page(browser, address)
            page = browser.new_page(viewport={"width": 1440, "height": 900})
            requests = []
            page.on("request", lambda r: requests.append(r.url) if "/api/" in r.url else None)
            page.goto(address)
            hover_and_scrub(page, requests)
            switches(page, args.switches)
            browser.close()
    finally:
        server.terminate()
        server.wait(30)


if __name__ == "__main__":
    main()
