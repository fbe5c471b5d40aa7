"""What students get of the right values and of the mistakes: up to date, and no more than they need."""

import inspect
import json
import re
from pathlib import Path

import numpy as np
import pytest

from autograder import check
from autograder.asking.respondent import InProcess
from autograder.exercises.registry import all_exercises
from autograder.grading.catalogue import looks_of
from autograder.grading.reference import the_reference
from autograder.judge import compare
from autograder.mistakes.mutants import all_mutants
from autograder.mistakes.registry import all_mistakes
from autograder.proof import ship
from autograder.student import checking, public
from autograder.student.fingerprints import are_alike, entry_of, recognise
from captioning.errors import InputError
from solutions import lstm

pytestmark = pytest.mark.usefixtures("no_library")


@pytest.mark.slow
def test_the_shipped_values_are_up_to_date() -> None:
    """Run ``python -m autograder.proof.ship`` when this fails."""
    expected = dict(ship.expected_arrays())
    with np.load(ship.FOLDER / public.EXPECTED_FILE, allow_pickle=False) as shipped:
        assert set(shipped) == set(expected)
        for key, array in expected.items():
            assert shipped[key].dtype == array.dtype, key
            if array.dtype.kind == "f":
                exercise = all_exercises()[key.partition("/")[0]]
                assert compare.relative_error(array, shipped[key]) <= exercise.tolerance, key
            else:
                np.testing.assert_array_equal(shipped[key], array, err_msg=key)


@pytest.mark.proof
@pytest.mark.parametrize("name", list(all_exercises()))
def test_the_shipped_fingerprints_are_up_to_date(name: str) -> None:
    """Run ``python -m autograder.proof.ship`` when this fails."""
    exercise = all_exercises()[name]
    cases = public.public_cases(exercise)
    right = looks_of(exercise, the_reference(), cases)
    mistakes = {mistake.name: mistake for mistake in all_mistakes() if mistake.exercise == name}
    shipped = {entry["name"]: entry for entry in public.shipped_mistakes().get(name, [])}
    slips = {slip.name: slip for slip in all_mutants().get(name, [])}
    assert list(shipped) == [mistake for mistake in [*mistakes, *slips] if mistake in shipped]
    for mistake in mistakes.values():
        if mistake.name not in shipped:
            cases_of = entry_of(
                looks_of(exercise, InProcess(mistake.layers()), cases), right, fine_print=exercise.fine_print
            )
            same = cases_of is None or any(are_alike(cases_of, e["cases"]) for e in shipped.values())
            assert same or ship.fingerprint_of(mistake) is None, mistake.name
            continue
        entry = shipped[mistake.name]
        assert entry["sentence"] == mistake.sentence
        made = looks_of(exercise, InProcess(mistake.layers()), cases)
        assert recognise([entry], made, [()] * len(cases)), mistake.name


def test_no_gradient_is_shipped() -> None:
    allowed = {
        f"{exercise.name}/{number}/{output}"
        for exercise in all_exercises().values()
        for number in range(len(exercise.sizes) + len(exercise.variations))
        for output in ["inputs", *exercise.outputs]
        if exercise.gradients is None or output not in exercise.gradients.wrt
    }
    with np.load(ship.FOLDER / public.EXPECTED_FILE, allow_pickle=False) as shipped:
        assert set(shipped) == allowed


def test_of_a_mistake_no_more_than_two_numbers_an_output_are_shipped() -> None:
    mistakes = json.loads((ship.FOLDER / public.MISTAKES_FILE).read_text(encoding="utf-8"))
    for name, entries in mistakes.items():
        for entry in entries:
            assert set(entry) == {"name", "sentence", "cases"}
            assert len(entry["cases"]) == len(all_exercises()[name].sizes)
            wrong = [
                numbers for case in entry["cases"] if isinstance(case, dict) for numbers in case.values()
            ]
            known = [numbers for numbers in wrong if numbers is not None]
            assert all(len(numbers) == 2 for numbers in known)
            assert all(float(f"{n:.5e}") == n for numbers in known for n in numbers)


@pytest.mark.slow
def test_no_source_is_shipped() -> None:
    text = " ".join((ship.FOLDER / public.MISTAKES_FILE).read_text(encoding="utf-8").split())
    solution = Path(lstm.__file__).parent
    lines = {
        " ".join(line.split())
        for path in solution.glob("*.py")
        for block in re.findall(r"### BEGIN SOLUTION(.*?)### END", path.read_text(encoding="utf-8"), re.S)
        for line in block.splitlines()
        if len(line.strip()) >= 12
    }
    assert len(lines) > 100
    assert [line for line in lines if line in text] == []
    edits = {" ".join(edit.split()) for mistake in all_mistakes() for edit in (mistake.old, mistake.new)}
    assert [edit for edit in edits if len(edit) >= 12 and edit in text] == []


def test_other_random_numbers_are_noticed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(public, "SEED", 1)
    with pytest.raises(InputError, match="draws other random numbers"):
        check("lstm_forward")


@pytest.mark.slow
def test_a_right_answer_is_like_no_mistake() -> None:
    for name, entries in public.shipped_mistakes().items():
        exercise = all_exercises()[name]
        right = looks_of(exercise, the_reference(), public.public_cases(exercise))
        assert not recognise(entries, right, [()] * len(right))


def test_the_student_s_side_never_reads_the_reference() -> None:
    folder = Path(inspect.getfile(checking)).parent
    for path in folder.glob("*.py"):
        # ``hints`` shows its text to who asks for it; nothing of it is run.
        assert not re.search(r"\b(from|import) solutions\b", path.read_text(encoding="utf-8")), path
