"""Verdicts as text for a terminal, HTML for a notebook, JSON and JUnit."""

import dataclasses
import math
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from typing import Any

from autograder.judge.naming import symbol_of
from autograder.judge.verdict import Finding, Kind, Residual, Verdict

_CELL = 14
_LABEL = 46
_MOST_PICTURES = 2
_IN_SIGHT = 2  # findings; the rest is folded
_FEW = {2: "Two", 3: "Three", 4: "Four", 5: "Five"}
# What is not a character of XML 1.0, and what steers a terminal.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")

_STYLE = (
    "<style>.verdict{color:inherit;max-width:60em}.verdict ul{margin:.3em 0 .3em 1.2em;padding:0}"
    ".verdict li{margin:.4em 0}.verdict svg{display:block;margin:.3em 0;max-width:100%}"
    ".verdict svg text{fill:currentColor;font:11px sans-serif}"
    ".verdict .case{opacity:.7}"
    ".verdict .mistake{border-left:3px solid currentColor;padding-left:.6em}</style>"
)


def as_text(verdict: Verdict) -> str:
    """Render a verdict for a terminal."""
    lines = [headline(verdict)]
    lines += [f"- {finding.sentence}" for finding in verdict.findings[:_IN_SIGHT]]
    if verdict.mistake is not None:
        lines.insert(2, f"  {verdict.mistake}")
    folded = verdict.findings[_IN_SIGHT:]
    if folded:
        in_words = ", ".join(f"{f.argument}: {f.kind}" if f.argument else str(f.kind) for f in folded)
        lines.append(f"Beside that, {in_words}.")
    if _tried_with(verdict):
        lines.append(_tried_with(verdict))
    return "\n".join(map(_plain, lines))


def _tried_with(verdict: Verdict) -> str:
    """Say with which sizes it went wrong, once: findings mostly come from one case."""
    cases = dict.fromkeys(finding.case for finding in verdict.findings if finding.case)
    tried = f"Tried with {'; '.join(cases)}." if cases else ""
    return f"{tried} {verdict.compared}".strip()


def headline(verdict: Verdict) -> str:
    """Return what a verdict comes to, in a line: "softmax_loss: not yet, 0 of 4 points"."""
    points = f"{verdict.points:g} of {_points(verdict.max_points)}"
    if verdict.works and not verdict.passed:
        count = len(verdict.findings)
        left = "One thing is" if count == 1 else f"{_FEW.get(count, str(count))} things are"
        return f"{verdict.exercise}: the arithmetic is right, {points}. {left} left:"
    return f"{verdict.exercise}: {'right' if verdict.passed else 'not yet'}, {points}"


def _points(count: float) -> str:
    return f"{count:g} point{'' if count == 1 else 's'}"


def _plain(text: str) -> str:
    return _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)


def as_html(verdict: Verdict) -> str:
    """Render a verdict for a notebook: one block that brings its style along and needs no script."""
    mark = "&#10003;" if verdict.passed else "&#10007;"
    parts = [f'{_STYLE}<div class="verdict"><p><strong>{mark} {_html(headline(verdict))}</strong></p>']
    drawn = [finding for finding in verdict.findings if finding.residual is not None][:_MOST_PICTURES]
    items = [_finding_as_html(f, with_picture=any(f is other for other in drawn)) for f in verdict.findings]
    if items and verdict.mistake is not None:
        items[0] = items[0].replace("</li>", f'<p class="mistake">{_html(verdict.mistake)}</p></li>')
    if items:
        parts.append(f"<ul>{''.join(items[:_IN_SIGHT])}</ul>")
    if items[_IN_SIGHT:]:
        folded = "".join(items[_IN_SIGHT:])
        parts.append(f"<details><summary>{len(items) - _IN_SIGHT} more</summary><ul>{folded}</ul></details>")
    if _tried_with(verdict):
        parts.append(f'<p class="case">{_html(_tried_with(verdict))}</p>')
    return "".join([*parts, "</div>"])


def _html(text: str) -> str:
    return escape(_plain(text))


def _finding_as_html(finding: Finding, *, with_picture: bool) -> str:
    picture = ""
    if with_picture and finding.residual is not None:
        picture = _heat_map(finding.residual, f"Where the error of {finding.argument} sits")
    return f"<li>{_html(finding.sentence)}{picture}</li>"


def _heat_map(residual: Residual, title: str) -> str:
    """Draw squares that grow, and darken, with the error; a dot is right, a cross is not finite.

    The colour is the page's own, so it fits a light page and a dark one; the size says the same again.
    """
    rows, columns = len(residual.values), len(residual.values[0])
    left, top = _LABEL, 18
    width, height = left + columns * _CELL + 4, top + rows * _CELL + 4
    largest = max((v for row in residual.values for v in row if math.isfinite(v)), default=0.0) or 1.0
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" role="img" width="{width}" height="{height}" '
        f'viewBox="0 0 {width} {height}"><title>{_html(title)}</title>',
        f'<text x="{left}" y="12">{_html(residual.columns)} &#8594;</text>' if residual.columns else "",
        f'<text x="2" y="{top + 11}">{_html(residual.rows)} &#8595;</text>' if residual.rows else "",
        f'<rect x="{left}" y="{top}" width="{columns * _CELL}" height="{rows * _CELL}" fill="none" '
        'stroke="currentColor" stroke-opacity="0.4"/>',
        *_block_lines(residual.columns, columns, left, top, rows * _CELL),
    ]
    for i, row in enumerate(residual.values):
        for j, value in enumerate(row):
            x, y = left + (j + 0.5) * _CELL, top + (i + 0.5) * _CELL
            parts.append(_cell(x, y, value, largest, f"[{i}, {j}]" if residual.rows else f"[{j}]"))
    return "".join([*parts, "</svg>"])


