"""Booleans: one byte, strict in what is saved, liberal in what is loaded."""

from __future__ import annotations

import pytest

from vmstate.cursor import Reader, Writer
from vmstate.errors import EncodeError, TruncatedStreamError
from vmstate.info import BOOL


def saved(value):
    writer = Writer()
    writer.path = "chip/on"
    BOOL.save(writer, value, 0)
    return bytes(writer)


@pytest.mark.parametrize(("value", "data"), [(True, b"\1"), (False, b"\0"), (1, b"\1"), (0, b"\0")])
def test_truth_is_one_and_falsehood_zero(value, data):
    assert saved(value) == data


@pytest.mark.parametrize(("byte", "value"), [(0, False), (1, True), (2, True), (0xFF, True)])
def test_any_byte_but_zero_is_true(byte, value):
    assert BOOL.load(Reader(bytes([byte])), None, 0) is value


@pytest.mark.parametrize("value", [2, -1, None, "yes"])
def test_what_is_no_truth_is_refused(value):
    with pytest.raises(EncodeError) as error:
        saved(value)
    assert str(error.value) == f"chip/on: can't save {value!r}: not a boolean"


def test_no_byte_is_an_error():
    with pytest.raises(TruncatedStreamError):
        BOOL.load(Reader(b""), None, 0)


def test_it_has_qemus_name():
    assert (BOOL.name, repr(BOOL)) == ("bool", "BOOL")
