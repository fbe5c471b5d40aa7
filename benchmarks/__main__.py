"""``python -m benchmarks``: the table of ratios, and whether each target is met."""

import json
import os
import platform
import sys
from collections.abc import Callable
from pathlib import Path

import click
import numpy as np
import torch
from tabulate import tabulate
from threadpoolctl import threadpool_info, threadpool_limits
from tqdm import tqdm

from benchmarks.coco_size import CAPTIONS
from benchmarks.contests import NAIVE_FLOAT64, OURS, PYTORCH, Contest, contests
from benchmarks.timing import median_seconds

FASTER_THAN_NAIVE = 2.5
VALIDATED_WITHIN = 65
LIMIT, LIMIT_SIZE = "a large product", 2048
LIMIT_OPERATIONS = 2.0 * LIMIT_SIZE**3
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
    if contest.operations is not None:
        # What the products alone would take at the speed of one large product.
        limit = contest.operations * seconds[LIMIT] / LIMIT_OPERATIONS
        add("ours / the machine's limit", ours / limit)
    if contest.captions is not None:
        add("captions a second", contest.captions / ours)
    for contestant in (OURS, PYTORCH) if contest.learned is not None else ():
        caption = seconds[contestant] / contest.learned
        add(f"{contestant}, s for 1000 captions", 1000 * caption)
        add(f"{contestant}, minutes for an epoch of COCO", CAPTIONS["train"] * caption / 60)
    if contest.validated is not None:
        whole = CAPTIONS["val"] * ours / contest.validated
        add("ours, s for all of COCO", whole, f"at most {VALIDATED_WITHIN}", whole <= VALIDATED_WITHIN)
    for contestant, peak in (contest.peak_bytes or {}).items():
        gigabytes = peak / 1e9
        if contestant == OURS:
            limit = contest.gigabytes_at_most
            target = () if limit is None else (f"at most {limit}", gigabytes <= limit)
            add("ours, peak GB", gigabytes, *target)
        else:
            add(f"{contestant}, peak GB", gigabytes)
    return rows


def processor() -> str:
    """Return the processor's name, and as which OpenBLAS knows it: the latter says whether it has AVX-512."""
    path = Path("/proc/cpuinfo")
    lines = path.read_text().splitlines() if path.exists() else []
    names = [line.partition(": ")[2] for line in lines if line.startswith("model name")]
    kernels = {info["architecture"] for info in threadpool_info() if "architecture" in info}
    return f"{next(iter(names), platform.processor())} ({', '.join(sorted(kernels))})"


def large_product() -> Callable[[], object]:
    """Return a product of matrices that are large enough for the machine's best speed."""
    one, other = np.random.default_rng(0).standard_normal((2, LIMIT_SIZE, LIMIT_SIZE)).astype(np.float32)
    out = np.empty_like(one)
    return lambda: np.matmul(one, other, out=out)


def environment(threads: int) -> dict:
    """Return what the numbers depend on."""
    return {
        "processor": processor(),
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
            contestants = contest.contestants
            if contest.operations is not None:
                contestants = contestants | {LIMIT: large_product()}
            rows += rows_of(name, contest, median_seconds(contestants, repeats, bar))
    if as_json:
        print(json.dumps({"environment": environment(threads), "rows": rows}, indent=2))
        return
    verdicts = {None: "", True: "met", False: "not met"}
    table = [[*list(row.values())[:4], verdicts[row["met"]]] for row in rows]
    print(tabulate(table, headers=["benchmark", "measure", "value", "target", ""], floatfmt=".2f"))
    print(", ".join(f"{name} {value}" for name, value in environment(threads).items()))


if __name__ == "__main__":
    main()
