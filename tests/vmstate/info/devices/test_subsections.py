"""Subsections inside a blob: whose they are, in which order, and what follows them."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from tests.support.cursors import reading
from vmstate.cursor import Writer
from vmstate.errors import StreamError, TruncatedStreamError, VersionError
from vmstate.info.devices.subsections import Subsection, load_subsections, save_subsections


def byte(name, member):
    return Subsection(
        name,
        lambda reader, state: setattr(state, member, reader.unsigned(1)),
        lambda writer, state: writer.integer(getattr(state, member), 1),
        lambda state: getattr(state, member) != 0,
    )


KNOWN = (byte("chip/a", "a"), byte("chip/b", "b"))


def wire(name, version, body):
    return b"\5" + bytes([len(name)]) + name.encode() + version.to_bytes(4) + body


A, B = wire("chip/a", 1, b"\7"), wire("chip/b", 1, b"\x08")


def state(a=0, b=0):
    return SimpleNamespace(a=a, b=b)


def saved(value):
    writer = Writer()
    writer.owner, writer.field = "chip", "field"
    save_subsections(writer, KNOWN, value)
    return bytes(writer)


@pytest.mark.parametrize(
    ("value", "data"),
    [(state(), b""), (state(a=7), A), (state(b=8), B), (state(7, 8), A + B)],
)
def test_those_that_are_needed_are_sent_in_order(value, data):
    assert saved(value) == data


def test_they_are_loaded_in_any_order_and_named():
    loaded = state()
    reader = reading(B + A + b"rest")
    assert load_subsections(reader, "chip", KNOWN, loaded) == ["chip/b", "chip/a"]
    assert loaded == state(7, 8)
    assert reader.take(4) == b"rest"


@pytest.mark.parametrize(
    "rest",
    [
        b"",
        b"\5",
        b"\6\6chip/a",
        wire("chap/a", 1, b""),
        wire("chip", 1, b""),
        A[:7],
    ],
    ids=["nothing", "one byte", "another first byte", "another's", "the owner's name", "cut"],
)
def test_what_is_none_of_ours_is_left_alone(rest):
    reader = reading(rest)
    assert load_subsections(reader, "chip", KNOWN, state()) == []
    assert reader.offset == 0


def test_an_unknown_one_is_refused():
    with pytest.raises(StreamError) as error:
        load_subsections(reading(A + wire("chip/c", 1, b"")), "chip", KNOWN, state())
    assert str(error.value) == (
        "chip/field at offset 0xd: subsection 'chip/c' is unknown; known: chip/a, chip/b"
    )


@pytest.mark.parametrize("version", [0, 2])
def test_another_version_is_refused(version):
    with pytest.raises(VersionError) as error:
        load_subsections(reading(wire("chip/a", version, b"\7")), "chip", KNOWN, state())
    assert str(error.value) == (
        f"chip/field.<chip/a> at offset 0xc: version {version} is too "
        f"{'new' if version else 'old'}: versions 1 to 1 can be read"
    )


def test_one_that_ends_early_is_refused_with_its_name():
    with pytest.raises(TruncatedStreamError) as error:
        load_subsections(reading(A[:-1]), "chip", KNOWN, state())
    assert error.value.path == "chip/field.<chip/a>"
