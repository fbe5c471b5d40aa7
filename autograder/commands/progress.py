"""``captioning progress``: what is done, whose code runs, and what comes next."""

from collections import Counter
from collections.abc import Iterable, Sequence

import click
from tabulate import tabulate

from autograder.student.course import ChapterState, Step, chapters_of_course
from captioning.answers.library import course_folder, library_folder
from captioning.commands.shared import argument, json_option, print_json, print_machine
from captioning.course.machine import machine
from captioning.course.milestones import reached

BAR = 30


@click.command()
@click.option("--exercises", "by_exercise", is_flag=True, help="A line for each exercise, not each chapter.")
@json_option
def command(by_exercise: bool, as_json: bool) -> None:
    """Show what is done, whose code runs where, and what comes next.

    Done is what passed its check and was saved in the folder my_layers of the course. What computes rightly
    and leaves something of the contract open, such as the type, works and counts in part. The minutes are a
    rough guess, from what is to be read and to be written. The picture of the machine has a box for every
    layer that you will write. A milestone is shown with the day when it was reached.

    Example: captioning progress
    """
    chapters = chapters_of_course()
    everything = [step for chapter in chapters for step in chapter.steps]
    # A student who has begun to write is not sent back to play.
    has_begun = any(step.points > 0 for step in everything)
    open_chapters = [
        chapter for chapter in chapters if not chapter.is_done and (chapter.number > 0 or not has_begun)
    ]
    # What works can wait.
    following = min(open_chapters, key=lambda chapter: chapter.works, default=None)
    left = [step for step in following.steps if step.state != "done"] if following else []
    step = min(left, key=lambda step: step.points > 0, default=None)
    folder, picture = library_folder(), machine()
    if as_json:
        print_json(
            {
                "library": folder,
                **_counts(everything),
                "layers": {box.title: box.ownership.name.lower() for box in picture.boxes},
                "milestones": {milestone.title: date or None for milestone, date in reached()},
                "next": step.exercise.name if step is not None else None,
                "next_notebook": following.path if following is not None else None,
                "exercises": [_as_dict(step) for step in everything],
            }
        )
        return
    if _is_elsewhere():
        click.echo("This is not a folder of the course: go to yours with `cd`, and ask again.\n")
    elif folder is None:
        click.echo("There are no saved answers here yet: the first that passes makes the folder my_layers.\n")
    else:
        click.echo(f"Saved answers: {folder}\n")
    click.echo(_by_exercise(everything) if by_exercise else _by_chapter(chapters))
    click.echo(f"\n{_bar(everything)}\n")
    print_machine(picture)
    click.echo(f"\n{_milestones()}")
    for other in everything:
        if other.reason:
            click.echo(f"\nCheck again: {other.exercise.name}. {other.reason}.")
    click.echo(f"\n{_what_next(following, step)}")


def _counts(everything: Sequence[Step]) -> dict[str, float]:
    return {
        "done": sum(step.state == "done" for step in everything),
        "points": _points(everything),
        "max_points": sum(step.exercise.points for step in everything),
    }


def _bar(everything: Sequence[Step]) -> str:
    counts = _counts(everything)
    filled = int(BAR * counts["done"] // max(len(everything), 1))
    return (
        f"[{'#' * filled}{'.' * (BAR - filled)}] {counts['done']} of {len(everything)} exercises, "
        f"{counts['points']:g} of {counts['max_points']} points"
    )


def _milestones() -> str:
    """Say which milestones are reached, and when; and which exercise reaches the others."""
    lines = [
        f"[{'#' if date else ' '}] {milestone.title}: {date or f'with {milestone.exercise}'}"
        for milestone, date in reached()
    ]
    if any(date for _, date in reached()):
        lines.append("Their pictures, and what your layers say: `captioning built`.")
    return "\n".join(["Milestones", *lines])


def _what_next(chapter: ChapterState | None, step: Step | None) -> str:
    if chapter is None:
        return (
            "Everything is done: a captioner of which you have written every layer. Chapter 16 has it "
            "caption your pictures; train it on others with `captioning train`, and show a friend what you "
            "built with `captioning built`."
        )
    if step is None:
        return f"Next: chapter {chapter.number}, {chapter.title}.\n{_how_to_open(chapter)}"
    points = f"{step.exercise.points} point{'s' if step.exercise.points > 1 else ''}"
    name = step.exercise.name
    return f"Next: {name}, chapter {chapter.number}, {points}.\n{_how_to_open(chapter)}"


def _is_elsewhere() -> bool:
    return course_folder() is None and library_folder() is None


def _how_to_open(chapter: ChapterState) -> str:
    if _is_elsewhere():
        return "A folder of your own: captioning start my-course"
    return f"Open it: jupyter lab {argument(chapter.path)}"


def _points(steps: Iterable[Step]) -> float:
    return round(sum(step.points for step in steps), 1)


def _as_dict(step: Step) -> dict[str, object]:
    return {
        "exercise": step.exercise.name,
        "chapter": step.exercise.chapter,
        "points": step.exercise.points,
        "state": step.state,
        "runs": step.runs,
        "help": step.help,
        "path": step.path,
    }


def _by_exercise(everything: Sequence[Step]) -> str:
    rows = [
        (step.exercise.chapter, step.exercise.name, step.exercise.points, step.state, step.runs, step.help)
        for step in everything
    ]
    return tabulate(rows, headers=["chapter", "exercise", "points", "state", "whose code runs", "help"])


def _by_chapter(chapters: Sequence[ChapterState]) -> str:
    rows = []
    for chapter in chapters:
        inside = chapter.steps
        done = [step for step in inside if step.state == "done"]
        runs = Counter(step.runs for step in inside)
        points = f"{_points(inside):g}/{sum(s.exercise.points for s in inside)}"
        whose = ", ".join(runs) if len(runs) == 1 else ", ".join(f"{who}: {n}" for who, n in runs.items())
        state = f"{len(done)}/{len(inside)}" if inside else "run" if chapter.has_run else "to run"
        minutes = f"{chapter.minutes} min"
        rows.append((chapter.number, chapter.title, state, points if inside else "", minutes, whose))
    headers = ["chapter", "", "done", "points", "about", "whose code runs"]
    return tabulate(rows, headers=headers, colalign=["right", "left", "right", "right", "right", "left"])
