"""Where a section ends: at a footer behind which the stream goes on."""

import pytest

from tests.support.streams import be32, command, counted, footer, full
from vmstate.stream.boundary import MOST_LOOKED_AT, find_end, goes_on
from vmstate.stream.boundary import footer as made

STARTED = {2: None}
VMDESC = b"\0\x06" + be32(2) + b"{}"


def found(body, behind, *, is_all=True, start=0):
    return find_end(body + footer(7) + behind, 7, STARTED, start, is_all=is_all)


def test_a_footer_has_the_number_of_its_section():
    assert made(0x01020304) == b"\x7e\1\2\3\4"


@pytest.mark.parametrize(
    "behind",
    [
        b"",
        b"\0",
        VMDESC,
        full(8, "a", b"x"),
        full(8, "a", b"x")[:3],
        full(8, "0000:00:01.3/piix4_pm", b"")[:20],
        full(8, "a", b"", version=20061113),
        b"\1" + be32(3) + counted("htab") + bytes(8),
        b"\2" + be32(2),
        b"\3" + be32(2) + b"anything",
        b"\2\0",
        command(2, be32(1)),
        command(3),
        command(3, bytes(16)),
        command(6, b"any length"),
        b"\x08\0",
    ],
)
def test_behind_a_section_the_stream_goes_on_or_is_cut_off(behind):
    assert goes_on(behind, STARTED)
    assert found(b"body", behind)[0] == 4


@pytest.mark.parametrize(
    "behind",
    [
        b"\x05\1a",
        b"\x7e" + be32(9),
        b"\2" + be32(9),
        b"\4" + be32(1) + b"\0" + bytes(8),
        b"\4" + be32(1) + counted("a\n") + bytes(8),
        b"\4" + be32(1) + counted("a") + be32(0) + b"\xff" + bytes(3),
        command(0),
        command(12),
        command(2, b"12345"),
        command(7),
    ],
)
def test_a_footer_inside_a_body_is_passed_over(behind):
    assert not goes_on(behind, STARTED)
    inside = b"ab" + footer(7) + behind
    assert found(inside, VMDESC)[0] == len(inside)
    assert found(b"ab", behind) == (None, 2 + 5 + len(behind) - 4)


def test_what_is_behind_a_footer_is_waited_for():
    behind = VMDESC + bytes(MOST_LOOKED_AT)
    assert found(b"ab", VMDESC, is_all=False) == (None, 2)
    assert found(b"ab", behind, is_all=False) == (2, 2)


def test_a_footer_may_come_in_two_pieces():
    data = b"body" + footer(7)
    place, start = find_end(data[:6], 7, STARTED, 0, is_all=False)
    assert (place, start) == (None, 2)
    assert find_end(data, 7, STARTED, start, is_all=True) == (4, 4)


def test_what_stands_behind_the_end_matters_only_if_there_is_a_better_end():
    odd = footer(7) + b"\0\x55"
    assert found(b"ab", b"\0\x55more")[0] == 2
    assert found(b"ab" + odd, VMDESC)[0] == 2 + len(odd)
    assert found(b"ab" + odd, VMDESC + bytes(MOST_LOOKED_AT), is_all=False)[0] == 2 + len(odd)
