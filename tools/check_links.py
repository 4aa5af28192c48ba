"""Checks that the links, images and anchors of our Markdown files lead somewhere, as a code host reads them.

Relative links alone; nothing is fetched. Usage: tools/check_links.py, which prints what is wrong and ends with 1.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
LINK = re.compile(r"\]\(([^)\s]+)\)")


def pages():
    return [*ROOT.glob("*.md"), *(ROOT / "assets").glob("*.md"), *(ROOT / "docs").rglob("*.md")]


def lines_outside_code(text):
    """(number, line) of what is in no fenced block."""
    fence = None
    for number, line in enumerate(text.split("\n"), 1):
        mark = re.match(r"\s*(```+|~~~+)", line)
        if mark and (fence is None or mark[1].startswith(fence)):
            fence = mark[1] if fence is None else None
        elif fence is None:
            yield number, line


def anchors(path):
    """The anchors that a code host gives the headings of a page."""
    found = []
    for _, line in lines_outside_code(path.read_text()):
        if heading := re.match(r"#+\s+(.*)", line):
            text = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", heading[1]).lower()
            name = re.sub(r"[^\w\- ]", "", text).strip().replace(" ", "-")
            found.append(name + (f"-{found.count(name)}" if name in found else ""))
    return found


def faults():
    """A line for each link that leads nowhere."""
    wrong = []
    for page in pages():
        for number, line in lines_outside_code(page.read_text()):
            for link in LINK.findall(re.sub(r"`[^`]*`", "", line)):
                if re.match(r"[a-z]+:", link):
                    continue
                name, _, anchor = link.partition("#")
                target = (page.parent / name).resolve() if name else page
                where = f"{page.relative_to(ROOT)}:{number}: {link}"
                if not target.exists():
                    wrong.append(f"{where}: there is no such file")
                elif anchor and target.suffix == ".md" and anchor not in anchors(target):
                    wrong.append(f"{where}: the page has no such heading")
    return wrong


if __name__ == "__main__":
    found = faults()
    print("\n".join(found), end="\n" if found else "")
    sys.exit(1 if found else 0)
