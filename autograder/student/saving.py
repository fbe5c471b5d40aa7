"""Saving an answer that passed, for later chapters."""

from collections.abc import Callable, Mapping
from typing import Any

from autograder.exercises.exercise import Exercise
from autograder.exercises.registry import all_exercises
from autograder.judge.verdict import Verdict
from captioning import layers as captioning_layers
from captioning.answers import library
from captioning.answers.loading import load_module
from captioning.answers.sources import served_from
from captioning.course.milestones import milestone_of
from captioning.errors import InputError

Functions = Mapping[str, Any]
Judge = Callable[[Exercise, Functions], Verdict]
Compare = Callable[[Exercise, Functions, Functions], str]


def save(
    exercise: Exercise, thing: Any, own: Functions, judge: Judge, compare: Compare, *, is_open: bool
) -> str:
    """Save what is right, if what is saved, loaded again, does the same; return a sentence about it.

    Args:
        exercise: what passed, or works.
        thing: the function or class.
        own: the functions that it passed with, itself among them.
        judge: checks functions like these.
        compare: says what functions do otherwise than those that passed, "" if nothing.
        is_open: whether only the arithmetic is right, and something of the contract is left.
    """
    if served_from(thing) is not None:
        return ""
    top = exercise.name.partition(".")[0]

    def accept(loaded: Any) -> None:
        otherwise = compare(exercise, own, {**own, top: loaded})
        if otherwise:
            raise InputError(
                "in a file of its own it is not right any more. An answer takes along the imports, numbers "
                "and functions that it names; not what it finds in another way, nor what was edited after "
                f"its cell had run. Run the cell again, or write it without. {otherwise}"
            )

    before = library.saved_answers(library.library_folder()).get(top)
    is_new = before is None or exercise.name not in before.exercises
    try:
        path = library.save_answer(
            thing,
            exercise.name,
            forward=_forward(exercise, own),
            partners=[name for name in _sharing(exercise) if name != exercise.name and "." not in name],
            accept=accept,
            is_open=is_open,
        )
        if path is None:
            return library.why_not_kept()
        again = _check_partners(exercise, {**own, top: thing}, judge)
    except InputError as error:
        return f"It {'works' if is_open else 'passed'}, but could not be saved for later chapters: {error}"
    milestone = milestone_of(exercise.name) if is_new and not is_open else None
    lasting = library.why_not_to_last() if is_new else ""
    joy = f" A milestone: {milestone.sentence}" if milestone is not None else ""
    return f"Saved for later chapters: {path.parent.name}/{path.name}.{lasting}{again}{joy}"


def _of(exercise: Exercise) -> str:
    return exercise.gradients.of if exercise.gradients is not None else exercise.name


def _sharing(exercise: Exercise) -> list[str]:
    """Return the exercises that share a cache with one, and itself."""
    return [name for name, other in all_exercises().items() if _of(exercise) in {name, _of(other)}]


def _forward(exercise: Exercise, own: Functions) -> dict[str, Any]:
    """Return the forward function that made the cache of a backward function; see ``save_answer``."""
    of = _of(exercise)
    if of == exercise.name:
        return {}
    function = own.get(of) or getattr(captioning_layers, of)
    file = served_from(function)
    is_given = file is not None and file.parent != library.library_folder()
    return {of: None if is_given else function}


def _check_partners(exercise: Exercise, own: Functions, judge: Judge) -> str:
    """Check the saved functions again that passed with an earlier version of this one; say so."""
    said = []
    answers = library.saved_answers(library.library_folder())
    for name in _sharing(exercise):
        partner = answers.get(name)
        if partner is None or exercise.name not in partner.forward or partner.problem:
            continue
        if library.complaint(partner, answers):
            verdict = judge(all_exercises()[name], {**own, name: getattr(load_module(partner.path), name)})
            is_right = verdict.works if name in partner.open else verdict.passed
            if is_right:
                library.renew_forward(partner, exercise.name, answers[exercise.name])
            said.append(
                f" {name} was checked again with it, and is right too."
                if is_right
                else f" Your saved {name} is not right with it: check({name}) again."
            )
    return "".join(said)
