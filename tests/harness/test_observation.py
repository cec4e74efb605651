"""Observations are plain values."""

import pytest

from harness.observation import Move, Observation


@pytest.mark.parametrize(
    ("move", "text"),
    [(Move("ioapic[4]", 1), "ioapic[4] raised"), (Move("pic[0]", 0), "pic[0] lowered")],
)
def test_a_move_reads_as_a_sentence(move, text):
    assert str(move) == text


def test_observations_compare_by_value():
    assert Observation(3, (Move("a", 1),)) == Observation(3, (Move("a", 1),))
    assert Observation(3) != Observation(3, (Move("a", 1),))
    assert Observation() == Observation(None, ())
    assert Observation(b"\x00") != Observation(0)


def test_observations_can_be_kept_in_sets():
    assert len({Observation(1), Observation(1), Observation(2)}) == 2
