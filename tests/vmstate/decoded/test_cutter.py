"""Walks through blobs: pieces, framing, and what stops one."""

from __future__ import annotations

import pytest

from tests.support.pieces import paths, tiles
from vmstate.decoded.cutter import Cutter, Piece
from vmstate.errors import StreamError, TruncatedStreamError


def header(name, version=1):
    return bytes([5, len(name)]) + name.encode() + version.to_bytes(4)


def test_pieces_follow_each_other_with_their_places():
    cutter = Cutter(b"\x01\x02\x03abc")
    assert cutter.number("a", "uint8") == 1
    assert cutter.number("b", "uint16") == 0x203
    assert cutter.raw("c", "buffer", 3) == b"abc"
    assert cutter.pieces == [
        Piece("a", "uint8", 0, 1),
        Piece("b", "uint16", 1, 2),
        Piece("c", "buffer", 3, 3),
    ]
    assert cutter.is_at_end


def test_a_little_endian_number_is_read_as_one():
    assert Cutter(b"\x01\x02").number("a", "uint16 little-endian") == 0x201


def test_a_number_can_be_looked_up_again():
    cutter = Cutter(b"\x01\x00\x07")
    cutter.row((("a", "uint8"), ("b", "uint16")))
    assert (cutter.number_at("b"), cutter.number_at("c")) == (7, 0)


def test_pieces_inside_others_have_their_path_in_front():
    cutter = Cutter(bytes(7))
    with cutter.inside("a"):
        cutter.row((("x", "uint8"),))
        cutter.rows("b", (("y", "uint8"),), 2)
        with cutter.inside("c"):
            cutter.array("", "uint8", 2)
    cutter.array("d", "uint16", 1)
    assert paths(cutter) == ["a.x", "a.b[0].y", "a.b[1].y", "a.c[0]", "a.c[1]", "d[0]"]


def test_an_empty_piece_is_none():
    cutter = Cutter(b"")
    assert cutter.raw("a", "buffer", 0) == b""
    assert cutter.pieces == []


def test_a_piece_past_the_end_says_which_and_what_was_there_stays():
    cutter = Cutter(b"\x01\x02")
    cutter.number("a", "uint8")
    with pytest.raises(TruncatedStreamError) as caught, cutter.inside("b"):
        cutter.number("c", "uint32")
    assert (caught.value.offset, caught.value.path) == (1, "b.c")
    assert paths(cutter) == ["a"]
    assert cutter.offset == 1


def test_the_marks_of_a_list_are_framing():
    cutter = Cutter(b"\x01a\x00")
    assert cutter.has_more("list")
    cutter.raw("a", "buffer", 1)
    assert not cutter.has_more("list")
    assert cutter.framing == [(0, 1), (2, 1)]
    assert tiles(cutter)


@pytest.mark.parametrize("data", [b"\x02", b""])
def test_another_byte_or_none_where_a_mark_should_be_is_an_error(data):
    with pytest.raises(StreamError, match="expected 1 before an element or 0 behind the last"):
        Cutter(data).has_more("list")


def test_subsections_are_cut_in_the_order_in_which_they_come():
    data = header("dev/b") + b"\x02" + header("dev/a") + b"\x01" + b"z"
    cutter = Cutter(data)
    known = {
        "dev/a": lambda inner: inner.row((("x", "uint8"),)),
        "dev/b": lambda inner: inner.row((("y", "uint8"),)),
    }
    cutter.subsections("dev", known)
    assert paths(cutter) == ["<dev/b>.y", "<dev/a>.x"]
    assert cutter.data[cutter.offset :] == b"z"
    assert [size for _, size in cutter.framing] == [11, 11]


def test_an_unknown_subsection_is_an_error():
    with pytest.raises(StreamError, match="subsection 'dev/c' is unknown"):
        Cutter(header("dev/c")).subsections("dev", {})


@pytest.mark.parametrize(
    "data", [b"", b"\x05", b"\x04\x05dev/a", b"\x05\x09dev/a", header("device/a"), header("dev")]
)
def test_what_is_no_subsection_of_the_owner_is_left_alone(data):
    cutter = Cutter(data)
    cutter.subsections("dev", {})
    assert cutter.offset == 0


def test_what_another_walk_cut_is_taken_over():
    other = Cutter(b"\x00\x01")
    other.has_more("x")
    other.number("a", "uint8")
    cutter = Cutter(b"z\x00\x01y")
    cutter.raw("z", "buffer", 1)
    with cutter.inside("o"):
        cutter.take_over(other)
    cutter.raw("y", "buffer", 1)
    assert paths(cutter) == ["z", "o.a", "y"]
    assert tiles(cutter)
