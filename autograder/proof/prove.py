"""The proof of the autograder: every exercise against every catalogued mistake.

``python -m autograder.proof`` prints a table and the shares, and exits with 1 if the reference fails
somewhere, an empty stub gets points, or a mistake is not caught: by the grader, and on the student's side,
which has no reference and catches all but those that the catalogue says only the grader can. So it does if
too few causes are named.
"""

import json
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import click
from tabulate import tabulate
from threadpoolctl import threadpool_limits  # type: ignore[import-untyped]
from tqdm import tqdm

from autograder.asking.respondent import InProcess
from autograder.exercises.exercise import Exercise
from autograder.exercises.registry import all_exercises
from autograder.grading.catalogue import looks_of
from autograder.grading.reference import the_reference
from autograder.judge.verdict import Kind
from autograder.mistakes.mistake import Mistake
from autograder.mistakes.registry import all_mistakes
from autograder.proof.verdicts import as_float64, by_grader, by_student, stubbed, verdicts
from autograder.student.fingerprints import are_alike, entry_of
from autograder.student.public import public_cases, shipped_mistakes
from captioning.files import atomic_write
from captioning.layers import reference

T = TypeVar("T")
# These say that something is wrong, and not what.
UNNAMED = {Kind.VALUE, Kind.RAISED}
# The share of all mistakes whose cause a student must learn, by the grader and on the student's side in
# float64, and the share that the diagnosis alone must call what the catalogue expects.
NAMED, NAMED_TO_STUDENT, RIGHTLY_NAMED = 0.95, 0.95, 0.60


@dataclass(frozen=True)
class MistakeProof:
    """What is said of a mistake.

    Attributes:
        mistake: which.
        caught: whether the grader gives no points.
        seen_by_student: whether the student's side finds something, too.
        kind: what the diagnosis alone calls it; None if it is not caught.
        recognised: whether the grader's verdict carries the mistake's own sentence.
        named_to_student: whether the student's side names the cause, though the answer comes in float64.
        sentence: of the first finding.
    """

    mistake: Mistake
    caught: bool
    seen_by_student: bool
    kind: Kind | None
    recognised: bool
    named_to_student: bool
    sentence: str

    @property
    def holds(self) -> bool:
        """Whether it is caught wherever it can be; one that only the grader can catch is marked as such."""
        return self.caught and self.seen_by_student != bool(self.mistake.only_grader)

    @property
    def is_expected(self) -> bool:
        """Whether it is the kind that the catalogue expects."""
        return self.kind == self.mistake.kind

    @property
    def contradicts(self) -> bool:
        """Whether the catalogue expects another cause, and not just wrong numbers."""
        return not self.is_expected and self.mistake.kind not in UNNAMED

    @property
    def by_diagnosis(self) -> bool:
        """Whether the diagnosis alone names a cause."""
        return self.kind is not None and self.kind not in UNNAMED

    @property
    def rightly_named(self) -> bool:
        """Whether the diagnosis alone names the very cause that the catalogue expects."""
        return self.by_diagnosis and self.is_expected

    @property
    def is_named(self) -> bool:
        """Whether the student learns the cause, from the diagnosis or from the catalogue."""
        return self.by_diagnosis or self.recognised


@dataclass(frozen=True)
class ExerciseProof:
    """What the grader says of an exercise.

    Attributes:
        exercise: its name.
        failure: why the reference does not pass, with the grader or on the student's side; "" if it does.
        stub_points: what an empty stub gets.
        mistakes: one proof for each.
    """

    exercise: str
    failure: str
    stub_points: float
    mistakes: tuple[MistakeProof, ...]

    @property
    def holds(self) -> bool:
        """Whether the reference passes, a stub gets nothing, and every mistake is caught."""
        return not self.failure and not self.stub_points and all(made.holds for made in self.mistakes)


