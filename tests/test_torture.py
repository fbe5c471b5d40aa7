"""A few damaged files, full disks and hostile servers; `make torture` tries thousands."""

from pathlib import Path

import pytest

from captioning.data import transfer
from tests.torture import KINDS, OUTCOMES, SERVED, full_disks, hostile_servers, is_bad, torture


@pytest.mark.slow
def test_a_damaged_file_is_read_as_it_was_or_refused_in_a_sentence(tmp_path: Path) -> None:
    found = list(torture(12 * len(KINDS), 1, tmp_path / "files", tmp_path / "kept"))
    assert [(kind.name, outcome, words) for kind, outcome, words in found if is_bad(kind, outcome)] == []
    assert {outcome for _, outcome, _ in found} <= set(OUTCOMES)
    assert sum(outcome == "sentence" for _, outcome, _ in found) > len(found) / 2
    sentences = [words for _, outcome, words in found if outcome == "sentence"]
    assert [words for words in sentences if not words.startswith(str(tmp_path))] == []


@pytest.mark.slow
def test_a_full_disk_is_a_sentence_and_the_same_command_goes_on_from_there(tmp_path: Path) -> None:
    ended = list(full_disks(2, 1, tmp_path))
    assert ended == [("train", "same"), ("features", "same")]


@pytest.mark.slow
def test_a_hostile_server_leads_to_the_right_file_or_to_a_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(transfer, "PAUSE_SECONDS", 0)
    for name in ("http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"):
        monkeypatch.delenv(name, raising=False)
    ended = list(hostile_servers(200, 1, tmp_path))
    assert [pair for pair in ended if pair[0] not in SERVED] == []
    assert {outcome for outcome, _ in ended} == SERVED
