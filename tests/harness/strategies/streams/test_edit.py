"""Mutations: values that are done to bytes."""

from __future__ import annotations

import pytest

from harness.strategies.streams import Edit, Mutation, applied

DATA = b"0123456789"


def mutation(*edits, change="3 -> 4"):
    return Mutation("value", "dma/command", change, edits)


def test_bytes_are_replaced_removed_and_inserted():
    one = mutation(Edit(2, b"2", b"xyz"), Edit(5, b"56", b""), Edit(9, b"", b"-"))
    assert applied(DATA, [one]) == b"01xyz3478-9"


def test_nothing_done_is_nothing_changed():
    assert applied(DATA, []) == DATA


def test_the_order_of_mutations_does_not_matter():
    one, other = mutation(Edit(1, b"1", b"")), mutation(Edit(7, b"7", b"seven"))
    assert applied(DATA, [one, other]) == applied(DATA, [other, one]) == b"023456seven89"


def test_a_mutation_of_another_stream_is_refused():
    said = "at offset 0x2 the stream has 32, the mutation expects 78: it was made for another"
    with pytest.raises(ValueError, match=said):
        applied(DATA, [mutation(Edit(2, b"x", b"y"))])


def test_mutations_that_meet_are_refused():
    with pytest.raises(ValueError, match="two mutations meet at offset 0x3: leave one of them out"):
        applied(DATA, [mutation(Edit(2, b"234", b"")), mutation(Edit(3, b"3", b"x"))])


@pytest.mark.parametrize(
    ("one", "other", "expected"),
    [
        (Edit(2, b"23", b""), Edit(3, b"34", b""), True),
        (Edit(2, b"23", b""), Edit(4, b"4", b""), False),
        (Edit(2, b"", b"x"), Edit(2, b"", b"y"), True),
        (Edit(2, b"", b"x"), Edit(2, b"2", b""), True),
        (Edit(2, b"23", b""), Edit(4, b"", b"x"), False),
        (Edit(1, b"123", b""), Edit(2, b"", b"x"), True),
    ],
)
def test_edits_clash_that_share_a_byte_or_a_place(one, other, expected):
    assert one.clashes(other) is expected
    assert other.clashes(one) is expected
    assert mutation(one).clashes([mutation(other)]) is expected


def test_a_mutation_is_a_sentence():
    one = mutation(Edit(2, b"2" * 4, b"3"))
    assert str(one) == "value of dma/command: 3 -> 4"
    assert repr(one) == "Mutation(kind='value', where='dma/command', change='3 -> 4')"
