"""What attacks get elsewhere, and larger classes than the tests grade.

``python -m tests.hostile stock`` runs each attack under nbgrader alone, in a container of its own, and keeps
the marks; ``table`` writes them beside ours; ``class N`` grades a class of N, kills it midway, and grades it
again; ``speed`` compares with what it takes to load NumPy, ``nbgrader`` with what nbgrader takes alone.
"""

import hashlib
import json
import os
import random
import re
import resource
import shutil
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import click
from tqdm import tqdm

from autograder.exercises.registry import all_exercises
from autograder.grading.probes import good_isolation
from autograder.grading.reference import grade
from autograder.grading.workers import Cell, Worker
from captioning.files import write_text
from coursebuilder.prerequisites import prerequisites
from coursebuilder.release import GUARD
from tests.attacks import ALL, ATTACKS, NAME, Attack, Course, handed_in
from tests.class_folder import gradebook_marks, make_course, submit
from tests.honest import as_bytes, honest
from tests.notebooks import right_cells

KEPT = Path(__file__).with_suffix(".json")
TABLE = Path(__file__).parents[1] / "autograder" / "ATTACKS.md"
SECONDS, CELL_SECONDS = 300, 20
PLAIN_CONFIG = f"""\
c = get_config()
c.CourseDirectory.course_id = "captioning-from-scratch"
c.ExecutePreprocessor.timeout = {CELL_SECONDS}
"""


@click.group()
def main() -> None:
    """Attacks under nbgrader alone, and large classes."""


# Under nbgrader alone


@main.command()
@click.argument("numbers", nargs=-1, type=int)
def stock(numbers: tuple[int, ...]) -> None:
    """Run attacks under nbgrader without anything of ours but the students' part, and keep the marks."""
    kept: dict[str, Any] = json.loads(KEPT.read_text(encoding="utf-8")) if KEPT.exists() else {"marks": {}}
    with tempfile.TemporaryDirectory() as folder:
        plain = _plain_course(Path(folder))
        chosen = [attack for attack in ATTACKS.values() if not numbers or attack.number in numbers]
        for attack in tqdm(chosen, disable=None):
            if not attack.elsewhere:
                kept["marks"][str(attack.number)] = _under_nbgrader(plain, attack)
                print(attack.number, attack.what, kept["marks"][str(attack.number)], flush=True)
    kept["settings"] = {
        "nbgrader": version("nbgrader"),
        "Python": sys.version.split()[0],
        "seconds for a cell": CELL_SECONDS,
        "command": "nbgrader autograde 09_rnn --create",
        "at the end": "z_right, a right notebook that is graded after it",
    }
    kept["marks"] = dict(sorted(kept["marks"].items(), key=lambda pair: int(pair[0])))
    write_text(KEPT, json.dumps(kept, indent=1) + "\n")


def _plain_course(folder: Path, *, with_demonstrations: bool = True) -> Path:
    """Return a course folder that nbgrader has released, with its own settings and stubs."""
    ours, plain = make_course(folder / "ours"), folder / "plain"
    shutil.copytree(ours / "source", plain / "source")
    path = plain / "source" / NAME / f"{NAME}.ipynb"
    text = path.read_text(encoding="utf-8")
    assert json.dumps(GUARD)[1:-1] in text or GUARD.splitlines()[0] in text
    notebook = json.loads(text)
    for cell in notebook["cells"]:
        cell["source"] = "".join(cell["source"]).removeprefix(GUARD)
    if not with_demonstrations:
        notebook["cells"] = [cell for cell in notebook["cells"] if not _demonstrates(cell)]
    path.write_text(json.dumps(notebook), encoding="utf-8")
    (plain / "nbgrader_config.py").write_text(PLAIN_CONFIG, encoding="utf-8")
    _contained(plain, "generate_assignment", NAME, "--create")
    return plain


