"""Checking files of answers, and how far a student is in the course."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from autograder.exercises.exercise import Exercise
from autograder.exercises.registry import all_exercises
from autograder.judge.verdict import Finding, Kind
from autograder.student.checking import SECONDS, Checked, check_thing, required_by
from autograder.student.files import AnswerFile, chapter_of
from autograder.student.loading import Definitions, load
from autograder.student.patching import numpy_now
from captioning import layers
from captioning.answers import library
from captioning.answers.state import read_state
from captioning.course.folder import chapter_names, started_chapters, starter_folder
from captioning.errors import InputError
from captioning.source.notebook import load_notebook, raw_cells, read_cells

WORDS_A_MINUTE = 150
MINUTES_A_POINT = 8


@dataclass(frozen=True)
class Task:
    """An exercise to be checked.

    Attributes:
        exercise: what was asked.
        file: where the answer is, or should be; None if no file is of this chapter.
    """

    exercise: Exercise
    file: AnswerFile | None

    @property
    def is_answered(self) -> bool:
        """Whether a file has an answer, right or wrong."""
        return self.file is not None and self.file.has(self.exercise.name)

    def check(
        self,
        seconds: float = SECONDS,
        *,
        loading: Callable[[str], object] = lambda place: None,
        checking: Callable[[], object] = lambda: None,
        saving: Callable[[], object] = lambda: None,
    ) -> Checked:
        """Check the answer in this process, as in a notebook in the folder of its file.

        Args:
            seconds: after which the answer is stopped; loading it is not.
            loading: gets the place of each statement before it is loaded.
            checking: is called when all is loaded.
            saving: is called after the verdict.
        """
        if self.file is None:
            return self.not_passed(Kind.NOT_WRITTEN, f"There is no {self.exercise.name} in these files.")
        if not self.is_answered:
            problems = self.file.problems
            return self.not_passed(
                Kind.RAISED if problems else Kind.NOT_WRITTEN,
                " ".join([f"There is no {self.exercise.name} in {self.file.path}.", *problems]),
            )
        left_open = self.file.left_open(self.exercise.name)
        if left_open:
            # What it would be tried with may not be there yet either: that is not what is wrong with it.
            verdict = self.not_passed(Kind.NOT_WRITTEN, f"{left_open.rstrip('.')}.")
            return replace(verdict, note=self._another(verdict.findings))
        with library.working_in(self.file.path.parent):
            before = numpy_now()
            top = self.exercise.name.partition(".")[0]
            found = load(self.file, {top, *required_by(self.exercise)}, loading)
            if top not in found.names:
                return self.not_passed(Kind.RAISED, f"{top} could not be loaded: {found.lost[top]}")
            checking()
            verdict = check_thing(
                self.exercise, found.names[top], seconds=seconds, judged=saving, numpy_before=before
            )
        findings = tuple(_with_reason(finding, self.exercise, found) for finding in verdict.findings)
        return replace(verdict, findings=findings, note=verdict.note or self._another(findings))

    def not_passed(self, kind: Kind, sentence: str) -> Checked:
        """Return the verdict on an answer that could not be tried."""
        points, finding = float(self.exercise.points), Finding(kind, "", sentence)
        return Checked(self.exercise.name, False, 0.0, points, (finding,))

    def _another(self, findings: tuple[Finding, ...]) -> str:
        """Say where the answer may be that is missed: it counts only if nothing below it takes its name."""
        assert self.file is not None
        *before, last = self.file.places(self.exercise.name)
        if not before or all(finding.kind != Kind.NOT_WRITTEN for finding in findings):
            return ""
        return (
            f"{self.exercise.name} is defined more than once, in {', '.join(before)} and {last} of "
            f"{self.file.path.name}. The last one counts, and it is not written yet: remove it."
        )


def _with_reason(finding: Finding, exercise: Exercise, found: Definitions) -> Finding:
    """Say of a name that an answer misses why it was not loaded: in the notebook it may be there."""
    name = finding.numbers.get("name")
    if finding.kind != Kind.RAISED or name not in found.lost:
        return finding
    sentence = f"{exercise.name} uses {name}, which could not be loaded: {found.lost[name]}"
    return replace(finding, sentence=sentence)


@dataclass(frozen=True)
class PassedOver:
    """A function that answers no exercise, though its name is nearly that of one.

    Attributes:
        name: of the function.
        exercise: whose name is nearly that.
        place: "cell 8 of 06_convolution.ipynb".
    """

    name: str
    exercise: str
    place: str

    def __str__(self) -> str:
        return (
            f"{self.place} defines {self.name}, which is not an exercise, and is passed over. Do you mean "
            f"{self.exercise}? An answer is known by its name."
        )


def plan(
    paths: Iterable[Path], *, whole_course: bool = False
) -> tuple[list[Task], dict[Path, str], list[PassedOver]]:
    """Read files, and return what is to be checked.

    That is every exercise that a file defines, or that belongs to the chapter by whose number it begins
    (``10_lstm.ipynb``), or to the course.

    Returns:
        tasks: in the order of the course. If two files define a function, the later one counts.
        problems: for files that cannot be read, why.
        near: what they define under a name that is nearly an exercise's.
    """
    tasks: dict[str, Task] = {}
    problems: dict[Path, str] = {}
    near: list[PassedOver] = []
    for path in paths:
        try:
            file = AnswerFile.read(path)
        except InputError as error:
            problems[path] = str(error)
            continue
        near += [
            PassedOver(name, exercise, f"{place} of {path.name}")
            for name, exercise, place in file.nearly(all_exercises())
        ]
        chapter = chapter_of(path)
        for exercise in all_exercises().values():
            is_asked = exercise.chapter == chapter and exercise.name not in tasks
            if file.has(exercise.name) or is_asked:
                tasks[exercise.name] = Task(exercise, file)
    return (
        [
            tasks.get(name, Task(exercise, None))
            for name, exercise in all_exercises().items()
            if whole_course or name in tasks
        ],
        problems,
        near,
    )


@dataclass(frozen=True)
class Step:
    """Where a student is with an exercise.

    Attributes:
        exercise: which.
        state: "done", "works, contract open", "check again" or "to do".
        runs: whose code later chapters run: "yours", "the course", "the reference", or "nobody's yet".
        path: the file of that code, None if there is none.
        reason: why to check again, else "".
        help: what help was taken, in words.
    """

    exercise: Exercise
    state: str
    runs: str
    path: Path | None
    reason: str = ""
    help: str = ""

    @property
    def points(self) -> float:
        """What the saved answer is worth."""
        worth = {
            "done": float(self.exercise.points),
            "works, contract open": self.exercise.points_for_arithmetic,
        }
        return worth.get(self.state, 0.0)


def steps() -> Iterator[Step]:
    """Tell for each exercise, in the order of the course, whether it is done and whose code runs."""
    answers = library.saved_answers(library.library_folder())
    course = read_state(library.library_folder())
    for exercise in all_exercises().values():
        top, help_taken = exercise.name.partition(".")[0], str(course.help_with(exercise.name))
        saved = answers.get(top)
        reason = library.complaint(saved, answers) if saved is not None else ""
        if reason:
            assert saved is not None
            yield Step(exercise, "check again", "nobody's yet", saved.path, reason, help_taken)
            continue
        origin = layers.origin(top)
        state = "to do"
        if saved is not None and exercise.name in saved.exercises:
            state = "works, contract open" if exercise.name in saved.open else "done"
        yield Step(
            exercise,
            state,
            origin.owner if origin is not None else "nobody's yet",
            origin.path if origin is not None else None,
            help=help_taken,
        )


@dataclass(frozen=True)
class ChapterState:
    """Where a student is with a chapter.

    Attributes:
        number, title: of the chapter.
        path: its notebook, as a path in the folder of the course.
        minutes: how long it takes, roughly: reading and writing.
        steps: with its exercises; none in chapters that ask for no function.
        has_run: whether a cell of its notebook shows an output.
    """

    number: int
    title: str
    path: str
    minutes: int
    steps: tuple[Step, ...]
    has_run: bool

    @property
    def works(self) -> bool:
        """Whether every exercise has points, though something of a contract may be open."""
        return bool(self.steps) and all(step.points > 0 for step in self.steps)

    @property
    def is_done(self) -> bool:
        """Whether every exercise is; where there is none, whether it was run."""
        return all(step.state == "done" for step in self.steps) if self.steps else self.has_run


def chapters_of_course() -> list[ChapterState]:
    """Return the chapters of the student's folder in their order, elsewhere all chapters."""
    course, starter = library.course_folder(), starter_folder()
    there = started_chapters(course) if course is not None else []
    everything = list(steps())
    found = []
    for name in chapter_names(starter):
        if course is not None and name not in there:
            continue
        of_course, path = read_cells(starter / name / f"{name}.ipynb"), f"{name}/{name}.ipynb"
        own = tuple(step for step in everything if step.exercise.chapter == int(name[:2]))
        words = sum(len(cell.source.split()) for cell in of_course if cell.kind == "markdown")
        minutes = words / WORDS_A_MINUTE + sum(step.exercise.points for step in own) * MINUTES_A_POINT
        title = of_course[0].source.partition("\n")[0].removeprefix(f"# {int(name[:2])}. ")
        has_run = course is not None and _has_run(course / path)
        found.append(ChapterState(int(name[:2]), title, path, 5 * round(minutes / 5), own, has_run))
    return found


def _has_run(path: Path) -> bool:
    """Tell whether a notebook shows an output; one that cannot be read shows none."""
    try:
        cells = raw_cells(load_notebook(path))
    except InputError:
        return False
    return any(isinstance(cell, dict) and cell.get("outputs") for cell in cells)
