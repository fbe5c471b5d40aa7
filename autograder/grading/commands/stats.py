"""``captioning stats``: what a class finds hard."""

import dataclasses
from pathlib import Path

import click
from tabulate import tabulate

from autograder.grading.batch import Course, course_in
from autograder.grading.commands.shared import course_option
from autograder.grading.similarity import Pair, similar_submissions
from autograder.grading.statistics import Release, summary_of
from captioning.commands.shared import json_option, print_json
from captioning.errors import InputError
from captioning.files import write_text

_MOST_PAIRS = 30


@click.command()
@click.argument("assignments", nargs=-1, metavar="[ASSIGNMENT]...")
@course_option
@click.option(
    "--similar", is_flag=True, help="List answers that are alike, up to names and spacing: places to look."
)
@click.option(
    "--page",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Write one page with plots as well. It names students: it is for you.",
)
@json_option
def command(
    assignments: tuple[str, ...], folder: Path, similar: bool, page: Path | None, as_json: bool
) -> None:
    """Show for each exercise how many have it right, and the commonest mistakes with an example of each.

    Without an ASSIGNMENT, all that are released are shown, and how they compare.

    With --similar, pairs of answers are listed that are alike. What the stub, the reference or more than a
    third of the class has does not count. It proves nothing: look, and ask. Nothing of it is kept.

    Example: captioning stats 10_lstm 11_gru --page stats.html
    """
    with course_in(folder) as course:
        names = list(dict.fromkeys(assignments)) or course.assignments()
        if not names:
            raise InputError(
                f"nothing is released in {folder}. `captioning release 10_lstm` does that; --course names "
                "another course folder."
            )
        releases = [_release(course, name) for name in names]
        alike = {name: _alike(course, name) for name in names} if similar else {}
    if page is not None:
        from autograder.grading.stats_page import page_of  # noqa: PLC0415  (Matplotlib takes a second)

        write_text(page, page_of(releases, {name: pairs for name, (pairs, _) in alike.items()}))
    if as_json:
        print_json({"releases": [_as_json(release, alike) for release in releases]})
        return
    if len(releases) > 1:
        _print_releases(releases)
    for release in releases:
        _print_release(release)
        if release.assignment in alike:
            _print_alike(*alike[release.assignment])
    if page is not None:
        click.echo(f"\n{page} shows it with plots.")


def _release(course: Course, name: str) -> Release:
    return summary_of(course.assignment(name), course.recorded_verdicts(name), course.recorded_seconds(name))


def _alike(course: Course, name: str) -> tuple[list[Pair], list[str]]:
    return similar_submissions(course.assignment(name), course.release(name), course.notebooks(name))


def _as_json(release: Release, alike: dict[str, tuple[list[Pair], list[str]]]) -> dict[str, object]:
    found: dict[str, object] = dataclasses.asdict(release) | {"mean": release.mean}
    if release.assignment in alike:
        pairs, unread = alike[release.assignment]
        found |= {"similar": [dataclasses.asdict(pair) for pair in pairs], "unread": unread}
    return found


def _print_releases(releases: list[Release]) -> None:
    rows = []
    for release in releases:
        hardest = max(release.exercises, key=lambda each: each.failing)
        rows.append(
            (
                release.assignment,
                release.submissions,
                f"{release.mean:.1f} of {release.of:g}",
                f"{hardest.exercise}, {hardest.failing:.0%} fail" if hardest.failing else "",
            )
        )
    click.echo(tabulate(rows, headers=["", "graded", "mean points", "hardest"]))


def _print_release(release: Release) -> None:
    click.echo(f"\n{release.assignment}: {release.submissions} graded")
    rows = [
        (
            each.exercise,
            f"{each.failing:.0%}",
            f"{each.points:.2f} of {each.of:g}",
            "" if each.seconds is None else f"{each.seconds:.2f} s",
            f"{each.mistakes[0].students}: {each.mistakes[0].what}" if each.mistakes else "",
        )
        for each in release.exercises
    ]
    headers = ["exercise", "fail", "mean points", "time", "commonest mistake"]
    click.echo(tabulate(rows, headers=headers, maxcolwidths=[None, None, None, None, 60]))
    for each in release.exercises:
        if each.mistakes:
            click.echo(f"\n{each.exercise}")
        for made in each.mistakes:
            click.echo(f"  {made.students} of them: {made.what}\n      {made.example}: {made.said}")


def _print_alike(pairs: list[Pair], unread: list[str]) -> None:
    if pairs:
        click.echo("\nPlaces to look: answers that are alike, up to names and spacing. This proves nothing.")
        rows = [
            (
                pair.one,
                pair.other,
                f"{pair.share:.0%}",
                ", ".join(f"{name} {share:.0%}" for name, share in pair.exercises.items()),
            )
            for pair in pairs[:_MOST_PAIRS]
        ]
        click.echo(tabulate(rows, headers=["", "", "alike", "in"], maxcolwidths=[None, None, None, 60]))
        if len(pairs) > _MOST_PAIRS:
            click.echo(f"{len(pairs) - _MOST_PAIRS} more pairs; --json lists them all.")
    else:
        click.echo("\nNo two answers are alike beyond what many have.")
    if unread:
        click.echo(f"Not looked at, since they cannot be read: {', '.join(unread)}.")
