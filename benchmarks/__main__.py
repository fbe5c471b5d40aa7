"""``python -m benchmarks``: the table of ratios, and whether each target is met."""

import json
import os
import platform
import sys

import click
import numpy as np
import torch
from tabulate import tabulate
from threadpoolctl import threadpool_limits
from tqdm import tqdm

from benchmarks.contests import NAIVE_FLOAT64, OURS, PYTORCH, Contest, contests
from benchmarks.timing import median_seconds

FASTER_THAN_NAIVE = 2.5
REPEATS, QUICK_REPEATS = 15, 3


def rows_of(name: str, contest: Contest, seconds: dict[str, float]) -> list[dict]:
    """Return the comparisons of one contest: what was measured, the target, and whether it is met."""
    rows = []

    def add(measure, value, target=None, met=None):
        rows.append({"benchmark": name, "measure": measure, "value": value, "target": target, "met": met})

    ours = seconds[OURS]
    add("ours, ms", 1000 * ours)
    if PYTORCH in seconds:
        ratio = ours / seconds[PYTORCH]
        add("ours / PyTorch", ratio, f"at most {contest.at_most}", ratio <= contest.at_most)
    if NAIVE_FLOAT64 in seconds:
        ratio = seconds[NAIVE_FLOAT64] / ours
        add("naive float64 / ours", ratio, f"at least {FASTER_THAN_NAIVE}", ratio >= FASTER_THAN_NAIVE)
    if contest.captions is not None:
        add("captions a second", contest.captions / ours)
    for contestant, peak in (contest.peak_bytes or {}).items():
        gigabytes = peak / 1e9
        if contestant == OURS:
            limit = contest.gigabytes_at_most
            add("ours, peak GB", gigabytes, f"at most {limit}", gigabytes <= limit)
        else:
            add(f"{contestant}, peak GB", gigabytes)
    return rows


def environment(threads: int) -> dict:
    """Return what the numbers depend on."""
    return {
        "python": platform.python_version(),
        "numpy": np.__version__,
        "pytorch": torch.__version__,
        "threads": threads,
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
    }


@click.command()
@click.option("--quick", is_flag=True, help=f"{QUICK_REPEATS} turns instead of {REPEATS}.")
@click.option("--only", metavar="NAME", default="", help="Only the benchmarks whose name contains NAME.")
@click.option("--threads", default=2, show_default=True, help="Threads that each contestant may use.")
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def main(quick: bool, only: str, threads: int, as_json: bool) -> None:
    """Compare our layers with PyTorch's, and with the naive version that courses hand out.

    Contestants take turns in one process; a ratio is one of medians. Let nothing else run meanwhile: a
    load above the number of threads is other people's work, and both contestants then wait for threads
    that do not get a core.
    """
    repeats = QUICK_REPEATS if quick else REPEATS
    chosen = {name: make for name, make in contests().items() if only in name}
    if not chosen:
        raise click.UsageError(f"no benchmark is called {only!r}; there are: {', '.join(contests())}")
    torch.set_num_threads(threads)
    rows = []
    with threadpool_limits(threads), tqdm(file=sys.stderr, unit="call", disable=None) as bar:
        for name, make in chosen.items():
            bar.set_description(name)
            contest = make()
            rows += rows_of(name, contest, median_seconds(contest.contestants, repeats, bar))
    if as_json:
        print(json.dumps({"environment": environment(threads), "rows": rows}, indent=2))
        return
    verdicts = {None: "", True: "met", False: "not met"}
    table = [[*list(row.values())[:4], verdicts[row["met"]]] for row in rows]
    print(tabulate(table, headers=["benchmark", "measure", "value", "target", ""], floatfmt=".2f"))
    print(", ".join(f"{name} {value}" for name, value in environment(threads).items()))


if __name__ == "__main__":
    main()
