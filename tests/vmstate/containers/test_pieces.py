"""Pieces of bytes as one run."""

import pytest

from vmstate.containers.pieces import Pieces
from vmstate.errors import TruncatedStreamError


def test_bytes_are_taken_across_pieces_and_counted():
    source = Pieces([b"ab", b"", bytearray(b"cde"), memoryview(b"f")])
    assert source.take(3, "start") == b"abc"
    assert source.offset == 3
    assert source.look(9) == b"def"
    assert source.offset == 3
    assert source.take(3, "end") == b"def"
    assert not source.want(1)


def test_no_more_is_fetched_than_is_asked_for():
    taken = []

    def coming():
        for number in range(3):
            taken.append(number)
            yield bytes([number])

    source = Pieces(coming())
    assert taken == []
    assert source.want(2)
    assert taken == [0, 1]
    assert len(source) == 2


def test_a_mark_is_found_among_what_is_here():
    source = Pieces([b"..mark..mark"])
    assert source.find(b"mark", 0) == -1
    source.want(12)
    source.skip(1)
    assert source.find(b"mark", 0) == 1
    assert source.find(b"mark", 2) == 7


def test_bytes_that_never_come_are_asked_for_in_vain():
    source = Pieces([b"ab"])
    source.skip(source.want(1))
    with pytest.raises(TruncatedStreamError) as caught:
        source.take(5, "frame")
    assert str(caught.value) == "frame at offset 0x1: needs 5 bytes, 1 are left"
