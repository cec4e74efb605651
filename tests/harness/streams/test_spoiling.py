"""Spoiling: the fields that are named hold something else, and every other byte is as it was."""

import pytest

from harness.command import Command
from harness.errors import SpoilError
from harness.fields import LeafField
from harness.observation import Observation
from harness.streams.spoiling import Spoils, Spoilt, changes_of, spoilt
from tests.support.streams import CONFIGURATION, HEADER, described, end, full

PIT = bytes(range(8))
STREAM = (
    HEADER
    + CONFIGURATION
    + full(1, "pit", PIT)
    + full(2, "dma", b"\xaa\xbb", instance_id=0)
    + full(3, "dma", b"\xaa\xbb", instance_id=1)
    + end(described("pit", 8), described("dma", 2), described("dma", 2, instance_id=1))
)


def field(data, offset, section="pit", instance_id=0):
    return LeafField(section, instance_id, "count", "uint16", offset, data)


def test_only_the_bytes_of_the_fields_change():
    second = Spoilt(field(b"\xbb", 1, "dma", 1), b"\x00")
    data = spoilt(STREAM, [Spoilt(field(b"\x02\x03", 2), b"\xfe\xff"), second])
    changed = {at: data[at] for at in range(len(STREAM)) if data[at] != STREAM[at]}
    pit, dma = STREAM.index(PIT), STREAM.rindex(b"\xaa\xbb")
    assert changed == {pit + 2: 0xFE, pit + 3: 0xFF, dma + 1: 0x00}
    assert len(data) == len(STREAM)


def test_without_a_change_it_is_the_same_stream():
    assert spoilt(STREAM, []) == STREAM


@pytest.mark.parametrize(
    ("one", "data", "why"),
    [
        (field(b"\x02", 2, "rtc"), b"\x00", "rtc[0]/count: the stream has no such section"),
        (field(b"\x02", 2, "pit", 1), b"\x00", "pit[1]/count: the stream has no such section"),
        (field(b"\x09", 2), b"\x00", "pit[0]/count: the stream does not hold at +0x2 what it did"),
        (field(b"\x02", 2), b"\x00\x00", "pit[0]/count: 2 bytes in the place of 1"),
    ],
)
def test_a_field_that_is_not_there_is_refused(one, data, why):
    with pytest.raises(ValueError) as info:  # noqa: PT011 - the whole text is compared
        spoilt(STREAM, [Spoilt(one, data)])
    assert str(info.value) == why


FIELDS = [field(b"\x02\x03", 2), field(b"\xbb", 1, "dma", 1)]


def spoils(*lines):
    return [Command.parse(f"spoil {line}") for line in lines]


def test_a_command_spoils_the_beginning_of_a_field():
    asked = spoils("pit 0 count 0xfe", "dma 1 count 0x00")
    assert changes_of(FIELDS, asked) == [Spoilt(FIELDS[0], b"\xfe\x03"), Spoilt(FIELDS[1], b"\0")]
    assert changes_of(FIELDS, []) == []


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("rtc 0 count 0x00", "rtc[0]/count can't be spoilt: the state has no such field"),
        ("dma 0 count 0x00", "dma[0]/count can't be spoilt: the state has no such field"),
        (
            "dma 1 count 0x0000",
            "dma[1]/count can't be spoilt: it has 1 bytes, and 2 are given",
        ),
    ],
)
def test_what_can_not_be_spoilt_is_said(line, said):
    with pytest.raises(SpoilError) as info:
        changes_of(FIELDS, spoils(line))
    assert str(info.value) == said


def test_what_was_heard_before_a_save_is_about_that_and_nothing_else():
    first, second, third = spoils("pit 0 count 0x1", "pit 0 count 0x2", "pit 0 count 0x3")
    read = Command.parse("inb 0x40")
    told = Spoils()
    assert told.heard([read, first]) == (read,)
    told.saved("a")
    told.heard([second])
    assert told.of("a") == (first,)
    # Run A's are forgotten: run B brings them again.
    told.heard([third])
    told.saved("b")
    assert (told.of("a"), told.of("b"), told.of("c")) == ((first,), (third,), ())


def test_commands_among_which_nothing_is_spoilt_are_sent_as_they_are():
    commands = (Command.parse("inb 0x40"),)
    assert Spoils().heard(commands) is commands


def test_each_command_is_answered():
    read = Command.parse("inb 0x40")
    commands = [*spoils("pit 0 count 0x1"), read, *spoils("pit 0 count 0x2")]
    answers = [one.answer for one in Spoils.answered(commands, [Observation(7)])]
    assert answers == [None, 7, None]
