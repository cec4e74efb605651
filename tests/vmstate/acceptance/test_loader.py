"""The loader: what may follow what, and what is refused, as QEMU's loader has it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support import one_of_each as small
from vmstate.acceptance import Accepted, Refused, destination_of, load
from vmstate.release import Release
from vmstate.stream import (
    Command,
    Configuration,
    Eof,
    Kind,
    Section,
    SectionBegin,
    SectionEnd,
    Tail,
    event_bytes,
)

HERE = destination_of(small.SMALL)
EVENTS = small.events()
DMA, OTHER_DMA, CHIP = (
    next(one for one in EVENTS if isinstance(one, Section) and (one.idstr, one.instance_id) == key)
    for key in (("dma", 0), ("dma", 1), ("0000:00:01.0/chip", 0))
)
EOF = EVENTS.index(Eof())


def judged(events, here=HERE):
    return load(small.written(events), here)


def with_(event, *instead):
    """Return the events with others instead of one."""
    place = EVENTS.index(event)
    return [*EVENTS[:place], *instead, *EVENTS[place + 1 :]]


def why(verdict):
    assert isinstance(verdict, Refused), verdict
    return str(verdict)


def test_a_machine_takes_its_own_stream():
    assert load(small.SMALL, HERE) == Accepted()


def test_a_section_that_does_not_come_is_not_missed():
    assert judged(with_(CHIP)) == Accepted()


def test_a_section_may_come_twice():
    assert judged(with_(DMA, DMA, DMA)) == Accepted()


def test_sections_may_come_in_any_order():
    events = [one for one in EVENTS if one not in (DMA, CHIP)]
    assert judged([*events[:2], CHIP, DMA, *events[2:]]) == Accepted()


def test_a_section_that_nobody_has_is_refused():
    event = replace(DMA, idstr="dmb")
    assert why(judged(with_(DMA, event))) == (
        "dmb at offset 0x1106: section 'dmb', instance 0: there is none here"
    )


def test_an_instance_that_nobody_has_is_refused():
    assert "instance 2: there is none here" in why(judged(with_(DMA, replace(DMA, instance_id=2))))


def test_an_empty_name_is_refused():
    assert "the name of a section is empty" in why(judged(with_(DMA, replace(DMA, idstr=""))))


def test_what_is_behind_a_nul_does_not_count_in_a_name():
    assert judged(with_(DMA, replace(DMA, idstr="dma\0x"))) == Accepted()


def test_a_section_is_found_by_its_name_without_its_path():
    assert judged(with_(CHIP, replace(CHIP, idstr="chip"))) == Accepted()
    assert "there is none" in why(judged(with_(CHIP, replace(CHIP, idstr="chip", instance_id=1))))


def test_the_number_of_no_alias_finds_a_section():
    """QEMU keeps -1 where a section has no other instance id, and compares with it."""
    assert judged(with_(DMA, replace(DMA, instance_id=0xFFFFFFFF))) == Accepted()


def test_guest_memory_is_found_by_instance_zero_only():
    events = [
        replace(one, instance_id=0xFFFFFFFF) if isinstance(one, SectionBegin) else one
        for one in EVENTS
    ]
    assert "'ram', instance 4294967295" in why(judged(events))


def test_a_version_that_is_too_new_is_refused():
    assert "version 2 is too new: versions 0 to 1" in why(
        judged(with_(DMA, replace(DMA, version_id=2)))
    )


def test_without_a_dump_no_older_version_is_known():
    assert "version 0 is too old: versions 1 to 1" in why(
        judged(with_(DMA, replace(DMA, version_id=0)))
    )


def test_an_older_version_has_fewer_fields():
    timer = next(one for one in EVENTS if isinstance(one, Section) and one.idstr == "timer")
    older = replace(timer, version_id=1)
    assert "0x00 where the footer 0x7e must be" in why(judged(with_(timer, older)))
    assert judged(with_(timer, replace(older, body=bytes(16)))) == Accepted()


def test_a_device_may_come_in_parts():
    body = event_bytes(DMA)[17:18]
    parts = [
        SectionBegin(Kind.START, 11, "dma", 0, 1),
        Tail(body),
        SectionEnd(11),
        SectionBegin(Kind.PART, 11, "dma", 0, 1),
        Tail(body),
        SectionEnd(11),
    ]
    assert judged(with_(DMA, *parts)) == Accepted()


def test_a_part_of_what_was_never_started_is_refused():
    part = [SectionBegin(Kind.PART, 99, "dma", 0, 1), SectionEnd(99)]
    assert "a part of section 0x63, which was never started" in why(judged(with_(DMA, *part)))


def test_number_zero_is_remembered_of_whatever_was_never_started():
    """It is the first section's, which was not begun, at version 0."""
    part = [SectionBegin(Kind.PART, 0, "", 0, 0), Tail(bytes(24)), SectionEnd(0)]
    verdict = judged([*EVENTS[:2], *part, *EVENTS[2:]])
    assert why(verdict) == (
        "timer at offset 0x1d: version 0 is too old: versions 1 to 2 can be read"
    )