def prove(exercise: Exercise, mistakes: Iterable[Mistake]) -> ExerciseProof:
    """Grade the reference, two empty stubs and the mistakes of an exercise."""
    findings = by_grader(exercise, reference()).findings or by_student(exercise, reference()).findings
    stubs = [
        by_grader(exercise, stubbed(exercise.name, returns_none=returns_none))
        for returns_none in (False, True)
    ]
    return ExerciseProof(
        exercise.name,
        findings[0].sentence if findings else "",
        max(stub.points for stub in stubs),
        tuple(_prove_mistake(exercise, mistake) for mistake in mistakes if mistake.exercise == exercise.name),
    )


def _prove_mistake(exercise: Exercise, mistake: Mistake) -> MistakeProof:
    verdict = by_grader(exercise, mistake.layers())
    student = by_student(exercise, as_float64(exercise, mistake.layers()))
    said = sentence_of(mistake)
    first = verdict.findings[0] if verdict.findings else None
    return MistakeProof(
        mistake,
        not verdict.passed and (verdict.points == 0 or verdict.works),
        not student.works or not by_student(exercise, mistake.layers()).passed,
        first.kind if first is not None else None,
        verdict.mistake == said,
        student.mistake == said or (bool(student.findings) and student.findings[0].kind not in UNNAMED),
        first.sentence if first is not None else "",
    )


def sentence_of(mistake: Mistake) -> str:
    """Return what is said of a mistake: of several that give the same numbers the first one's sentence."""
    exercise = all_exercises()[mistake.exercise]
    cases = public_cases(exercise)
    made = looks_of(exercise, InProcess(mistake.layers()), cases)
    own = entry_of(made, looks_of(exercise, the_reference(), cases), fine_print=exercise.fine_print)
    for entry in shipped_mistakes().get(mistake.exercise, []):
        if own is not None and are_alike(own, entry["cases"]):
            return str(entry["sentence"])
    return mistake.sentence


def table(proofs: Sequence[ExerciseProof]) -> str:
    """Return the table exercise × mistake."""
    rows = []
    for proof in proofs:
        name = proof.exercise
        rows.append((name, "(the reference)", "passes" if not proof.failure else "FAILS", "", "", "", ""))
        rows.append((name, "(an empty stub)", f"{proof.stub_points:g} points", "", "", "", ""))
        rows += [
            (
                name,
                made.mistake.name,
                "caught" if made.caught else "NOT CAUGHT",
                _on_the_students_side(made),
                str(made.kind or ""),
                "yes" if made.is_expected else f"no, {made.mistake.kind}",
                "yes" if made.is_named else "no",
            )
            for made in proof.mistakes
        ]
    headers = ("exercise", "mistake", "grader", "student's side", "diagnosis", "as expected", "named")
    return tabulate(rows, headers=headers)


def _on_the_students_side(made: MistakeProof) -> str:
    if made.mistake.only_grader:
        return "CAUGHT, NOT EXPECTED" if made.seen_by_student else "the grader only"
    return "caught" if made.seen_by_student else "NOT CAUGHT"


def summary(proofs: Sequence[ExerciseProof]) -> str:
    """Return the shares, in words."""
    made = [mistake for proof in proofs for mistake in proof.mistakes]
    shares = [
        ("caught by the grader", sum(mistake.caught for mistake in made)),
        ("caught on the student's side", sum(mistake.seen_by_student for mistake in made)),
        ("cause named by the diagnosis alone", sum(mistake.by_diagnosis for mistake in made)),
        ("and called what the catalogue expects", sum(mistake.rightly_named for mistake in made)),
        ("called otherwise, where the catalogue names a cause", sum(mistake.contradicts for mistake in made)),
        ("named by the diagnosis or the catalogue", sum(mistake.is_named for mistake in made)),
        ("the same on the student's side, as float64", sum(mistake.named_to_student for mistake in made)),
        ("of them made in loops, as students write them", sum(made.mistake.as_written for made in made)),
    ]
    passing = sum(not proof.failure for proof in proofs)
    empty = sum(not proof.stub_points for proof in proofs)
    lines = [
        f"{len(proofs)} exercises: the reference passes {passing}, an empty stub gets 0 points in {empty}",
        f"{len(made)} mistakes:",
        *(f"  {count} {words} ({count / max(len(made), 1):.0%})" for words, count in shares),
    ]
    return "\n".join(lines)


