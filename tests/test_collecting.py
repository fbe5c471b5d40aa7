"""``captioning collect``: whose a notebook is says the platform, never who named a folder or a file."""

import json
import zipfile
from collections.abc import Mapping
from pathlib import Path

import pytest

from autograder.grading.assignment import Assignment, read_assignment
from autograder.grading.collecting import Student, collect, found_in, newcomers
from captioning.errors import InputError
from tests.grading import NAME, notebook

pytest_plugins = ("tests.grading",)
pytestmark = pytest.mark.xdist_group("grading")

ADA, BOB = Student("ada", "Ada", "Lovelace", "11"), Student("bob", "Bob", "Builder", "")
MALLORY = Student("mal", "Mal", "Lory", "13")


@pytest.fixture
def assignment(released: Path) -> Assignment:
    found = read_assignment(released / "release" / NAME, released / "source" / NAME, NAME)
    assert found is not None
    return found


@pytest.fixture
def right(released: Path) -> bytes:
    return json.dumps(notebook(released)).encode()


def zipped(path: Path, files: Mapping[str, bytes]) -> Path:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return path


def taken(
    source: Path, assignment: Assignment, to: Path, students: tuple[Student, ...] = (ADA, BOB, MALLORY)
) -> dict[str, str]:
    """Collect; return for each student who has a notebook now its content, and of the others why not."""
    with found_in(source) as found:
        results = collect(found, students, assignment, to, replace=False)
    said = {result.student or result.who: result.problem for result in results if result.problem}
    return said | {path.parts[-3]: path.read_text() for path in to.rglob("*.ipynb")}


# Of each the first is Mallory's, and would be Bob's.
MOODLE, CANVAS = "Mal Lory_13_assignsubmission_file", "lorymal_13_501"
FORGED = {
    "a folder within a folder of Moodle's": f"{MOODLE}/Bob Builder_9_assignsubmission_file/{NAME}.ipynb",
    "a file in a folder of Moodle's": f"{MOODLE}/Bob Builder_9_assignsubmission_file_{NAME}.ipynb",
    "a file as of Canvas in a folder of Moodle's": f"{MOODLE}/work/builderbob_9_500_{NAME}.ipynb",
    "a file of Moodle's": f"{MOODLE}_Bob Builder_9_assignsubmission_file_{NAME}.ipynb",
    "a file of Canvas's": f"{CANVAS}_Bob Builder_9_assignsubmission_file_{NAME}.ipynb",
    "a file as of Canvas in a folder of one's own": f"mal/builderbob_9_500_{NAME}.ipynb",
}


@pytest.mark.parametrize("forged", FORGED)
@pytest.mark.parametrize("around", ["", "all of them/"])
def test_a_name_that_a_student_chose_makes_nobody_else(
    forged: str, around: str, right: bytes, assignment: Assignment, tmp_path: Path
) -> None:
    files = {FORGED[forged]: right + b" ", f"ada/{NAME}.ipynb": right}
    source = zipped(tmp_path / "x.zip", {f"{around}{name}": text for name, text in files.items()})
    got = taken(source, assignment, tmp_path / "to")
    assert set(got) == {"ada", "mal"}
    assert got["mal"].endswith(" ")


def test_two_who_call_themselves_alike_are_told_apart_or_left_out(
    right: bytes, assignment: Assignment, tmp_path: Path
) -> None:
    # Mallory calls himself Bob; on Canvas the numbers tell, where the gradebook knows them.
    files = {f"builderbob_13_1_{NAME}.ipynb": right, f"builderbob_7_2_{NAME}.ipynb": right + b" "}
    source = zipped(tmp_path / "canvas.zip", files)
    got = taken(source, assignment, tmp_path / "known")
    assert got["bob"].endswith(" ")
    assert set(got) == {"bob", "mal"}
    got = taken(source, assignment, tmp_path / "unknown", (ADA, BOB))
    assert "2 people on the platform seem to be bob" in got["bob"]
    moodle = zipped(
        tmp_path / "moodle.zip",
        {f"Bob Builder_{number}_assignsubmission_file/{NAME}.ipynb": right for number in (1, 2)},
    )
    assert "2 people" in taken(moodle, assignment, tmp_path / "moodle")["bob"]
    # The id of somebody else for a name; the number says who it is.
    other = zipped(tmp_path / "id.zip", {f"ada_13_1_{NAME}.ipynb": right})
    assert set(taken(other, assignment, tmp_path / "id")) == {"mal"}


def test_what_lies_beside_a_notebook_is_none_and_a_browser_s_ending_does_no_harm(
    right: bytes, assignment: Assignment, tmp_path: Path
) -> None:
    files = {
        f"__MACOSX/ada/._{NAME}.ipynb": b"\0\5\x16\7",
        f"ada/._{NAME}.ipynb": b"\0\5\x16\7",
        f"ada/.ipynb_checkpoints/{NAME}-checkpoint.ipynb": b"[]",
        f"ada/{NAME}.ipynb.txt": right,
        f"bob/{NAME}.IPYNB": right,
        f"mal/deep/er/{NAME}.ipynb.json": right,
    }
    archive = zipped(tmp_path / "x.zip", files)
    for source in (archive, tmp_path / "folder"):
        got = taken(source, assignment, tmp_path / "to") if source.exists() else {}
        assert got == {} or got == dict.fromkeys(("ada", "bob", "mal"), right.decode())
        if source == archive:
            zipfile.ZipFile(archive).extractall(tmp_path / "folder")


def test_one_damaged_or_endless_entry_costs_the_others_nothing(
    right: bytes, assignment: Assignment, tmp_path: Path
) -> None:
    source = zipped(
        tmp_path / "x.zip",
        {
            f"mal/{NAME}.ipynb": bytes(51 << 20),
            f"bob/{NAME}.ipynb": b"here it is " * 99,
            f"ada/{NAME}.ipynb": right,
        },
    )
    damaged = source.read_bytes()
    at = damaged.index(f"bob/{NAME}.ipynb".encode()) + len(f"bob/{NAME}.ipynb")
    source.write_bytes(damaged[:at] + b"\xff" * 8 + damaged[at + 8 :])
    got = taken(source, assignment, tmp_path / "to")
    assert got["ada"] == right.decode()
    assert "cannot be unpacked" in got["bob"]
    assert "is larger than" in got["mal"]


def test_a_file_at_the_top_is_no_student(right: bytes, assignment: Assignment, tmp_path: Path) -> None:
    source = zipped(tmp_path / "x.zip", {f"{NAME}.ipynb": right, f"ada/{NAME}.ipynb": right})
    assert set(taken(source, assignment, tmp_path / "to")) == {"ada", f"{NAME}.ipynb"}
    with found_in(source) as found:
        assert newcomers(found, [ADA]) == []
    (tmp_path / "text").write_text("no archive")
    with pytest.raises(InputError, match="neither a folder nor a ZIP"), found_in(tmp_path / "text"):
        pass
