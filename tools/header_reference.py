"""The API reference as Markdown, read from the public headers: module by module, in the order of the floors.

A header's first comment says what it is for; the comment above a declaration documents it. Comments stay as they were
typed where they are indented (tables of shapes), the rest becomes prose. Doxygen would want other comments than ours
(///, or a filter), and turns the tables of shapes into running text.
Usage: tools/header_reference.py [MODULE], which prints one page or all of them.
"""
import pathlib
import re
import sys

ROOT = pathlib.Path(__file__).resolve().parents[1]
MODULES = {  # by floor, lowest first
    "core": "boxes, levels, JSON, errors: no tensors", "image": "pixels: decode, resize, normalise",
    "op": "multi-scale deformable attention and other operators", "checkpoint": "files of tensors",
    "dist": "processes that share the work", "data": "data sets: read, check, convert, augment, load",
    "model": "the detectors", "loss": "matching and losses", "eval": "COCO's numbers, TIDE, intervals",
    "explain": "traces, interventions, attribution", "export": "ONNX", "train": "training",
    "render": "figures from plain numbers", "study": "sweep, search, faithfulness, error mining",
    "server": "what the viewer asks", "cli": "the commands"}
FLOORS = [["core"], ["image", "op", "checkpoint", "dist"], ["data", "model"], ["loss", "eval", "explain", "export"],
          ["train", "render"], ["study", "server"], ["cli"]]


def escaped(text):
    """Text without meaning for Markdown and HTML."""
    return re.sub(r"([\\`*_\[])", r"\\\1", text.replace("&", "&amp;").replace("<", "&lt;"))


def prose(lines):
    """Comment lines as Markdown: indented ones as typed, the others as paragraphs."""
    out, table = [], []
    for text in [re.sub(r"^\s*// ?", "", line) for line in lines] + [""]:
        if text.startswith("  ") or (table and not text):
            table.append(text)
            continue
        if any(table):
            out += ["", "```text", *"\n".join(table).strip("\n").split("\n"), "```", ""]
        table = []
        out.append("".join(part if i % 2 else escaped(part) for i, part in enumerate(re.split("(`[^`]+`)", text))))
    return "\n".join(out).strip("\n")


def without_comment(line):
    return re.sub(r"//.*|\"(\\.|[^\"])*\"|'(\\.|[^'])'", "", line)


def chunks(lines):
    """(comment lines, code lines) of the declarations of a namespace, split at blank lines outside braces."""
    comment, code, depth = [], [], 0
    for line in lines + [""]:
        bare = without_comment(line)
        if depth == 0 and (not line.strip() or (code and line.startswith("//"))):
            if comment or code:
                yield comment, code
            comment, code = [], []
        if depth == 0 and line.startswith("//"):
            comment.append(line)
        elif line.strip() or depth:
            code.append(line)
        depth += bare.count("{") - bare.count("}")


def signature(code):
    """A declaration without private members and without the bodies of functions."""
    if re.match(r"\s*(template.*)?(class|struct|enum|union)\b", " ".join(code[:2])):
        kept, hidden = [], False
        for line in code:
            if re.match(r"^ (private|protected):", line):
                hidden = True
            elif re.match(r"^ public:|^};", line):
                hidden = False
            if line.startswith("};"):
                kept = kept[:-1] if not kept[-1].strip() else kept
            if not hidden:
                kept.append(line)
        return kept
    kept, depth = [], 0
    for line in code:
        bare = without_comment(line)
        opens = bare.rstrip().endswith("{") or re.search(r"\)[^;]*\{.*\}\s*$", bare)
        if depth == 0:
            kept.append(re.sub(r"\s*\{.*$", ";", line) if opens and "=" not in bare else line)
        depth += bare.count("{") - bare.count("}")
    return kept


def name_of(code):
    text = " ".join(line for line in (without_comment(c) for c in code) if not line.startswith("template"))
    for pattern in (r"^\s*(?:enum class|enum|class|struct)\s+(\w+)", r"^\s*using\s+(\w+)\s*=",
                    r"(operator\S+|\w+)\s*\(", r"(\w+)\s*(?:=|\{|;)"):
        if found := re.search(pattern, text):
            return found.group(1)
    return None


def header_page(path):
    """A header as Markdown: its purpose, then each declaration."""
    lines = path.read_text().splitlines()
    first = next((i for i, line in enumerate(lines) if not line.startswith("//")), len(lines))
    out = [f"## {path.relative_to(ROOT / 'saccade')}", "", prose(lines[:first]), ""]
    opened = [i for i, line in enumerate(lines) if re.match(r"namespace saccade(::\w+)? \{", line)]
    closed = [i for i, line in enumerate(lines) if line.startswith("}  // namespace saccade")]
    for begin, end in zip(opened, closed):
        for comment, code in chunks(lines[begin + 1:end]):
            code = [line for line in code if not re.match(r"^(class|struct|enum)[\w ]*;", line)]
            shown, name = signature(code), name_of(code)
            if name and not name.startswith("internal"):
                out += [f"### {name}", ""]
            if comment:
                out += [prose(comment), ""]
            if shown:
                out += ["```cpp", *shown, "```", ""]
    return "\n".join(out)


def module_page(module):
    headers = sorted((ROOT / "saccade" / module).glob("*.h"))
    cmake = (ROOT / "saccade" / module / "CMakeLists.txt").read_text()
    depends = re.search(r"DEPENDS ([\w ]+)", cmake)
    floor = next(i for i, names in enumerate(FLOORS, 1) if module in names)
    text = f"# {module}\n\nFloor {floor}: {MODULES[module]}."
    if depends:
        text += " Uses " + ", ".join(f"[{m}]({m}.md)" for m in depends[1].split()) + "."
    return text + f" Include as `#include \"saccade/{module}/...\"`.\n\n" + "\n".join(map(header_page, headers))


def index_page():
    rows = [f"| {floor} | [{m}]({m}.md) | {MODULES[m]} |" for floor, names in enumerate(FLOORS, 1) for m in names]
    return "\n".join(["# API reference", "", "Written from the headers' own comments when the site is built. A module "
                      "includes itself and modules of lower floors.", "", "| floor | module | what it is about |",
                      "|---|---|---|", *rows, ""])


if __name__ == "__main__":
    for each in sys.argv[1:] or MODULES:
        print(module_page(each))
