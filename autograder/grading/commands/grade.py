"""``captioning grade``: what a class handed in, graded in a sandbox and recorded in nbgrader's gradebook."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import click
from tabulate import tabulate
from tqdm import tqdm

from autograder.grading.batch import Entry, How, course_in, grade_class
from autograder.grading.cluster import cluster_at
from autograder.grading.commands.shared import course_option
from autograder.grading.graded import Grader
from autograder.grading.isolation import NAMES
from autograder.grading.probes import good_isolation
from captioning.commands.shared import json_option, note, print_json

NOT_ALL_GRADED = 3


@click.command()
@click.argument("assignment")
@course_option
@click.option("--student", help="Grade one student alone.")
@click.option("--jobs", type=click.IntRange(1), help="So many at a time; by default one.")
@click.option(
    "--scheduler", metavar="ADDRESS", help="Grade on the machines of a dask cluster: its scheduler's address."
)
@click.option(
    "--isolation",
    type=click.Choice(NAMES),
    help="The sandbox, by default the strictest of this machine; `none` is for what you would run yourself.",
)
@click.option("--dry-run", is_flag=True, help="Write nothing; list whose marks would change, and why.")
@click.option("--lower", is_flag=True, help="Let marks become lower though nothing was handed in again.")
@json_option
@click.pass_context
def command(
    ctx: click.Context,
    assignment: str,
    folder: Path,
    student: str | None,
    jobs: int | None,
    scheduler: str | None,
    isolation: str | None,
    dry_run: bool,
    lower: bool,
    as_json: bool,
) -> None:
    """Grade what was handed in, and record marks and reasons in nbgrader's gradebook.

    Each notebook's code runs in a sandbox that is tried first: where it does not hold, nothing is recorded.
    What is handed in stays as it is. Only what has changed is graded again, so a run that was stopped is run
    again. A notebook that cannot be read or is of another chapter is listed with the reason; its mark stays
    as it was.

    With --scheduler the machines of a dask cluster grade, each in a sandbox of its own; they need the same
    checkout, and neither this folder nor the gradebook.

    It exits with 0 if all are graded, and with 3 if some are not.

    Example: captioning grade 10_lstm --jobs 4
    """
    if jobs is not None and scheduler is not None:
        raise click.UsageError("--jobs is for this machine, --scheduler for others: give one of them.")
    if isolation == "none":
        note(
            "WITHOUT A SANDBOX: each submission can do what you can do on this machine, and give itself any "
            "mark. Every result says so."
        )
    bar = tqdm(desc="grading", unit="submission", leave=False, disable=None)
    with course_in(folder) as course, _grader(scheduler, isolation, jobs) as (grader, at_once), bar:

        def on_done(done: int, of: int) -> None:
            bar.total = of
            bar.update(done - bar.n)

        how = How(grader, at_once, dry_run, lower)
        entries = grade_class(course, assignment, how, student, on_done)
    if as_json:
        found = [_summary(entry) for entry in entries]
        ways = sorted({place.isolation for place in grader.places})
        print_json({"assignment": assignment, "isolation": ", ".join(ways), "submissions": found})
    else:
        _print(entries, dry_run=dry_run)
    if any(entry.problem for entry in entries):
        ctx.exit(NOT_ALL_GRADED)


@contextmanager
def _grader(scheduler: str | None, isolation: str | None, jobs: int | None) -> Iterator[tuple[Grader, int]]:
    """Give who judges, and how many submissions at once."""
    if scheduler is not None:
        with cluster_at(scheduler, isolation) as found:
            yield found
    else:
        yield Grader.here(isolation if isolation == "none" else good_isolation(isolation)), jobs or 1


def _total(points: dict[str, float] | None) -> float | None:
    return None if points is None else sum(points.values())


def _summary(entry: Entry) -> dict[str, object]:
    points = None if entry.graded is None else entry.graded.points
    return {
        "student": entry.student,
        "points": _total(points),
        "exercises": points,
        "before": _total(entry.before),
        "why": entry.why,
        "kept": entry.kept,
        "problem": entry.problem,
    }


def _print(entries: list[Entry], *, dry_run: bool) -> None:
    rows = []
    for entry in entries:
        after = "" if entry.graded is None else _total(entry.graded.points)
        before = _total(entry.before)
        changed = entry.why or before != after
        if dry_run and not changed and not entry.problem:
            continue
        remark = f"{entry.why}; today's would be lower, the old ones are kept" if entry.kept else entry.why
        rows.append((entry.student, "" if before is None else before, after, entry.problem or remark))
    if rows:
        headers = ["student", "before", "points", ""]
        click.echo(tabulate(rows, headers=headers, maxcolwidths=[None, None, None, 70]))
    failed = [entry for entry in entries if entry.problem]
    done = len(entries) - len(failed)
    click.echo(f"\n{done} of {len(entries)} graded{', nothing written' if dry_run else ''}.")
    if failed:
        click.echo(f"Not graded: {', '.join(entry.student for entry in failed)}; the reasons stand above.")