def _demonstrates(cell: dict[str, Any]) -> bool:
    """Tell a cell of code that is neither an answer nor a check, nor imports what these need."""
    is_theirs = "nbgrader" in cell["metadata"] or cell["source"].startswith(("import ", "from "))
    return cell["cell_type"] == "code" and not is_theirs


def _under_nbgrader(plain: Path, attack: Attack) -> list[float | None]:
    """Return what an attack got, and what one got who was graded after it."""
    with tempfile.TemporaryDirectory() as folder:
        course = Path(folder) / "course"
        shutil.copytree(plain, course)
        submit(course, "attack", handed_in(attack, Course(course)))
        submit(course, "z_right", {f"{NAME}.ipynb": as_bytes(Course(course).right())})
        stays = "fork" in attack.runs  # and acts when its notebook is done
        _contained(course, "autograde", NAME, "--create", after="sleep 12" if stays else "true")
        marks = gradebook_marks(course) if (course / "gradebook.db").exists() else {}
        return [marks.get("attack"), marks.get("z_right")]


def _contained(course: Path, *arguments: str, after: str = "true") -> None:
    """Run nbgrader where it sees this machine and can change nothing but a course folder."""
    inside = [
        *("bwrap", "--unshare-all", "--die-with-parent", "--ro-bind", "/", "/", "--tmpfs", "/tmp"),
        *("--dev", "/dev", "--proc", "/proc", "--bind", str(course), str(course), "--chdir", str(course)),
        *(
            "--setenv",
            "HOME",
            str(course),
            "--setenv",
            "PATH",
            f"{Path(sys.executable).parent}:/usr/bin:/bin",
        ),
    ]
    command = ["sh", "-c", f'nbgrader "$@"; {after}', "nbgrader", *arguments]
    limits = ["prlimit", f"--as={8 << 30}", f"--fsize={64 << 20}"]
    with (course / "log.txt").open("w") as log:
        try:
            subprocess.run([*inside, *limits, *command], timeout=SECONDS, stdout=log, stderr=log, check=False)
        except subprocess.TimeoutExpired:
            print(f"stopped after {SECONDS} s", file=sys.stderr)


@main.command()
def table() -> None:
    """Write the table of the documentation."""
    write_text(TABLE, attacks_table())


def attacks_table() -> str:
    """Return what each attack gets, here and under nbgrader alone, as Markdown."""
    kept = json.loads(KEPT.read_text(encoding="utf-8"))
    settings = "; ".join(f"{name}: {value}" for name, value in kept["settings"].items())
    rows = []
    for number, attack in ATTACKS.items():
        theirs = kept["marks"].get(str(number))
        if theirs is None:
            said, other = f"not tried: {attack.elsewhere}" if attack.elsewhere else "not tried", ""
        else:
            said, other = (_mark(mark) for mark in theirs)
        rows.append(f"| {number} | {attack.what} | {_mark(attack.earned)} | {said} | {other} |")
    return f"""\
# Attacks, and what they get

Each is a notebook of `tests/attacks.py`, handed in for a chapter of {ALL:g} points: two forward functions (5
points) and two backward ones. All are stubs, or the forward ones are right: that is its honest part.
`tests/test_class.py` grades all of them here: each gets its honest part, and nobody else's mark is another.
Attacks 1 to 36 are known from other courses and graders; the rest we tried ourselves.

`python -m tests.hostile stock` runs them under nbgrader alone, each in a container of its own, with a right
notebook that is graded after it. “none” means that nothing was recorded. The settings were: {settings}.

| | what it does | here | nbgrader | the next, of {ALL:g} |
|--:|---|--:|--:|--:|
{chr(10).join(rows)}
"""


def _mark(mark: float | None) -> str:
    return "none" if mark is None else f"{mark:g}"


# Large classes


