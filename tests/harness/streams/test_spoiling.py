"""Spoiling: the fields that are named hold something else, and every other byte is as it was."""

import pytest

from harness.fields import LeafField
from harness.streams.spoiling import Spoilt, spoilt
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
