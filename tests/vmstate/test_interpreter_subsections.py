"""Subsections: when they are sent, how they are told from other bytes, and the traps in that."""

from __future__ import annotations

from errno import EINVAL, ENOENT

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support.chips import State, chip, header, is_on, subsection
from vmstate import LATEST, Release, Span, StreamError, TruncatedStreamError, VersionError
from vmstate.cursor import Reader
from vmstate.macros import (
    VMSTATE_STRUCT,
    VMSTATE_STRUCT_ARRAY,
    VMSTATE_UINT8,
    VMSTATE_UINT8_ARRAY,
    VMSTATE_UINT8_V,
)

A = VMSTATE_UINT8("a")
WITH_B = chip(A, subsections=(subsection("chip/b", VMSTATE_UINT8("b")),))


def test_a_subsection_is_sent_when_it_is_needed(engine):
    vmsd = chip(
        VMSTATE_UINT8("on"),
        subsections=(
            subsection("chip/a", A, needed=is_on, version_id=2),
            subsection("chip/b", VMSTATE_UINT8("b")),
        ),
    )
    a, b = header("chip/a", 2) + b"\5", header("chip/b") + b"\6"
    assert a.hex() == "05066368" + "69702f6100000002" + "05"
    saved = engine.save(vmsd, State(on=1, a=5, b=6))
    assert saved.data == b"\1" + a + b
    assert [layout.description.name for layout in saved.layout.subsections] == ["chip/a", "chip/b"]
    assert engine.save(vmsd, State(on=0, a=5, b=6)).data == b"\0" + b


def test_what_is_not_sent_keeps_its_value(engine):
    state = engine.load(WITH_B, State(a=0, b=9), b"\1")
    assert vars(state) == {"a": 1, "b": 9}


def test_order_and_repetition_are_the_senders_business(engine):
    vmsd = chip(subsections=tuple(subsection(f"chip/{f}", VMSTATE_UINT8(f)) for f in "ab"))
    a, b = header("chip/a") + b"\5", header("chip/b") + b"\6"
    again = header("chip/a") + b"\7"
    assert vars(engine.load(vmsd, State(a=0, b=0), b + a)) == {"a": 5, "b": 6}
    assert vars(engine.load(vmsd, State(a=0, b=0), a + b + again)) == {"a": 7, "b": 6}


def test_whether_it_is_needed_is_not_asked_of_the_receiver(engine):
    vmsd = chip(subsections=(subsection("chip/a", A, needed=lambda state: False),))
    assert engine.load(vmsd, State(a=0), header("chip/a") + b"\5").a == 5


def test_subsections_may_have_subsections(engine):
    deep = subsection("chip/a/b", VMSTATE_UINT8("b"))
    vmsd = chip(
        subsections=(
            subsection("chip/a", A, subsections=(deep,)),
            subsection("chip/c", VMSTATE_UINT8("c")),
        )
    )
    data = header("chip/a") + b"\1" + header("chip/a/b") + b"\2" + header("chip/c") + b"\3"
    saved = engine.save(vmsd, State(a=1, b=2, c=3))
    assert saved.data == data
    assert saved.spans == (
        Span("<chip/a>.a", "uint8", 12, 1),
        Span("<chip/a>.<chip/a/b>.b", "uint8", 27, 1),
        Span("<chip/c>.c", "uint8", 40, 1),
    )
    assert vars(engine.load(vmsd, State(a=0, b=0, c=0), data)) == {"a": 1, "b": 2, "c": 3}


def test_the_subsections_of_a_struct_follow_it_at_once(engine):
    inner = chip(A, name="in", subsections=(subsection("in/b", VMSTATE_UINT8("b")),))
    vmsd = chip(VMSTATE_STRUCT_ARRAY("s", 2, 0, inner), VMSTATE_UINT8("end"))
    states = [State(a=1, b=2), State(a=3, b=4)]
    data = b"\1" + header("in/b") + b"\2\3" + header("in/b") + b"\4\7"
    assert engine.save(vmsd, State(s=states, end=7)).data == data
    state = engine.load(vmsd, State(s=[State(a=0, b=0), State(a=0, b=0)], end=0), data)
    assert (state.s, state.end) == (states, 7)


