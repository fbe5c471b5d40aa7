"""A few damaged files of every kind, and commands killed; `make torture` tries thousands."""

from pathlib import Path

import pytest

from tests.torture import KINDS, OUTCOMES, is_bad, torture


@pytest.mark.slow
def test_a_damaged_file_is_read_as_it_was_or_refused_in_a_sentence(tmp_path: Path) -> None:
    found = list(torture(12 * len(KINDS), 1, tmp_path / "files", tmp_path / "kept"))
    assert [(kind.name, outcome, words) for kind, outcome, words in found if is_bad(kind, outcome)] == []
    assert {outcome for _, outcome, _ in found} <= set(OUTCOMES)
    assert sum(outcome == "sentence" for _, outcome, _ in found) > len(found) / 2
    sentences = [words for _, outcome, words in found if outcome == "sentence"]
    assert [words for words in sentences if not words.startswith(str(tmp_path))] == []
