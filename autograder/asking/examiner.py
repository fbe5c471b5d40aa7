"""The stairs that every answer climbs, whichever oracle is asked: its cases, linearity, float32, its cost."""

import time
from dataclasses import replace
from typing import Protocol

import numpy as np

from autograder.asking.respondent import Respondent
from autograder.exercises.arguments import as_float32
from autograder.exercises.exercise import Arguments, Exercise, Spec, Variation
from autograder.judge.findings import find, same_together, with_case
from autograder.judge.naming import listing
from autograder.judge.outcome import Outcome
from autograder.judge.verdict import Finding, Kind, Verdict

# The factor by which another upstream gradient is larger: what is cut off or squared then shows.
LOUDER = 100


class Oracle(Protocol):
    """Knows what is right for one answer to one exercise, or how to tell.

    Attributes:
        cases: the arguments of each call.
        varied: the arguments of the exercise's variations, numbered on after the cases.
        rng: draws what else is needed.
    """

    cases: list[Arguments]
    varied: list[Arguments]
    rng: np.random.Generator

    def before(self) -> list[Finding]:
        """Return what must be mended before the answer itself can be judged."""
        ...

    def values(self, number: int, outcome: Outcome) -> list[Finding]:
        """Return what is wrong with the outcome of a case."""
        ...

    def wrong(self, number: int, outcome: Outcome) -> set[str]:
        """Return the outputs of a case whose numbers are wrong, all where they cannot be looked at.

        This is less work than ``values``, and says no more.
        """
        ...

    def linear(
        self, arguments: Arguments, outcome: Outcome, other: Arguments
    ) -> tuple[Arguments, list[Finding]]:
        """Return what is wrong when the upstream gradient is louder by far, and the arguments that show it.

        Args:
            arguments, outcome: of a case whose values are right.
            other: other upstream gradients, as large as those of the case; to be made ``LOUDER``.
        """
        ...

    def cost(self) -> list[Finding]:
        """Return that an answer whose numbers are right costs too much, or is wrong where there are many."""
        ...

    def in_float32(self, finding: Finding) -> Finding:
        """Put into words that it came up with float32, and not before."""
        ...

    def mistakes(self, outcomes: list[Outcome], wrong: list[set[str]]) -> dict[str, str]:
        """Return for each wrong output the sentence of the catalogued mistake that makes it so, if one does.

        Args:
            outcomes: of each case.
            wrong: the outputs that are wrong there.
        """
        ...


@np.errstate(all="ignore")  # what overflows shows in the outputs
def examine(exercise: Exercise, respondent: Respondent, oracle: Oracle) -> Verdict:
    """Judge an answer: first its arithmetic, and if that is right the contract.

    Right arithmetic, in float64, is worth most of the points. What is said of the contract alone is marked
    so; where there are other findings there are no points.
    """
    began = time.perf_counter()
    findings = oracle.before()
    mistake, compared = None, ""
    if not findings:
        findings, mistake = _examine(exercise, respondent, oracle)
        if any(not finding.is_contract for finding in findings):
            compared = _compared(exercise, respondent, oracle, with_hints=mistake is None)
        else:
            # What changes its input, or is cut off, is wrong in the large case for that reason.
            large = [found for found in oracle.cost() if found.kind is Kind.COST or not findings]
            findings = [*large, *findings]
    points = float(exercise.points)
    if findings:
        points = exercise.points_for_arithmetic if all(f.is_contract for f in findings) else 0.0
    return Verdict(
        exercise.name,
        not findings,
        points,
        float(exercise.points),
        tuple(same_together(findings)),
        mistake,
        time.perf_counter() - began,
        compared,
    )


