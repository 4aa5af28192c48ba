"""Markdown as a code host reads it (CommonMark) made into what Python-Markdown reads."""
import re

FENCE = re.compile(r"\s*(```+|~~~+)")
ITEM = re.compile(r"\s*([-*]|\d+\.) ")


def outside_code(markdown, change):
    """The text with `change` applied to each line that is not in a fenced block."""
    out, fence = [], None
    for line in markdown.split("\n"):
        mark = FENCE.match(line)
        if mark and (fence is None or mark[1].startswith(fence)):
            fence = mark[1] if fence is None else None
        out.append(line if fence or mark else change(line))
    return "\n".join(out)


def for_python_markdown(markdown):
    """A list may follow a paragraph at once, an item a paragraph of the item before, and its parts need two columns only."""
    out, fence, shift = [], None, 0
    lists, parted = [], False  # the indents of the open items; whether the last one has several parts
    for line in markdown.split("\n"):
        mark = FENCE.match(line)
        if fence is None and line.strip():
            indent, starts, went_on = len(line) - len(line.lstrip()), ITEM.match(line), bool(lists)
            ends = starts or indent or not out or not out[-1].strip() or re.match("[#|>]|```", line)
            while ends and lists and lists[-1] >= indent:
                lists.pop()
            if starts and (not went_on or parted) and out and out[-1].strip():
                out.append("")
            shift = 4 * len(lists) - indent
            if starts:
                lists.append(indent)
                parted = False
        parted = parted or not line.strip()
        if mark and (fence is None or mark[1].startswith(fence)):
            fence = mark[1] if fence is None else None
        if line.startswith("|"):
            line = re.sub(r"`[^`]*`", lambda code: code[0].replace("\\|", "|"), line)
        out.append(" " * shift + line if shift > 0 and line.strip() else line)
    return "\n".join(out)
