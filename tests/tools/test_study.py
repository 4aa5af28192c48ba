"""The study's page says what its results say."""
import importlib.util
import pathlib

STUDY = pathlib.Path(__file__).resolve().parents[2] / "docs" / "study"


def test_every_number_of_the_page_comes_from_the_results():
    spec = importlib.util.spec_from_file_location("write", STUDY / "write.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert (STUDY / "README.md").read_text() == module.written(), "run docs/study/write.py"


def test_what_the_page_shows_is_there():
    text = (STUDY / "README.md").read_text()
    links = [link.split(")")[0].split("#")[0] for link in text.split("](")[1:]]
    assert len(links) > 10 and all((STUDY / link).exists() for link in links), links