@pytest.mark.parametrize("release", [Release(7, 2), LATEST])
def test_a_subsection_that_is_not_known_is_refused(engine, release):
    vmsd = chip(A, subsections=(subsection("chip/x"), subsection("chip/b")))
    with pytest.raises(StreamError) as error:
        engine.load(vmsd, State(a=0), b"\1" + header("chip/c"), release=release)
    assert str(error.value) == (
        "chip at offset 0x1: subsection 'chip/c' is unknown; known: chip/b, chip/x"
    )
    assert error.value.number == (EINVAL if release == LATEST else ENOENT)
    with pytest.raises(StreamError, match="'chip/c' is unknown; known: none"):
        engine.load(chip(), State(), header("chip/c"))


def test_a_subsection_of_one_description_is_unknown_to_another(engine):
    deep = subsection("chip/a/b", VMSTATE_UINT8("b"))
    vmsd = chip(subsections=(subsection("chip/a", A, subsections=(deep,)),))
    # It belongs behind chip/a; in front of it, it looks like one of chip's own.
    with pytest.raises(StreamError, match="subsection 'chip/a/b' is unknown; known: chip/a"):
        engine.load(vmsd, State(a=0, b=0), header("chip/a/b") + b"\1")


FOREIGN = {
    "another name": header("disk/a"),
    "the name that only begins alike": header("ch"),
    "the name and no more": header("chip"),
    "no name": header(""),
    "no length": b"\x05",
    "no such many bytes": b"\x05\x09chip",
    "nearly as many bytes": b"\x05\x06chip/",
    "a lower first byte": b"\x04\x06chip/b\0\0\0\0\1",
    "a higher first byte": b"\x06\x06chip/b\0\0\0\0\1",
    "a zero in the name": b"\x05\x06ch\0p/b",
    "nothing": b"",
}


@pytest.mark.parametrize("rest", FOREIGN.values(), ids=FOREIGN)
def test_what_is_not_ours_is_left_to_whoever_reads_on(engine, rest):
    reader = Reader(b"\1" + rest)
    assert engine.load(WITH_B, State(a=0, b=9), reader).b == 9
    assert reader.offset == 1


def test_a_name_needs_no_slash_to_be_taken_for_ours(engine):
    with pytest.raises(StreamError, match="subsection 'chipXb' is unknown; known: chip/b"):
        engine.load(WITH_B, State(a=0, b=0), b"\1" + header("chipXb"))


def test_a_name_ends_at_its_first_zero_byte(engine):
    state = engine.load(WITH_B, State(a=0, b=0), b"\1" + header("chip/b\0junk") + b"\7")
    assert state.b == 7
    with pytest.raises(StreamError, match="subsection 'chip' is unknown; known: chip/b"):
        engine.load(WITH_B, State(a=0, b=0), b"\1" + header("chip\0b"))


def test_a_name_that_is_no_text_is_shown_byte_by_byte(engine):
    with pytest.raises(StreamError, match="subsection 'chip/\xe9' is unknown"):
        engine.load(WITH_B, State(a=0, b=0), b"\1\x05\x06chip/\xe9\0\0\0\0")


def test_data_that_looks_like_a_subsection_is_taken_for_one(engine):
    # The trap: the peek at the end of a nested state sees its holder's next field.
    inner = chip(A, name="c")
    vmsd = chip(VMSTATE_STRUCT("s", 0, inner), VMSTATE_UINT8_ARRAY("b", 4))
    fits = State(s=State(a=1), b=[5, 2, ord("d"), ord("e")])
    assert engine.load(vmsd, fits, engine.save(vmsd, fits).data).b == [5, 2, 100, 101]
    trap = State(s=State(a=1), b=[5, 2, ord("c"), ord("e")])
    data = engine.save(vmsd, trap).data
    assert data == b"\1\5\2ce"
    with pytest.raises(StreamError) as error:
        engine.load(vmsd, trap, data)
    assert str(error.value) == "c at offset 0x1: subsection 'ce' is unknown; known: none"


