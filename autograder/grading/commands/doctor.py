"""``captioning doctor``: which sandbox this machine can have, and what holds in it."""

import click
from tabulate import tabulate

from autograder.grading.isolation import SANDBOXES
from autograder.grading.probes import Probed, probe_worker
from captioning.commands.shared import json_option, print_json
from captioning.errors import InputError

NONE_HOLDS = 3


@click.command()
@click.option("--isolation", type=click.Choice(SANDBOXES), help="Try one sandbox alone.")
@json_option
@click.pass_context
def command(ctx: click.Context, isolation: str | None, as_json: bool) -> None:
    """Tell which sandbox this machine can have for grading.

    In each sandbox a worker tries what a student's code must not be able to: to start programs, to open
    sockets, to read the answers or the gradebook, to fill the disk or the memory. A sandbox is good if all
    of it fails.

    It exits with 0 if there is a good one, and with 3 if there is none.

    Example: captioning doctor
    """
    tried: dict[str, list[Probed] | str] = {}
    for way in [isolation] if isolation else SANDBOXES:
        try:
            tried[way] = probe_worker(way)
        except InputError as error:
            tried[way] = str(error)
    good = [way for way, result in tried.items() if is_good(result)]
    if as_json:
        print_json({"good": good, **{way: _summary(result) for way, result in tried.items()}})
    else:
        _print(tried)
    if not good:
        ctx.exit(NONE_HOLDS)


def is_good(result: list[Probed] | str) -> bool:
    """Tell whether all probes of a sandbox were held."""
    return not isinstance(result, str) and all(probed.held for probed in result)


def _summary(result: list[Probed] | str) -> dict[str, object]:
    if isinstance(result, str):
        return {"probes": [], "problem": result}
    return {"probes": [vars(probed) for probed in result], "problem": None}


def _print(tried: dict[str, list[Probed] | str]) -> None:
    results = {way: result for way, result in tried.items() if not isinstance(result, str)}
    if results:
        rows = [
            (probes[0].attempt, *("held" if probed.held else "NOT HELD" for probed in probes))
            for probes in zip(*results.values(), strict=True)
        ]
        click.echo(tabulate(rows, headers=["a worker tries to", *results]))
        click.echo()
    for way, result in tried.items():
        if isinstance(result, str):
            click.echo(f"{way}: not on this machine. {result}")
        elif is_good(result):
            click.echo(f"{way}: good, all {len(result)} attempts fail.")
        else:
            click.echo(f"{way}: not good, {sum(not probed.held for probed in result)} attempts succeed.")
    if not any(map(is_good, tried.values())):
        click.echo(
            "\nNothing can be graded in a sandbox here. Install bubblewrap (`apt-get install bubblewrap`), "
            "or grade on a Linux with Landlock (5.13 or newer). `captioning grade --isolation none` grades "
            "without one: only what you would run yourself."
        )