@main.command("class")
@click.argument("size", type=int)
@click.option("--folder", type=click.Path(path_type=Path), help="Where; by default a temporary folder.")
@click.option("--jobs", default=2, show_default=True)
@click.option("--kill/--no-kill", default=True, show_default=True, help="Kill it midway, and run it again.")
def grade_class(size: int, folder: Path | None, jobs: int, kill: bool) -> None:
    """Grade a varied class; say what it takes, and whether what is exported is the same after a kill."""
    with tempfile.TemporaryDirectory() as temporary:
        course = make_course((folder or Path(temporary)) / "course")
        expected = dict(varied(course, size))
        began = time.monotonic()
        if kill:
            _kill_after(_command(course, jobs), course, size // 2)
        again = _measured(_command(course, jobs))
        marks = gradebook_marks(course)
        wrong = {name: (marks.get(name), mark) for name, mark in expected.items() if marks.get(name) != mark}
        print(f"{size} submissions, {jobs} at a time: {time.monotonic() - began:.0f} s")
        print(f"after the kill: {again}" if kill else again)
        print(f"not as expected: {wrong or 'none'}")
        exported = _export(course)
        for path in (course / "gradebook.db", course / ".captioning" / "verdicts", course / "autograded"):
            shutil.rmtree(path) if path.is_dir() else None
        shutil.rmtree(course / ".captioning" / "recorded")
        print("again from the beginning:", _measured(_command(course, jobs)))
        same = _export(course) == exported
        print(f"the export is {'the same to the byte' if same else 'ANOTHER'}: {exported}")
        raise SystemExit(bool(wrong) or not same)


def varied(course: Path, size: int, seed: int = 0) -> Iterator[tuple[str, float]]:
    """Hand in a class; yield who handed in, and what they should get.

    One in fifty is an attack, of those that end soon; the others are right or half right, as an accident
    has left them.
    """
    rng = random.Random(seed)
    given = Course(course)
    right = list(honest(given).values())
    slow = {18, 22, 29, 40, 42, 43, 47, 54, 56, 57, 58}
    attacks = [attack for attack in ATTACKS.values() if attack.number not in slow]
    half = as_bytes(given.forwards())
    for number in range(size):
        student = f"s{number:05}"
        if number % 50 == 7:
            attack = rng.choice(attacks)
            files: dict[str, bytes | str] = dict(handed_in(attack, given))
            mark = attack.earned
        elif rng.random() < 0.3:
            files, mark = {f"{NAME}.ipynb": half}, 5.0
        else:
            files, mark = {f"{NAME}.ipynb": rng.choice(right)}, ALL
        submit(course, student, files)
        yield student, mark


def _command(course: Path, jobs: int) -> list[str]:
    program = "from captioning.cli import main; main()"
    return [sys.executable, "-c", program, "grade", NAME, "--course", str(course), "--jobs", str(jobs)]


def _kill_after(command: list[str], course: Path, count: int) -> None:
    """Start a command, and kill it when so many verdicts are kept."""
    with subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL) as process:
        while process.poll() is None and _count(course) < count:
            time.sleep(2)  # looking takes time as well
        process.send_signal(signal.SIGKILL)
    print(f"killed with {_count(course)} verdicts kept")


def _count(course: Path) -> int:
    return sum(1 for _ in (course / ".captioning" / "verdicts").rglob("*.json"))


def _measured(command: list[str]) -> str:
    """Run a command; return its time, the processor's, and its largest memory."""
    began, memory = time.monotonic(), 0
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    before = _children_s_seconds()
    status = Path(f"/proc/{process.pid}/status")
    while process.poll() is None:
        found = re.search(r"VmHWM:\s+(\d+) kB", status.read_text()) if status.exists() else None
        memory = int(found[1]) if found else memory
        time.sleep(0.2)
    seconds = _children_s_seconds() - before
    took = time.monotonic() - began
    return f"{took:.0f} s, {seconds:.0f} s of computing without workers, {memory / 1024:.0f} MB in the grader"


def _children_s_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def _export(course: Path) -> str:
    """Return a digest of what ``captioning marks`` prints."""
    program = "from captioning.cli import main; main()"
    done = subprocess.run(
        [sys.executable, "-c", program, "marks", NAME, "--course", str(course)],
        capture_output=True,
        check=True,
    )
    return hashlib.sha256(done.stdout).hexdigest()