def _compared(exercise: Exercise, respondent: Respondent, oracle: Oracle, *, with_hints: bool) -> str:
    """Say for which variations an answer is right, and for which it is wrong."""
    right: list[Variation] = []
    wrong: list[Variation] = []
    for number, (variation, arguments) in enumerate(zip(exercise.variations, oracle.varied, strict=True)):
        outcome = respondent.ask(exercise, arguments)
        (wrong if oracle.wrong(len(oracle.cases) + number, outcome) else right).append(variation)
    if not right or not wrong:
        return ""
    if exercise.variations[0] in wrong:
        return f"Wrong for {wrong[0].words}; right for {listing(one.words for one in right)}."
    hints = list(dict.fromkeys(one.hint for one in wrong if one.hint))
    words = f"Right for {right[0].words}; wrong for {listing(one.words for one in wrong)}."
    return f"{words} {hints[0]}" if with_hints and len(hints) == 1 else words


def _examine(exercise: Exercise, respondent: Respondent, oracle: Oracle) -> tuple[list[Finding], str | None]:
    """Return all that is wrong, numbers first, and the mistake that the first of it is."""
    cases = oracle.cases
    outcomes = [respondent.ask(exercise, arguments) for arguments in cases]
    found, wrong = _values(exercise, oracle, outcomes)
    right = [number for number, names in enumerate(wrong) if not names]
    if not set(exercise.edges) >= set(range(len(cases))) - set(right):
        return _explained(exercise, oracle, found, outcomes, wrong)
    found, mistake = _explained(exercise, oracle, found, outcomes, wrong) if any(wrong) else (found, None)
    manners = [
        replace(finding, is_contract=True, sentence=_at_the_edge(exercise, finding, wrong))
        for finding in found
    ]
    for number in right:
        arguments = cases[number]
        other = _other_upstream(exercise, arguments, oracle.rng)
        louder, findings = oracle.linear(arguments, outcomes[number], other) if other else ({}, [])
        if findings:
            manners += with_case(exercise, louder, findings)
            break
    for number in right:
        findings = _wrong_in_float32(exercise, respondent, as_float32(cases[number]), outcomes[number])
        if findings:
            manners += [oracle.in_float32(finding) for finding in findings]
            break
    # A changed input shows in every case, and in float32 as well.
    unlike = {(finding.kind, finding.argument): finding for finding in reversed(manners)}
    kept = [finding for finding in manners if unlike[finding.kind, finding.argument] is finding]
    return [replace(finding, is_contract=True) for finding in kept], mistake


def _values(
    exercise: Exercise, oracle: Oracle, outcomes: list[Outcome]
) -> tuple[list[Finding], list[set[str]]]:
    """Return what is found in the first case that is wrong, manners of others, and what is wrong in each."""
    found: list[Finding] = []
    manners: list[Finding] = []
    wrong: list[set[str]] = []
    first = 0
    for number, outcome in enumerate(outcomes):
        if found:
            wrong.append(oracle.wrong(number, outcome))
            continue
        findings = with_case(exercise, oracle.cases[number], _of_case(oracle, number, outcome))
        if all(finding.is_contract for finding in findings):
            manners += findings
            wrong.append(set())
        else:
            found, first = findings, number
            wrong.append({finding.argument for finding in findings if not finding.is_contract})
    if any(map(_is_lone_factor, found)):
        others = (k for k, names in enumerate(wrong) if k > first and names)
        elsewhere = [finding for k in others for finding in oracle.values(k, outcomes[k])]
        found = _borne_out(found, elsewhere)
    return [*found, *manners], wrong


def _is_lone_factor(finding: Finding) -> bool:
    """Tell whether a finding is a factor of one number."""
    return finding.kind is Kind.FACTOR and finding.place is None


def _borne_out(findings: list[Finding], elsewhere: list[Finding]) -> list[Finding]:
    """Keep the factor of one number only if another case has the same: any two numbers have one."""
    names = {(finding.argument, finding.numbers.get("name")) for finding in elsewhere}
    return [
        replace(
            finding,
            kind=Kind.VALUE,
            sentence=f"{finding.argument}: is another number; {_both_numbers(finding.sentence)}.",
        )
        if _is_lone_factor(finding) and (finding.argument, finding.numbers.get("name")) not in names
        else finding
        for finding in findings
    ]


