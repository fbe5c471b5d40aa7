"""``captioning stats``: what a class finds hard, over several releases, as a table, JSON and a page."""

import json
import re
import shutil
from pathlib import Path

import pytest
from nbformat import NotebookNode

from tests.browser import open_browser, violations
from tests.conftest import Command
from tests.grading import NAME, cell_of, grade, hand_in, notebook

pytest_plugins = ("tests.grading",)
pytestmark = [
    pytest.mark.xdist_group("grading"),
    pytest.mark.usefixtures("quick_gradebooks", "trusted_sandbox"),
    pytest.mark.filterwarnings("ignore::sqlalchemy.exc.SAWarning"),
]
LATER = "05_later"
ZEROS = "import numpy as np\ndef softmax_loss(x, y):\n    return 1.5, np.zeros_like(x)"
LOOPS = """
def softmax_loss(x, y):
    loss, rows = 0.0, []
    for row, right in zip(x.tolist(), y.tolist()):
        largest = max(row)
        powers = [2.718281828459045 ** (value - largest) for value in row]
        total = sum(powers)
        shares = [power / total for power in powers]
        loss -= np.log(shares[right]) / len(x)
        shares[right] -= 1
        rows.append([share / len(x) for share in shares])
    return loss, np.array(rows)
"""


def answered(course: Path, text: str) -> NotebookNode:
    return notebook(course, lambda found: cell_of(found, "softmax_loss").update(source=text))


@pytest.fixture
def graded(course: Path, command: Command) -> Path:
    """Return a course folder with a graded class, and a second release that nobody has handed in."""
    for student in ("ada", "bob"):
        hand_in(course, student, answered(course, ZEROS))
    hand_in(course, "copy", answered(course, re.sub(r"\b(row|total|shares)\b", r"\1_", LOOPS)))
    hand_in(course, "eve", answered(course, "# All my own work\n" + LOOPS))
    hand_in(course, "max", notebook(course, of="release"))
    hand_in(course, "rob", notebook(course))
    hand_in(course, "sue", b"[]")
    grade(course, command, "--jobs", "2", code=3)
    shutil.copytree(course / "release" / NAME, course / "release" / LATER)
    (course / "release" / LATER / f"{NAME}.ipynb").rename(course / "release" / LATER / f"{LATER}.ipynb")
    return course


def test_all_releases_as_a_table_and_as_json(graded: Path, command: Command) -> None:
    code, out, err = command("stats", "--course", graded, "--json")
    assert code == 0, err
    first, later = json.loads(out)["releases"]
    assert (first["assignment"], first["submissions"], first["of"]) == (NAME, 6, 4)
    (summary,) = first["exercises"]
    states = ("right", "nearly", "wrong", "unwritten")
    assert sum(summary[state] for state in states) == summary["submissions"] == 6
    assert (summary["wrong"], summary["unwritten"]) == (2, 1)
    assert sum(first["points"]) / 6 == pytest.approx(summary["points"]) == pytest.approx(first["mean"])
    assert 0 < summary["seconds"] < 60
    (made,) = (each for each in summary["mistakes"] if each["example"] == "ada")
    assert made["students"] == 2
    assert "dx: is 0 everywhere" in made["said"]
    assert (later["submissions"], later["mean"]) == (0, 0)
    assert later["exercises"][0]["seconds"] is None
    code, out, _ = command("stats", "--course", graded)
    assert code == 0
    assert re.search(rf"{NAME} +6 +\d.\d of 4 +softmax_loss, \d+% fail", out)
    assert "2 of them: " in out
    # One alone has no table of releases.
    assert "hardest" not in command("stats", NAME, "--course", graded)[1]
    code, _, err = command("stats", "06_other", "--course", graded)
    assert (code, "holds no chapter of this course" in err) == (1, True)


def test_answers_that_are_alike_are_places_to_look(graded: Path, command: Command) -> None:
    before = {path for path in graded.rglob("*") if path.is_file()}
    _, out, _ = command("stats", NAME, "--course", graded, "--similar", "--json")
    (release,) = json.loads(out)["releases"]
    # Two that gave up in the same short way share too little, the right one is as the reference.
    assert [(pair["one"], pair["other"], pair["share"]) for pair in release["similar"]] == [
        ("copy", "eve", 1)
    ]
    assert release["similar"][0]["exercises"] == {"softmax_loss": 1}
    assert release["unread"] == ["sue"]
    _, out, _ = command("stats", NAME, "--course", graded, "--similar")
    assert re.search(r"copy +eve +100% +softmax_loss 100%", out)
    assert "This proves nothing" in out
    assert "cannot be read: sue" in out
    assert {path for path in graded.rglob("*") if path.is_file()} == before


def test_the_page_is_whole_readable_and_harmless(graded: Path, command: Command, tmp_path: Path) -> None:
    evil = "<script>window.pwned = 1</script>"
    raising = answered(graded, f"def softmax_loss(x, y):\n    raise ValueError({evil!r})")
    hand_in(graded, "<b>eve", raising)
    grade(graded, command, code=3)
    page = tmp_path / "stats.html"
    code, out, err = command("stats", "--course", graded, "--similar", "--page", page)
    assert (code, f"{page} shows it with plots." in out) == (0, True), err
    text = page.read_text(encoding="utf-8")
    assert "<script" not in text
    assert "<b>eve" not in text
    assert re.findall(r'(?:src|href)="(?!#|data:)', text) == []
    with open_browser() as browser:
        for scheme in ("light", "dark"):
            opened = browser.new_page(color_scheme=scheme, viewport={"width": 390, "height": 800})
            opened.goto(page.as_uri())
            assert opened.evaluate("window.pwned") is None
            assert opened.get_by_role("img").count() == 3
            assert opened.get_by_role("heading", name=NAME).is_visible()
            assert opened.evaluate("document.documentElement.scrollWidth") <= 390
            assert violations(opened) == []
            # The page's figures are of its own ground, whatever that is.
            ink = opened.locator("svg text, svg g[style*='--figure-ink']").first
            assert ink.evaluate("node => getComputedStyle(node).fill") == {
                "light": "rgb(29, 35, 39)", "dark": "rgb(232, 235, 237)"
            }[scheme]  # fmt: skip
            opened.close()
