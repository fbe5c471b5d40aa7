"""``captioning check``: check the answers in notebooks and scripts."""

from pathlib import Path

import click
from tabulate import tabulate
from tqdm import tqdm

from autograder.judge.render import as_junit
from autograder.student.apart import check_apart
from autograder.student.checking import SECONDS, Checked
from autograder.student.course import Task, plan
from autograder.student.files import find_files
from captioning.commands.shared import Number, json_option, print_json, print_machine
from captioning.course.machine import machine
from captioning.files import atomic_write

NOT_YET_RIGHT = 3


@click.command()
@click.argument("where", metavar="[WHERE...]", nargs=-1)
@click.option(
    "--all",
    "whole_course",
    is_flag=True,
    help="List every exercise of the course, also those of which WHERE has no answer.",
)
@click.option(
    "--seconds",
    metavar="S",
    type=Number(0, 86_400, min_open=True),
    default=SECONDS,
    show_default=True,
    help="Stop an answer that takes longer.",
)
@click.option(
    "--junit",
    "junit",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write the result as JUnit's XML too, as test reports of CI services read it.",
)
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    where: tuple[str, ...],
    whole_course: bool,
    seconds: float,
    junit: Path | None,
    as_json: bool,
) -> None:
    """Check the answers in notebooks and scripts.

    WHERE is a notebook, a script, a folder of them, or a name such as 10_lstm; with --all it is the current
    folder unless another is given. Of a file the imports, functions, classes and plain assignments are
    loaded; cells that train or draw are not run. Each answer is tried in a process of its own, so that one
    which ends the program costs no other. Answers that pass are saved for later chapters.

    It exits with 0 if all are right, and with 3 if some are not yet.

    Example: captioning check 10_lstm
    """
    if not where and not whole_course:
        raise click.UsageError("say what to check: a notebook, a script, a folder, or --all for this folder.")
    paths = [path for place in where or (".",) for path in find_files(place)]
    tasks, problems, near = plan(paths, whole_course=whole_course)
    tqdm.monitor_interval = 0  # no thread beside the processes that are forked
    bar = tqdm(tasks, desc="checking", unit="exercise", leave=False, disable=None)
    checked = [(task, check_apart(task, seconds)) for task in bar]
    answered = {verdict.exercise for _, verdict in checked if not _is_unwritten(verdict)}
    near = [passed_over for passed_over in near if passed_over.exercise not in answered]
    if junit is not None:
        with atomic_write(junit) as temporary:
            temporary.write_text(as_junit(verdict for _, verdict in checked), encoding="utf-8")
    if as_json:
        print_json(
            _summary(checked)
            | {
                "problems": {str(path): why for path, why in problems.items()},
                "passed_over": [str(passed_over) for passed_over in near],
            }
        )
    else:
        for passed_over in near:
            click.echo(f"{passed_over}\n")
        _print(checked, problems)
    if problems or not all(verdict.passed for _, verdict in checked):
        ctx.exit(NOT_YET_RIGHT)


def _print(checked: list[tuple[Task, Checked]], problems: dict[Path, str]) -> None:
    for why in problems.values():
        click.echo(f"{why}\n")
    for _, verdict in checked:
        if not verdict.passed and (verdict.note or not _is_unwritten(verdict)):
            click.echo(f"{verdict}\n")
    if not checked:
        if not problems:
            click.echo("There is no answer to an exercise in these files.")
        return
    rows = [
        (
            task.exercise.chapter,
            verdict.exercise,
            f"{verdict.points:g}/{verdict.max_points:g}",
            _in_a_word(verdict),
            task.file.path.name if task.file is not None and task.is_answered else "",
        )
        for task, verdict in checked
    ]
    click.echo(tabulate(rows, headers=["chapter", "exercise", "points", "result", "file"]))
    right = sum(verdict.passed for _, verdict in checked)
    points, of = (sum(getattr(verdict, name) for _, verdict in checked) for name in ("points", "max_points"))
    click.echo(f"\n{right} of {len(checked)} right, {points:g} of {of:g} points.")
    if any(verdict.machine is not None for _, verdict in checked):
        click.echo()
        print_machine(machine())
    for note in dict.fromkeys(verdict.note for _, verdict in checked if "not be saved" in verdict.note):
        click.echo(note)


def _is_unwritten(verdict: Checked) -> bool:
    return any(finding.kind == "not written" for finding in verdict.findings)


def _in_a_word(verdict: Checked) -> str:
    if verdict.passed:
        return "right"
    if verdict.works:
        return "works, contract open"
    first = verdict.findings[0]
    return f"{first.argument}: {first.kind}" if first.argument else str(first.kind)


def _summary(checked: list[tuple[Task, Checked]]) -> dict[str, object]:
    return {
        "right": sum(verdict.passed for _, verdict in checked),
        "points": sum(verdict.points for _, verdict in checked),
        "max_points": sum(verdict.max_points for _, verdict in checked),
        "exercises": [
            verdict.as_dict()
            | {"chapter": task.exercise.chapter, "file": task.file.path if task.file is not None else None}
            for task, verdict in checked
        ],
    }