def _both_numbers(sentence: str) -> str:
    """Return the part of a sentence that gives what came and what is right."""
    return sentence.partition("; ")[2].partition(". ")[0].rstrip(".")


def _of_case(oracle: Oracle, number: int, outcome: Outcome) -> list[Finding]:
    """Return what is wrong in a case: the cache alone, if all is right with what is unpacked in it."""
    findings = oracle.values(number, outcome)
    if outcome.mended is None or all(finding.is_contract for finding in findings):
        return findings
    if oracle.wrong(number, Outcome(outcome.mended, outcome.mended)):
        return findings
    return [Finding(Kind.CACHE, "", outcome.odd_cache)]


def _explained(
    exercise: Exercise,
    oracle: Oracle,
    findings: list[Finding],
    outcomes: list[Outcome],
    wrong: list[set[str]],
) -> tuple[list[Finding], str | None]:
    """Return findings, those of a catalogued mistake first, and its sentence."""
    if any(finding.kind is Kind.CACHE for finding in findings):
        return findings, None  # the cause is known already
    mistakes = oracle.mistakes(outcomes, wrong)
    known = [finding for finding in findings if finding.argument in mistakes]
    if not known:
        return findings, None
    # One mistake is one finding, however many outputs it makes wrong.
    of_each: dict[str, list[Finding]] = {}
    for finding in known:
        of_each.setdefault(mistakes[finding.argument], []).append(finding)
    (first, whole), *others = (
        (sentence, replace(_without_guess(group[0]), also=_others(group)))
        for sentence, group in of_each.items()
    )
    return [
        whole,
        *(replace(finding, sentence=f"{finding.sentence} {sentence}") for sentence, finding in others),
        *(finding for finding in findings if finding.argument not in mistakes),
    ], first


def _others(findings: list[Finding]) -> tuple[str, ...]:
    """Return what other arguments than the first finding's are concerned."""
    first, *others = (finding.argument for finding in findings)
    return tuple(dict.fromkeys(name for name in others if name != first))


def _without_guess(finding: Finding) -> Finding:
    return replace(finding, sentence=finding.sentence.removesuffix(finding.guess).rstrip(), guess="")


def _at_the_edge(exercise: Exercise, finding: Finding, wrong: list[set[str]]) -> str:
    if finding.is_contract or not exercise.edges:
        return finding.sentence
    number = next(number for number, names in enumerate(wrong) if names)
    if number in exercise.fine_print:
        numbers = finding.sentence.partition("; at ")[2].partition(". ")[0].rstrip(".")
        where = f"at {numbers}" if numbers else finding.sentence.partition("; ")[2]
        return f"{exercise.fine_print[number]}, {finding.argument} is wrong{f': {where}' if where else ''}."
    which = [
        words
        for symbol, words in (("N", "a single example (N = 1)"), ("T", "a single time step (T = 1)"))
        if f"{symbol}=1" in finding.case.split(", ")
    ]
    return f"With {' and '.join(which)} alone: {finding.sentence}" if which else finding.sentence


def _other_upstream(exercise: Exercise, arguments: Arguments, rng: np.random.Generator) -> Arguments:
    """Draw upstream gradients like those of a case; {} where there are none."""
    names = exercise.gradients.upstream.values() if exercise.gradients is not None else ()
    return {name: rng.standard_normal(np.shape(arguments[name])) for name in names}


def _wrong_in_float32(
    exercise: Exercise, respondent: Respondent, narrow: Arguments, outcome: Outcome
) -> list[Finding]:
    """Hold an answer in float32 against what it answered in float64, which was right."""
    if exercise.tolerance_float32 is None:
        return []
    assert outcome.outputs is not None
    expected = tuple(
        np.asarray(value, dtype=np.float32 if Spec.parse(text).kind == "float" else None)
        for value, text in zip(outcome.outputs, exercise.outputs.values(), strict=True)
    )
    answer = respondent.ask(exercise, narrow)
    return find(exercise, narrow, expected, answer, tolerance=exercise.tolerance_float32)
