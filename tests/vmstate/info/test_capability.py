"""Capabilities: names that a loader knows."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmstate.cursor import Reader, Writer
from vmstate.errors import EncodeError, StreamError, TruncatedStreamError
from vmstate.info import CAPABILITY, Capability
from vmstate.info.capability import CAPABILITIES

FEW = Capability(frozenset({"multifd", "xbzrle"}))


def saved(value, codec=CAPABILITY):
    writer = Writer()
    writer.path = "configuration/capabilities[0]"
    codec.save(writer, value, 0)
    return bytes(writer)


def test_a_name_stands_behind_its_length():
    assert saved("mapped-ram") == b"\x0amapped-ram"


@given(st.sampled_from(sorted(CAPABILITIES)))
def test_any_capability_comes_back(name):
    assert CAPABILITY.load(Reader(saved(name)), None, 0) == name


def test_what_is_behind_a_zero_byte_does_not_count():
    assert CAPABILITY.load(Reader(b"\x09multifd\0!"), None, 0) == "multifd"


def test_an_unknown_name_is_refused_with_those_that_are_known():
    reader = Reader(b"\x05bogus")
    reader.path = "configuration/capabilities[0]"
    with pytest.raises(StreamError) as error:
        FEW.load(reader, None, 0)
    assert str(error.value) == (
        "configuration/capabilities[0] at offset 0x0: capability 'bogus' is unknown; known: "
        "multifd, xbzrle"
    )


@pytest.mark.parametrize("value", ["bogus", "", None, 3])
def test_an_unknown_name_is_not_saved(value):
    with pytest.raises(EncodeError) as error:
        saved(value, FEW)
    assert str(error.value) == (
        f"configuration/capabilities[0]: can't save {value!r}: not a known capability"
    )


@pytest.mark.parametrize("data", [b"", b"\7multif"])
def test_bytes_that_end_early_are_refused(data):
    with pytest.raises(TruncatedStreamError):
        CAPABILITY.load(Reader(data), None, 0)


def test_it_has_qemus_name():
    assert (CAPABILITY.name, repr(CAPABILITY)) == ("capability", "Capability()")
