"""The documentation says what the program does: links lead somewhere, commands parse, shown outputs were printed."""
import functools
import importlib.util
import re
import shlex
import sys

import pytest
from program import ROOT, run

DOCS = ROOT / "docs"
sys.path.insert(0, str(ROOT / "tools"))
import check_links  # noqa: E402
import header_reference  # noqa: E402
import site_markdown  # noqa: E402

GROUPS = ("data", "weights", "export")  # commands with commands of their own


def tutorials():
    spec = importlib.util.spec_from_file_location("run_tutorials", DOCS / "tutorials" / "run.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@functools.cache
def help_options(command):
    """Option -> its allowed values, or None where it takes any; of one command, as its --help tells."""
    known = {}
    for names, choices in re.findall(r"^  (-[\w,-]+)\S*(?: \w+(?:\S*:\{([\w,.-]+)\})?)?",
                                     run(*command.split(), "--help", code=0).out, re.M):
        for name in names.split(","):
            known[name.replace("_", "-")] = choices.split(",") if choices else None
    return known


@functools.cache
def commands_of_the_program():
    def below(*words):
        return re.findall(r"^  ([a-z]+)  ", run(*words, "--help", code=0).out.split("Subcommands:")[1], re.M)
    return {*below(), *(f"{group} {name}" for group in GROUPS for name in below(group))}


def commands_in(text):
    """The words after `saccade` of each call in a page's code."""
    for fence in re.findall(r"^ *```\w*\n(.*?)^ *```", text, re.M | re.S):
        for line in fence.replace("\\\n", " ").split("\n"):
            yield from calls_of(line)
    prose = re.sub(r"^ *```.*?^ *```", "", text, flags=re.M | re.S)
    for code in re.findall(r"`([^`\n]*)`", prose):
        yield from calls_of(code.replace("\\|", "|"))


def calls_of(line):
    try:
        words = shlex.split(line, comments=True)
    except ValueError:  # an apostrophe of prose
        return
    at = [i for i, word in enumerate(words) if word in ("saccade", "$S", "build/bin/saccade", "$saccade")]
    for begin, end in zip(at, at[1:] + [len(words)]):
        call = words[begin + 1:end]
        for stop in ("|", ">", "&&", ";", "||", "2>&1"):
            call = call[:call.index(stop)] if stop in call else call
        if call and re.fullmatch(r"[a-z]+", call[0]):
            yield call


def faults_of(call):
    """What the program would not understand of a call."""
    command, words = call[0], call[1:]
    if command == "launch" and "--" in words:
        inner = words[words.index("--") + 1:]
        words = words[:words.index("--")]
        if inner and inner[0] not in ("...",) and re.fullmatch(r"[a-z]+", inner[0]):
            yield from faults_of(inner)
    if command in GROUPS and words and re.fullmatch(r"[a-z]+", words[0]):
        command, words = f"{command} {words[0]}", words[1:]
    if command not in commands_of_the_program():
        yield f"there is no command {command}"
        return
    options = help_options(command)
    for word, after in zip(words, words[1:] + [""]):
        if not re.match(r"--?[a-zA-Z]", word) or re.fullmatch("-[a-z]", word):
            continue
        name, _, value = word.partition("=")
        name = name.replace("_", "-")
        if name not in options:
            yield f"{command} has no option {word}"
        elif options[name] and re.fullmatch(r"[a-z][\w.-]*", value or after) and (value or after) not in options[name]:
            yield f"{command} {name} does not take {value or after}"


def test_links_images_and_anchors_lead_somewhere():
    assert check_links.faults() == []


def test_a_broken_link_is_found(tmp_path, monkeypatch):
    (tmp_path / "README.md").write_text("# One two\n[a](#one-two) [b](#three) [c](gone.md)\n```\n[d](gone.md)\n```\n")
    (tmp_path / "docs").mkdir()
    (tmp_path / "assets").mkdir()
    monkeypatch.setattr(check_links, "ROOT", tmp_path)
    assert check_links.faults() == ["README.md:2: #three: the page has no such heading",
                                    "README.md:2: gone.md: there is no such file"]


@pytest.mark.parametrize("page", ["README.md", *sorted(str(page.relative_to(ROOT)) for page in DOCS.rglob("*.md"))])
def test_the_commands_of_a_page_have_options_that_the_program_knows(page):
    faults = [f"{' '.join(call)}: {fault}" for call in commands_in((ROOT / page).read_text()) for fault in faults_of(call)]
    assert faults == []


def test_a_command_that_does_not_parse_is_found():
    text = "```\nsaccade explain a.jpg --kind heet --qery 3 | head\nsaccade look\n```\n`saccade data show --augmented`"
    assert [fault for call in commands_in(text) for fault in faults_of(call)] == [
        "explain --kind does not take heet", "explain has no option --qery", "there is no command look"]


def test_what_the_tutorials_show_was_printed():
    module = tutorials()
    for name, page in module.PAGES.items():
        for number, (commands, shown, _) in enumerate(module.blocks(page.read_text()), 1):
            printed = (module.HERE / "output" / f"{name}-{number}.txt").read_text().splitlines()
            assert shown is None or shown.strip(), f"{page}, block {number}: run docs/tutorials/run.py {name}"
            at = 0
            for line in (shown or "").splitlines():
                if line.strip() != "…":
                    assert line in printed[at:], f"{page}, block {number}: {line!r}; run docs/tutorials/run.py {name}"
                    at = printed.index(line, at) + 1


def test_the_tutorials_pictures_are_small_and_all_used():
    module = tutorials()
    shown = {picture for page in module.PAGES.values() for picture in module.pictures_of(page)}
    there = {path.name: path.stat().st_size for path in (module.HERE / "images").iterdir()}
    assert set(there) == shown and max(there.values()) <= module.LARGEST, there


def test_options_of_the_original_are_taken_or_refused_as_the_table_says():
    rows = re.findall(r"^\| (`--.*?`) \|.*?\| (.*) \|$", (DOCS / "migrating.md").read_text(), re.M)
    assert len(rows) > 30
    for names, here in rows:
        for option in re.findall(r"`(--\w+)`", names):
            if here.startswith("refused"):
                run("train", option, "x", code=2).failed_with(2, option)
            else:
                assert option.replace("_", "-") in help_options("train"), option


def test_the_reference_has_every_header_with_its_declarations():
    listed = re.findall(r"reference/(\w+)\.md", (ROOT / "mkdocs.yml").read_text())
    assert listed == ["index", *header_reference.MODULES]
    assert {path.parent.name for path in (ROOT / "saccade").glob("*/*.h")} == set(header_reference.MODULES)
    for module in header_reference.MODULES:
        page = header_reference.module_page(module)
        headers = sorted(path.name for path in (ROOT / "saccade" / module).glob("*.h"))
        assert re.findall(rf"^## {module}/(\S+)$", page, re.M) == headers
    page = header_reference.module_page("op")
    part = page[page.index("### ms_deform_attn\n"):page.index("### ms_deform_attn_shifted")]
    assert "Returns what each query attended to" in part and "value               [N, S, M, D]" in part
    assert "at::Tensor ms_deform_attn(const at::Tensor& value" in part
    assert "options_;" not in header_reference.module_page("explain"), "private members"


def test_lists_are_written_as_the_site_wants_them():
    """A list right after its paragraph; an item of several parts; one below another; code as it is; pipes in a table's code."""
    ours = "Two:\n- one\n  more\n- two\n\n  ```\n  - code\n  ```\n- three\n  - below\n\nEnd\n```\n- a\n- b\n```\n| `a\\|b` |"
    theirs = ("Two:\n\n- one\n    more\n- two\n\n    ```\n    - code\n    ```\n\n- three\n    - below\n\nEnd\n```\n- a\n- b\n```\n"
              "| `a|b` |")
    assert site_markdown.for_python_markdown(ours) == theirs
