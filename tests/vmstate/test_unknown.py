"""What is not known: it keeps what is known of it, and refuses to guess the rest."""

from __future__ import annotations

from types import SimpleNamespace as State

import pytest

from tests.support.engines import ENGINES
from vmstate import LATEST, VMS, EncodeError, Field, StreamError, VMStateDescription
from vmstate.errors import UnknownError
from vmstate.unknown import (
    RAW,
    RAW_STRUCT,
    Raw,
    UnknownNeed,
    UnknownTest,
    is_unknown_length,
    unknown_length,
)

INNER = VMStateDescription(name="inner")


def codec_of(engine, **parts):
    field = Field(**{"name": "a", **parts})
    return ENGINES[engine](VMStateDescription(name="chip", fields=(field,)), LATEST)


@pytest.fixture(params=ENGINES)
def engine(request):
    return request.param


def test_bytes_of_an_unknown_meaning_come_back_as_they_were(engine):
    codec = codec_of(engine, info=Raw("pci config"), size=3)
    state = State(a=b"")
    codec.load(state, b"\x01\x02\x03", 0)
    assert state.a == b"\x01\x02\x03"
    saved = codec.save(state)
    assert saved.data == b"\x01\x02\x03"
    assert [span.type for span in saved.spans] == ["pci config"]


@pytest.mark.parametrize("value", [b"\x01\x02", b"\x01\x02\x03\x04", 3, None])
def test_only_as_many_bytes_are_saved(engine, value):
    codec = codec_of(engine, info=Raw("x"), size=3)
    with pytest.raises(EncodeError) as error:
        codec.save(State(a=value))
    assert str(error.value) == f"chip/a: can't save {value!r}: not 3 bytes"


def test_a_codec_of_the_whole_state_keeps_its_bytes_under_its_name(engine):
    codec = codec_of(engine, name="virtio-gpu", info=Raw("v", "virtio-gpu"), size=2, whole=True)
    state = State()
    with pytest.raises(EncodeError, match="not 2 bytes"):
        codec.save(state)
    codec.load(state, b"ab", 0)
    assert vars(state) == {"virtio-gpu": b"ab"}
    assert codec.save(state).data == b"ab"


def test_no_bytes_of_a_known_type_are_no_bytes(engine):
    codec = codec_of(engine, info=Raw("msix state"))
    state = State(a=b"")
    codec.load(state, b"", 0)
    assert codec.save(state).data == b""


def test_what_has_neither_type_nor_size_is_refused(engine):
    codec = codec_of(engine, info=RAW)
    with pytest.raises(UnknownError, match=r"^chip/a: its type is not known"):
        codec.load(State(a=b""), b"", 0)
    with pytest.raises(UnknownError, match=r"merge it with a vmdesc, or write it by hand$"):
        codec.save(State(a=b""))


def test_how_states_are_framed_is_not_guessed(engine):
    codec = codec_of(engine, info=RAW_STRUCT, vmsd=INNER, size=8)
    why = r"^chip/a: how the states in it are framed is not known"
    with pytest.raises(UnknownError, match=why):
        codec.load(State(a=State()), bytes(8), 0)
    with pytest.raises(UnknownError, match=why):
        codec.save(State(a=State()))


def test_a_test_that_is_not_known_is_not_answered(engine):
    codec = codec_of(engine, info=Raw("x"), size=1, field_exists=UnknownTest("chip/a"))
    with pytest.raises(UnknownError, match=r"^chip/a: whether it is there is not known"):
        codec.load(State(a=b""), b"x", 0)
    with pytest.raises(UnknownError, match=r"^chip/a: whether it is there is not known"):
        codec.save(State(a=b"x"))


def test_whether_a_subsection_is_sent_is_not_guessed_but_it_is_loaded(engine):
    part = VMStateDescription(
        name="chip/part",
        needed=UnknownNeed("chip/part"),
        fields=(Field(name="a", info=Raw("x"), size=1),),
    )
    codec = ENGINES[engine](VMStateDescription(name="chip", subsections=(part,)), LATEST)
    state = State(a=b"")
    codec.load(state, b"\x05\x09chip/part\0\0\0\0z", 0)
    assert state.a == b"z"
    with pytest.raises(UnknownError, match=r"^chip/part: whether it is sent is not known"):
        codec.save(state)


def test_a_count_that_is_not_known_is_refused_unless_the_state_has_it(engine):
    path = unknown_length("a.b[0]", "count")
    assert path == "unknown_count_of_a_b_0_"
    assert is_unknown_length(path)
    assert not is_unknown_length("count")
    codec = codec_of(engine, info=Raw("x"), size=1, flags=VMS.VARRAY_INT32, num_field=path)
    with pytest.raises(StreamError, match="it has no unknown_count_of_a_b_0_"):
        codec.load(State(a=[b""]), b"x", 0)
    state = State(a=[b""], unknown_count_of_a_b_0_=1)
    codec.load(state, b"x", 0)
    assert state.a == [b"x"]