def test_a_refusal_names_the_field():
    cut = [*EVENTS[: EVENTS.index(CHIP)], replace(CHIP, body=CHIP.body[:28], has_footer=False)]
    assert why(judged(cut)).startswith("0000:00:01.0/chip/point/x at offset ")


@pytest.mark.parametrize(
    ("footer", "said"),
    [
        (b"", "where the footer 0x7e must be"),
        (b"\x7e\0\0\0\x0a", "the footer of section 0xa, expected 0xb"),
        (b"\x7f\0\0\0\x0b", "0x7f where the footer 0x7e must be"),
    ],
)
def test_a_wrong_footer_is_refused(footer, said):
    other = replace(OTHER_DMA, has_footer=False)
    assert said in why(judged(with_(OTHER_DMA, other, Tail(footer))))


@pytest.mark.parametrize("kind", [5, 6, 7, 9, 0x7E])
def test_a_section_of_an_unknown_kind_is_refused(kind):
    assert f"section of unknown kind {kind:#04x}" in why(
        judged(with_(DMA, Tail(bytes([kind])), DMA))
    )


def test_a_stream_that_ends_before_its_end_is_refused_wherever_that_is():
    end = small.SMALL.index(event_bytes(Eof()) + b"\x06")
    page = small.SMALL.index(b"\x11" * small.PAGE)
    for size in (*range(page + 1), *range(page + small.PAGE - 1, end + 1)):
        verdict = load(small.SMALL[:size], HERE)
        assert isinstance(verdict, Refused), size


def test_what_is_behind_the_end_is_told_and_taken():
    events = EVENTS[: EOF + 1]
    assert judged(events) == Accepted(("expected a vmdesc at offset 0x1257, found 0x00",))
    assert judged([*events, Tail(b"U")]) == Accepted(
        ("expected a vmdesc at offset 0x1257, found 0x55",)
    )
    assert judged([*events, Tail(b"\x06\0\0\0\x09{}")]) == Accepted(
        ("the vmdesc has 2 of 9 bytes",)
    )


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"QEVX\0\0\0\3", "stream at offset 0x0: starts with b'QEVX', expected b'QEVM'"),
        (b"QEVM\0\0\0\2", "stream at offset 0x4: stream version 2, expected 3"),
        (b"QEVM\0\0\0\3\4", "stream at offset 0x8: no configuration where it must be"),
        (b"QEV", "header at offset 0x0: needs 4 bytes, 3 are left"),
    ],
)
def test_a_wrong_header_is_refused(data, said):
    assert said in why(load(data, HERE)).replace("header at offset 0x4", "stream at offset 0x4")


def test_a_package_is_a_stream_in_the_stream():
    inner = bytes(event_bytes(DMA)) + b"\0"
    head = bytes(event_bytes(Command(7, len(inner).to_bytes(4))))
    assert judged(with_(DMA, Tail(head + inner))) == Accepted()
    # What is behind its end is skipped.
    longer = bytes(event_bytes(Command(7, (len(inner) + 2).to_bytes(4))))
    assert judged(with_(DMA, Tail(longer + inner + b"zz"))) == Accepted()


@pytest.mark.parametrize("inner", [b"", bytes(event_bytes(DMA))], ids=["empty", "without an end"])
def test_a_package_must_end(inner):
    head = bytes(event_bytes(Command(7, len(inner).to_bytes(4))))
    assert "needs 1 bytes, 0 are left" in why(judged(with_(DMA, Tail(head + inner))))


def test_a_package_that_is_cut_off_is_refused():
    head = bytes(event_bytes(Command(7, (1 << 24).to_bytes(4))))
    assert "the package is cut off" in why(judged(with_(DMA, Tail(head))))


def test_a_page_of_one_byte_is_taken_until_8_1():
    data = small.SMALL.replace(bytes(8) + b"\x10", bytes(8) + b"\x10")
    place = data.index((small.PAGE | 0x22).to_bytes(8)) + 8
    filled = data[:place] + b"\x55" + data[place + 1 :]
    assert load(filled, HERE) == Accepted()
    newer = replace(HERE, release=Release(8, 2))
    assert "a zero page with the value 85" in why(load(filled, newer))
    assert load(data, newer) == Accepted()


def test_another_machine_is_refused():
    events = [Configuration("pc-test-7.1") if isinstance(e, Configuration) else e for e in EVENTS]
    assert "machine type 'pc-test-7.1', here it is 'pc-test-7.2'" in why(judged(events))


def test_a_stream_with_another_version_is_refused_before_anything_else():
    assert load(b"QEVM\0\0\0\4", HERE) == Refused("stream version 4, expected 3", 4)
