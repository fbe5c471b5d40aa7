"""The table of attacks in the documentation is what was measured and what the tests hold us to."""

from tests.attacks import ATTACKS
from tests.hostile import TABLE, attacks_table


def test_the_table_is_as_it_should_be() -> None:
    assert TABLE.read_text(encoding="utf-8") == attacks_table(), "run `python -m tests.hostile table`"


def test_every_attack_is_tried_elsewhere_or_says_why_not() -> None:
    assert set(range(1, 37)) < set(ATTACKS)
    rows = [line for line in attacks_table().splitlines() if line.startswith("| ")]
    assert len(rows) == 1 + len(ATTACKS)
