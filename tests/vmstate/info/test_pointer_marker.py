"""Pointer markers: null or valid, nothing else."""

from __future__ import annotations

import pytest

from vmstate.cursor import Reader, Writer
from vmstate.errors import StreamError, TruncatedStreamError
from vmstate.info import PTR_MARKER
from vmstate.release import LATEST


@pytest.mark.parametrize(("value", "data"), [(None, b"0"), (0, b"1"), ([], b"1")])
def test_none_is_a_null_pointer_and_all_else_is_valid(value, data):
    writer = Writer()
    PTR_MARKER.save(writer, value, 0)
    assert bytes(writer) == data
    assert PTR_MARKER.load(Reader(data), value, 0) is value


@pytest.mark.parametrize("byte", [0, 0x2F, 0x32, 0xFF])
def test_another_byte_is_no_marker(byte):
    reader = Reader(bytes([byte]))
    reader.path = "chip/ports[1]"
    with pytest.raises(StreamError) as error:
        PTR_MARKER.load(reader, None, 0)
    assert str(error.value) == (
        f"chip/ports[1] at offset 0x0: byte {byte:#04x} is no pointer marker: expected 0x30 "
        "(null) or 0x31 (valid)"
    )


def test_no_byte_is_an_error():
    with pytest.raises(TruncatedStreamError):
        PTR_MARKER.load(Reader(b""), None, 0)


def test_it_has_the_name_of_the_latest_release():
    assert PTR_MARKER.name == LATEST.marker_type
    assert repr(PTR_MARKER) == "PTR_MARKER"