@main.command()
@click.option("--times", default=20, show_default=True)
def speed(times: int) -> None:
    """Grade a right notebook of the LSTM, and load NumPy, in turn; compare the processor's time."""
    graded: list[float] = []
    loaded: dict[str, list[float]] = {"": [], ", in one thread": []}
    for seconds in _graded("solutions.lstm", 10, times + 1):
        graded.append(seconds)
        for how, found in loaded.items():
            # NumPy's library starts a thread for each processor, which computes while it waits.
            threads = {"OPENBLAS_NUM_THREADS": "1"} if how else {}
            before = _children_s_seconds()
            command = [sys.executable, "-I", "-c", "import numpy"]
            subprocess.run(command, env=os.environ | threads, check=True)
            found.append(_children_s_seconds() - before)
    # The first of each fills caches.
    one = statistics.median(graded[1:])
    for how, found in loaded.items():
        other = statistics.median(found[1:])
        print(f"grading {one:.3f} s, loading NumPy{how} {other:.3f} s of computing: {one / other:.2f} times")


def _graded(answers: str, chapter: int, times: int) -> Iterator[float]:
    """Grade right answers to a chapter so often; yield each time how long it computed."""
    exercises = tuple(each for each in all_exercises().values() if each.chapter == chapter)
    code = [Cell(f"cell {number}", text) for number, text in enumerate(right_cells(answers))]
    with tempfile.TemporaryDirectory() as folder:
        for name, text in prerequisites(before=chapter).items():
            Path(folder, name).write_text(text, encoding="utf-8")
        isolation = good_isolation(None)
        for number in range(times):
            began = time.process_time()
            with Worker(isolation, code, prerequisites=Path(folder)) as worker:
                assert all(grade(exercise, worker, number).passed for exercise in exercises)
                seconds = worker._cpu()
            yield seconds + time.process_time() - began


@main.command()
@click.option("--times", default=3, show_default=True)
@click.option("--count", default=4, show_default=True, help="Submissions each time.")
def nbgrader(times: int, count: int) -> None:
    """Grade right notebooks of the RNN here and under nbgrader alone, in turn; compare the processor's time.

    Of nbgrader one submission counts as what each further one takes: its start is left out.
    """
    for kept in (True, False):
        theirs: list[float] = []
        ours: list[float] = []
        graded = _graded("solutions.rnn", 9, 1 + times * count)
        next(graded)
        with tempfile.TemporaryDirectory() as folder:
            plain = _plain_course(Path(folder), with_demonstrations=kept)
            for _ in range(times):
                theirs.append((_nbgrader_s(plain, 1 + count) - _nbgrader_s(plain, 1)) / count)
                ours += [next(graded) for _ in range(count)]
        their, our = statistics.median(theirs), statistics.median(ours)
        which = "with" if kept else "without"
        print(f"{which} demonstrations: nbgrader {their:.2f} s, here {our:.3f} s: {their / our:.1f} times")


def _nbgrader_s(plain: Path, count: int) -> float:
    """Return how long nbgrader computes to grade so many right notebooks."""
    with tempfile.TemporaryDirectory() as folder:
        course = Path(folder) / "course"
        shutil.copytree(plain, course)
        right = as_bytes(Course(course).right())
        for number in range(count):
            submit(course, f"s{number}", {f"{NAME}.ipynb": right})
        before = _children_s_seconds()
        command = [sys.executable, "-m", "nbgrader", "autograde", NAME, "--create"]
        subprocess.run(command, cwd=course, check=True, capture_output=True)
        seconds = _children_s_seconds() - before
        marks = gradebook_marks(course)
        assert len(marks) == count, marks
        assert min(marks.values()) == max(marks.values()) > 0, marks
        return seconds


if __name__ == "__main__":
    main()