def too_few_named(proofs: Sequence[ExerciseProof]) -> list[str]:
    """Return a sentence for each share that is lower than it must be over the whole course."""
    made = [mistake for proof in proofs for mistake in proof.mistakes]
    edits = [mistake for mistake in made if not mistake.mistake.as_written]
    shares = [
        ("named", sum(mistake.is_named for mistake in made) / len(made), NAMED),
        ("named to the student", sum(m.named_to_student for m in made) / len(made), NAMED_TO_STUDENT),
        # What is written in loops has no kind of its own in the catalogue.
        ("rightly named", sum(m.rightly_named for m in edits) / max(len(edits), 1), RIGHTLY_NAMED),
    ]
    return [
        f"too few causes are {what}: {share:.1%}, expected at least {least:.0%}"
        for what, share, least in shares
        if share < least
    ]


def _prove_by_name(name: str) -> ExerciseProof:
    return prove(all_exercises()[name], all_mistakes())


def _verdicts_by_name(name: str) -> dict[str, Any]:
    return verdicts(all_exercises()[name])


def _side_by_side(function: Callable[[str], T], names: list[str]) -> list[T]:
    # Those with the most mistakes come first, so that no processor is idle in the end.
    mistakes = Counter(mistake.exercise for mistake in all_mistakes())
    longest_first = sorted(names, key=lambda name: -mistakes[name])
    # For arrays as small as these, threads are ten times slower.
    with ProcessPoolExecutor(initializer=threadpool_limits, initargs=(1,)) as pool:
        answers = tqdm(pool.map(function, longest_first), total=len(names), leave=False, disable=None)
        done = dict(zip(longest_first, answers, strict=True))
    return [done[name] for name in names]


@click.command()
@click.option("--exercise", "name", metavar="NAME", help="Only this one.")
@click.option("--sentences", is_flag=True, help="Print what a student reads, too.")
@click.option(
    "--verdicts",
    "file",
    metavar="FILE",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Prove nothing, but write all verdicts of both sides as JSON, to compare with those of a change.",
)
def main(name: str | None, sentences: bool, file: Path | None) -> None:
    """Grade the reference, an empty stub and every mistake of every exercise."""
    exercises = all_exercises()
    if name is not None and name not in exercises:
        raise click.BadParameter(f"there is no exercise {name!r}", param_hint="--exercise")
    chosen = [name] if name is not None else list(exercises)
    if file is not None:
        answers = {
            key: said for part in _side_by_side(_verdicts_by_name, chosen) for key, said in part.items()
        }
        with atomic_write(file) as path:
            path.write_text(json.dumps(answers, indent=1, sort_keys=True), encoding="utf-8")
        click.echo(f"{len(answers)} answers, judged by both sides: {file}")
        return
    proofs = _side_by_side(_prove_by_name, chosen)
    click.echo(table(proofs))
    click.echo(f"\n{summary(proofs)}")
    for proof in proofs:
        if proof.failure:
            click.echo(f"{proof.exercise}: the reference fails: {proof.failure}")
        for made in proof.mistakes:
            if made.mistake.only_grader:
                of = f"{proof.exercise}, {made.mistake.name}"
                click.echo(f"{of}: the grader only, since {made.mistake.only_grader}")
        for made in proof.mistakes if sentences else ():
            click.echo(f"{proof.exercise}, {made.mistake.name}: {made.sentence}")
    complaints = [] if name is not None else too_few_named(proofs)
    for complaint in complaints:
        click.echo(complaint)
    raise SystemExit(bool(complaints) or not all(proof.holds for proof in proofs))