def _block_lines(axis: str, size: int, left: float, top: float, height: float) -> Iterator[str]:
    """Draw where one block of an axis such as 4H ends and the next begins."""
    count, _ = symbol_of(axis)
    for k in range(1, count) if size % count == 0 else ():
        x = left + k * size // count * _CELL
        yield f'<path d="M{x:g} {top:g}v{height:g}" stroke="currentColor" stroke-opacity="0.4"/>'


def _cell(x: float, y: float, value: float, largest: float, index: str) -> str:
    half = _CELL / 2 - 1
    if not math.isfinite(value):
        cross = (
            f"M{x - half:g} {y - half:g}l{2 * half:g} {2 * half:g}m0 {-2 * half:g}l{-2 * half:g} {2 * half:g}"
        )
        shape = f'<path d="{cross}" stroke="currentColor" stroke-width="2"'
        words = "not finite"
    else:
        # The root lets small errors be seen beside large ones.
        strength = min(1.0, value / largest) ** 0.5
        side = 2 * half * strength
        words = f"error {value:.3g}"
        if value < 1e-9 or side < 1:
            shape = f'<circle cx="{x:g}" cy="{y:g}" r="0.8" fill="currentColor" fill-opacity="0.4"'
        else:
            shape = (
                f'<rect x="{x - side / 2:.3g}" y="{y - side / 2:.3g}" width="{side:.3g}" '
                f'height="{side:.3g}" fill="currentColor" fill-opacity="{0.3 + 0.6 * strength:.2g}"'
            )
    return f"{shape}><title>{index}: {words}</title></{shape[1 : shape.index(' ')]}>"


def as_json(verdict: Verdict) -> dict[str, Any]:
    """Return a verdict as dictionaries, lists, strings and numbers; what is not finite is None."""
    fields = {field.name: getattr(verdict, field.name) for field in dataclasses.fields(Verdict)}
    findings = [dataclasses.asdict(finding) for finding in verdict.findings]
    finite: dict[str, Any] = _finite(fields | {"findings": findings})
    return finite


def _finite(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    if isinstance(value, Kind):
        return str(value)
    return None if isinstance(value, float) and not math.isfinite(value) else value


def from_json(data: Mapping[str, Any]) -> Verdict:
    """Return the verdict that ``as_json`` made this of.

    Raises:
        KeyError, TypeError, ValueError: it is none.
    """
    findings = tuple(_finding_from_json(finding) for finding in data["findings"])
    names = [field.name for field in dataclasses.fields(Verdict)]
    return Verdict(**({name: data[name] for name in names} | {"findings": findings}))


def _finding_from_json(data: Mapping[str, Any]) -> Finding:
    residual = data["residual"]
    if residual is not None:
        rows = tuple(tuple(math.nan if v is None else v for v in row) for row in residual["values"])
        residual = Residual(rows, residual["rows"], residual["columns"])
    place = None if data["place"] is None else tuple(data["place"])
    parts = {"kind": Kind(data["kind"]), "place": place, "residual": residual, "also": tuple(data["also"])}
    return Finding(**(dict(data) | parts))


def as_junit(verdicts: Iterable[Verdict], name: str = "exercises") -> str:
    """Return verdicts as JUnit's XML: an exercise is a test case.

    What raised or ran out of time is an error, what is wrong a failure, what is not written is skipped.
    """
    return as_junit_suites({name: verdicts})


def as_junit_suites(suites: Mapping[str, Iterable[Verdict]]) -> str:
    """Return the verdicts of several as JUnit's XML, a suite for each by its name; see ``as_junit``."""
    root = ET.Element("testsuites")
    root.extend(_junit_suite(name, list(verdicts)) for name, verdicts in suites.items())
    ET.indent(root)
    return ET.tostring(root, encoding="unicode", xml_declaration=True) + "\n"


def _junit_suite(name: str, verdicts: list[Verdict]) -> ET.Element:
    name = _plain(name)
    suite = ET.Element("testsuite", name=name)
    points = ET.SubElement(ET.SubElement(suite, "properties"), "property", name="points")
    points.set("value", f"{sum(v.points for v in verdicts):g} of {sum(v.max_points for v in verdicts):g}")
    counts = {"error": 0, "failure": 0, "skipped": 0}
    for verdict in verdicts:
        case = ET.SubElement(
            suite, "testcase", classname=name, name=_plain(verdict.exercise), time=f"{verdict.seconds:.3f}"
        )
        if verdict.passed:
            continue
        first = verdict.findings[0] if verdict.findings else Finding(Kind.VALUE, "", "it is not right")
        outcome = {Kind.RAISED: "error", Kind.TIMEOUT: "error", Kind.NOT_WRITTEN: "skipped"}.get(
            first.kind, "failure"
        )
        counts[outcome] += 1
        element = ET.SubElement(case, outcome, message=_plain(first.sentence))
        if outcome != "skipped":
            element.set("type", str(first.kind))
        element.text = as_text(verdict)
    suite.set("tests", str(len(verdicts)))
    suite.set("failures", str(counts["failure"]))
    suite.set("errors", str(counts["error"]))
    suite.set("skipped", str(counts["skipped"]))
    suite.set("time", f"{sum(verdict.seconds for verdict in verdicts):.3f}")
    return suite
