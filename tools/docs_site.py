"""What mkdocs does to our pages (hooks of mkdocs.yml): they are written for a code host and become a site as they are.

- the API reference is made of the headers (header_reference.py);
- README, CONTRIBUTING and CHANGELOG are pages too;
- a link to a file of the repository, or to a folder, leads to a page that shows it;
- lists get the blank line and the four columns that Python-Markdown asks for.
"""
import os
import pathlib
import re
import sys

from mkdocs.structure.files import File

sys.path.insert(0, str(pathlib.Path(__file__).parent))
import header_reference  # noqa: E402
from site_markdown import for_python_markdown, outside_code  # noqa: E402

ROOT = header_reference.ROOT
PROJECT = {"README.md": "project/readme.md", "CONTRIBUTING.md": "project/contributing.md",
           "CHANGELOG.md": "project/changelog.md"}
LANGUAGES = {".h": "cpp", ".cpp": "cpp", ".cu": "cpp", ".py": "python", ".sh": "sh", ".js": "js", ".json": "json"}
UNSEARCHED = "---\nsearch:\n  exclude: true\n---\n"
LINK = re.compile(r"(\]\()([^)\s]+)(\))")


def page_of(path):
    """The page, or file, of the site for a path of the repository."""
    name = path.relative_to(ROOT).as_posix()
    if name in PROJECT:
        return PROJECT[name]
    inside = name.removeprefix("docs/") if name.startswith("docs/") and path.suffix not in (".py", ".sh", ".in") else None
    if path.is_dir():
        index = path / "README.md"
        return f"{inside}/README.md" if inside and index.exists() else f"source/{name}/index.md"
    return inside or f"source/{name}.md"


def target_of(link, folder):
    """(path in the repository, anchor) of a relative link of a page in `folder`; None for others and for what is not there."""
    if re.match(r"[a-z]+:|#|/", link):
        return None
    name, _, anchor = link.partition("#")
    path = pathlib.Path(os.path.normpath(folder / name))
    return (path, anchor) if path.exists() and path.is_relative_to(ROOT) else None


def relinked(markdown, folder, src_uri):
    """The page's links as the site has them."""
    def one(match):
        found = target_of(match[2], folder)
        if not found:
            return match[0]
        target = os.path.relpath(page_of(found[0]), os.path.dirname(src_uri) or ".")
        return match[1] + target + ("#" + found[1] if found[1] else "") + match[3]
    return outside_code(markdown, lambda line: LINK.sub(one, line))


def links_of(markdown):
    found = []
    outside_code(markdown, lambda line: found.extend(match[2] for match in LINK.finditer(line)) or line)
    return found


def source_page(path):
    """A file of the repository, or the names in a folder, as a page."""
    name = path.relative_to(ROOT).as_posix()
    if path.is_dir():
        rows = [f"- [{child.name}]({os.path.relpath(page_of(child), 'source/' + name)})" for child in sorted(path.iterdir())
                if child.is_file() and child.is_relative_to(ROOT / "docs")]
        rows = rows or [f"- `{child.name}`" for child in sorted(path.iterdir()) if not child.name.startswith(("__", "."))]
        return f"{UNSEARCHED}# {name}/\n\n" + "\n".join(rows) + "\n"
    return f"{UNSEARCHED}# {name}\n\n~~~~~{LANGUAGES.get(path.suffix, 'text')}\n{path.read_text()}\n~~~~~\n"


def on_files(files, config):
    def add(uri, content):
        files.append(File.generated(config, uri, content=content))

    add("reference/index.md", header_reference.index_page())
    for module in header_reference.MODULES:
        add(f"reference/{module}.md", header_reference.module_page(module))
    pages = [(ROOT / name, uri) for name, uri in PROJECT.items()]
    pages += [(pathlib.Path(file.abs_src_path), file.src_uri) for file in files
              if file.is_documentation_page() and file.abs_src_path]
    shown = set()
    for path, _ in pages:
        targets = filter(None, (target_of(link, path.parent) for link in links_of(path.read_text())))
        shown |= {target for target, _ in targets if page_of(target).startswith("source/")}
    for name, uri in PROJECT.items():
        add(uri, relinked((ROOT / name).read_text(), ROOT, uri))
    for path in sorted(shown):
        add(page_of(path), source_page(path))
    return files


def on_page_markdown(markdown, page, **_):
    if page.file.abs_src_path:
        path = pathlib.Path(page.file.abs_src_path)
        markdown = relinked(markdown, path.parent, page.file.src_uri)
    return for_python_markdown(markdown)
