"""Refusals: the fields that are refused are named, with their bits, and no other."""

import pytest

from harness.errors import LoadError, SaveError
from harness.localise.refusal import blamed, refused_fields
from harness.testing import FakeGuest, FakeRegister, Script
from harness.trace import Trace
from tests.support.streams import CONFIGURATION, HEADER, described, end, full
from vmstate.stream import read_stream


def stream(pit, *dmas):
    """A stream of one timer and DMA controllers, of these bodies."""
    sections = [full(1, "pit", pit)]
    sections += [full(2 + at, "dma", body, instance_id=at) for at, body in enumerate(dmas)]
    devices = [described("pit", len(pit))]
    devices += [described("dma", len(body), instance_id=at) for at, body in enumerate(dmas)]
    return HEADER + CONFIGURATION + b"".join(sections) + end(*devices)


GOOD = stream(b"\x11\x22", b"\x00", b"\x00")


def refusing(*rules):
    """Refuses what one of the rules, asked of bodies by name, holds for."""

    def refusal(data):
        at = {name: data.index(mark) + len(mark) for name, mark in MARKS.items()}
        bodies = {name: data[start : start + 2] for name, start in at.items()}
        return "refused" if any(rule(bodies) for rule in rules) else ""

    return refusal


MARKS = {
    "pit": b"\x03pit" + bytes(4) + (1).to_bytes(4),
    "dma0": b"\x03dma" + bytes(4) + (1).to_bytes(4),
    "dma1": b"\x03dma" + (1).to_bytes(4) + (1).to_bytes(4),
}


def names(causes):
    return [[(one.name, one.good, one.bad) for one in cause] for cause in causes]


def test_the_one_field_that_is_refused_is_named_with_its_bits():
    bad = stream(b"\x33\x44", b"\xff", b"\x07")
    causes = blamed(GOOD, bad, refusing(lambda bodies: bodies["dma1"][0] & 4))
    assert names(causes) == [[("dma[1]/data", b"\x00", b"\x04")]]
    assert causes[0][0].bits == 4


def test_fields_that_are_refused_together_are_one_cause():
    bad = stream(b"\x11\x44", b"\x01", b"\x01")

    def both(bodies):
        return bodies["dma0"][0] == bodies["dma1"][0] == 1

    assert names(blamed(GOOD, bad, refusing(both))) == [
        [("dma[0]/data", b"\x00", b"\x01"), ("dma[1]/data", b"\x00", b"\x01")]
    ]


def test_causes_of_their_own_are_told_apart():
    bad = stream(b"\x11\x44", b"\x01", b"\x03")
    rules = (lambda bodies: bodies["dma0"][0] & 1, lambda bodies: bodies["dma1"][0] & 2)
    causes = names(blamed(GOOD, bad, refusing(*rules)))
    assert sorted(causes) == [
        [("dma[0]/data", b"\x00", b"\x01")],
        [("dma[1]/data", b"\x00", b"\x02")],
    ]


def test_a_section_of_another_layout_is_one_piece():
    bad = stream(b"\x11\x22\x33", b"\x01", b"\x00")
    causes = blamed(GOOD, bad, lambda data: "refused" if b"\x11\x22\x33" in data else "")
    assert names(causes) == [[("pit[0]/(section)", b"\x11\x22", b"\x11\x22\x33")]]
    assert causes[0][0].bits == 0xFFFFFF


def test_a_good_stream_must_be_good():
    with pytest.raises(ValueError, match="the state that should load does not: refused"):
        blamed(GOOD, GOOD, lambda _data: "refused")


def test_what_is_no_sections_fault_is_nobodys():
    with pytest.raises(ValueError, match="all of them together do not fail"):
        blamed(GOOD, stream(b"\x00\x00", b"\x01", b"\x01"), lambda _data: "")


def test_of_a_long_buffer_the_bytes_are_named_that_are_refused():
    good, wrong = bytes(40), bytes(17) + b"\xff" * 6 + bytes(17)
    at = len(stream(good)) - len(stream(good).split(b"\x03pit", 1)[1]) + 8
    refused = {
        "0x13": lambda body: body[19] & 2,
        "0x12:0x14": lambda body: body[18] & 1 and body[19] & 2,
    }
    for place, is_refused in refused.items():

        def refusal(data, is_refused=is_refused):
            return "refused" if is_refused(data[at : at + 40]) else ""

        (((piece,),),) = [blamed(stream(good), stream(wrong), refusal)]
        assert piece.name == f"pit[0]/data[{place}]"
        assert (piece.good, piece.bad) == {
            "0x13": (b"\0", b"\2"),
            "0x12:0x14": (b"\0\0", b"\1\2"),
        }[place]


class Loading(FakeGuest):
    """A guest whose one register is its timer's first byte, and which refuses some of them."""

    refused = frozenset({0x33})

    def snapshot(self, tag):
        return stream(bytes([self._saved[tag].values[0x10], 0x22]))

    def refusal(self, data):
        value = read_stream(data).sections[0].body[0]
        return "no such count" if value in self.refused else ""


def loading(**script):
    return Loading(Script(registers=(FakeRegister(address=0x10),), **script))


REFUSED = Trace.parse("outb 0x10 0x1\ncycle\noutb 0x10 0x33\ncycle\ninb 0x10")


def test_the_fields_of_a_checkpoint_are_named_because_of_which_it_is_refused():
    (piece,) = refused_fields(loading(), REFUSED, 2)
    assert (piece.section, piece.path, piece.good, piece.bad) == (
        "pit",
        "data",
        b"\0\x22",
        b"\x33\x22",
    )


def test_of_a_checkpoint_that_is_loaded_none_is():
    assert refused_fields(loading(), REFUSED, 1) == ()


def test_where_the_state_at_power_on_is_refused_no_field_is_the_reason():
    guest = loading()
    guest.refused = {0, 0x33}
    assert refused_fields(guest, REFUSED, 2) == ()


def test_a_guest_that_can_not_get_there_says_why():
    with pytest.raises(SaveError, match="no room"):
        refused_fields(loading(save_errors={0x10: SaveError("no room")}), REFUSED, 1)


def test_behind_a_checkpoint_that_is_not_loaded_there_is_nothing_to_see():
    guest = loading(load_errors={0x10: LoadError("no such count")})
    assert refused_fields(guest, REFUSED, 2) == ()