def test_a_description_whose_name_begins_anothers_takes_its_subsections(engine):
    # The trap: virtio inside virtio_pci, cpu before cpu_common.
    inner = chip(A, name="virtio")
    vmsd = chip(
        VMSTATE_STRUCT("s", 0, inner),
        name="virtio_pci",
        subsections=(subsection("virtio_pci/b", VMSTATE_UINT8("b")),),
    )
    state = State(s=State(a=1), b=2)
    data = engine.save(vmsd, state).data
    with pytest.raises(StreamError, match=r"^virtio at offset 0x1: subsection 'virtio_pci/b' is"):
        engine.load(vmsd, state, data)


def test_a_subsection_of_a_version_that_is_not_known_is_refused(engine):
    with pytest.raises(VersionError) as error:
        engine.load(WITH_B, State(a=0, b=0), b"\1" + header("chip/b", 1) + b"\1")
    assert str(error.value) == (
        "chip/b at offset 0xd: version 1 is too new: versions 0 to 0 can be read"
    )


def test_a_subsection_has_the_version_of_the_wire(engine):
    more = subsection("chip/b", VMSTATE_UINT8("b"), VMSTATE_UINT8_V("c", 2), version_id=2)
    vmsd = chip(subsections=(more,))
    assert engine.save(vmsd, State(b=1, c=2)).data == header("chip/b", 2) + b"\1\2"
    state = engine.load(vmsd, State(b=0, c=9), header("chip/b", 1) + b"\5")
    assert (state.b, state.c) == (5, 9)


def test_of_a_subsections_version_the_low_8_bits_count(engine):
    more = subsection("chip/b", VMSTATE_UINT8("b"), version_id=255, minimum_version_id=254)
    vmsd = chip(subsections=(more,))
    for version in (254, 255, 0x1FE, 0xFFFFFFFF):
        assert engine.load(vmsd, State(b=0), header("chip/b", version) + b"\5").b == 5
    with pytest.raises(VersionError, match="version 0 is too old"):
        engine.load(vmsd, State(b=0), header("chip/b", 256) + b"\5")


@pytest.mark.parametrize("missing", [1, 4])
def test_a_header_that_ends_early_names_the_subsection(engine, missing):
    with pytest.raises(TruncatedStreamError) as error:
        engine.load(WITH_B, State(a=0, b=0), b"\1" + header("chip/b")[:-missing])
    assert str(error.value) == (f"chip/b at offset 0x9: needs 4 bytes, {4 - missing} are left")


def test_a_body_that_ends_early_names_the_field(engine):
    with pytest.raises(TruncatedStreamError, match=r"^chip/b/b at offset 0xd: needs 1 bytes, 0"):
        engine.load(WITH_B, State(a=0, b=0), b"\1" + header("chip/b"))


def test_the_longest_name_is_sent_and_read(engine):
    name = "chip/" + "x" * 250
    vmsd = chip(A, subsections=(subsection(name, VMSTATE_UINT8("b")),))
    data = engine.save(vmsd, State(a=1, b=2)).data
    assert data[:3] == b"\1\5\xff"
    assert engine.load(vmsd, State(a=0, b=0), data).b == 2


@given(st.permutations("abcd"), st.sets(st.sampled_from("abcd")))
def test_any_set_of_subsections_comes_back_in_any_order(engine, order, wanted):
    vmsd = chip(
        subsections=tuple(
            subsection(
                f"chip/{name}",
                VMSTATE_UINT8(name),
                needed=lambda state, name=name: name in state.on,
            )
            for name in "abcd"
        )
    )
    state = State(on=wanted, a=1, b=2, c=3, d=4)
    saved = engine.save(vmsd, state)
    pieces = {
        layout.description.name[-1]: header(layout.description.name)
        + saved.data[layout.offset : layout.offset + layout.size]
        for layout in saved.layout.subsections
    }
    assert b"".join(pieces.values()) == saved.data
    other = State(on=wanted, a=0, b=0, c=0, d=0)
    engine.load(vmsd, other, b"".join(pieces[name] for name in order if name in wanted))
    assert {name for name in "abcd" if getattr(other, name)} == wanted
