"""Compiled: a codec like the interpreter, in everything that its callers see."""

from __future__ import annotations

import sys
import tracemalloc
from errno import EINVAL, EIO
from types import SimpleNamespace

import pytest

from tests.support.mixed_chip import CHIP, WIRE, chip
from tests.support.recorded_states import State, both_load, both_save, loading, saving
from vmstate import (
    VMS,
    EncodeError,
    Field,
    Release,
    StreamError,
    VersionError,
    VMStateDescription,
)
from vmstate.codec import Codec, Interpreted
from vmstate.compiler import Compiled
from vmstate.cursor import Reader
from vmstate.info import FD, QTAILQ, UINT8, UINT32
from vmstate.macros import VMSTATE_STRUCT, VMSTATE_UINT8, VMSTATE_UINT32

BYTE = VMStateDescription(name="byte", version_id=2, fields=(VMSTATE_UINT8("a"),))


def test_it_is_a_codec_and_shows_its_functions():
    codec: Codec = Compiled(CHIP, Release(7, 2))
    assert (codec.description, codec.release) == (CHIP, Release(7, 2))
    saved = codec.save(chip())
    assert (saved.data, saved.release, saved.descriptors) == (WIRE, Release(7, 2), ())
    source = codec.source
    assert source.count("\ndef load(") == source.count("def save(") == 1
    compile(source, "source", "exec")


@pytest.mark.parametrize("kind", [bytes, bytearray, memoryview])
def test_any_bytes_are_loaded(kind):
    state = State(a=0)
    Compiled(BYTE).load(state, kind(b"\7"), 2)
    assert state.a == 7


@pytest.mark.parametrize("kind", [bytes, bytearray])
def test_bytes_must_not_be_left_over(kind):
    state = State(a=0)
    with pytest.raises(StreamError) as error:
        Compiled(BYTE).load(state, kind(b"\7\7\7"), 2)
    assert str(error.value) == "byte at offset 0x1: 2 bytes are left over"
    assert state.a == 7


def test_a_cursor_is_left_behind_what_was_read():
    reader, state = Reader(b"xx\7yy", 2), State(a=0)
    Compiled(BYTE).load(state, reader, 2)
    assert (reader.offset, state.a) == (3, 7)


@pytest.mark.parametrize("version_id", [-1, 3])
def test_other_versions_are_refused(version_id):
    with pytest.raises(VersionError):
        Compiled(BYTE).load(State(a=0), b"\7", version_id)


def test_what_is_not_migratable_is_refused():
    vmsd = VMStateDescription(name="fixed", fields=(VMSTATE_UINT8("a"),), unmigratable=True)
    for _ in range(2):
        assert both_save(vmsd, State(a=1))["result"][0] is EncodeError
        assert both_load(vmsd, State(a=1), b"\1")["result"][0] is StreamError
        # Looking at the functions does not let it through.
        assert "def save" in Compiled(vmsd).source
    codec = Compiled(vmsd)
    assert codec.source
    with pytest.raises(EncodeError, match="the device is not migratable"):
        codec.save(State(a=1))
    with pytest.raises(StreamError, match="the device is not migratable"):
        codec.load(State(a=1), b"\1", 0)


@pytest.mark.parametrize(("release", "number"), [(Release(7, 2), EIO), (Release(11, 1), EINVAL)])
def test_an_error_has_the_number_that_the_release_gives_it(release, number):
    vmsd = VMStateDescription(name="numbered", fields=(Field(name="a", flags=VMS.SINGLE, info=FD),))
    for codec in (Compiled(vmsd, release), Compiled(BYTE, release)):
        with pytest.raises(StreamError) as error:
            codec.load(State(a=0), b"", codec.description.version_id)
        assert error.value.number == number


def test_descriptors_go_beside_the_bytes():
    fields = tuple(Field(name=name, flags=VMS.SINGLE, info=FD) for name in "ab")
    vmsd = VMStateDescription(name="files", fields=fields)
    state = State(a=0, b=0)
    assert Compiled(vmsd).save(State(a=5, b=4)).descriptors == (5, 4)
    reader = Reader(b"  ")
    reader.descriptors.extend((5, 4))
    Compiled(vmsd).load(state, reader, 0)
    assert (state.a, state.b) == (5, 4)


def test_codecs_of_one_description_keep_out_of_each_others_way():
    one, other = Compiled(CHIP), Compiled(CHIP)
    assert one.save(chip()) == other.save(chip())
    assert Compiled(CHIP, Release(7, 2)).save(chip()) != one.save(chip())


def nested(levels, kind):
    """Return a description of so many levels, and a state that fits it."""
    vmsd = VMStateDescription(name="0", fields=(VMSTATE_UINT8("number"),))
    state = SimpleNamespace(number=0)
    for level in range(1, levels):
        number = VMSTATE_UINT8("number")
        if kind == "struct":
            inner = VMSTATE_STRUCT("inner", 0, vmsd)
        else:
            inner = Field(name="inner", info=QTAILQ, vmsd=vmsd, make=SimpleNamespace)
            state = [state]
        vmsd = VMStateDescription(
            name=str(level),
            fields=(number, inner),
            pre_load=blank if kind == "list" else None,
            post_load=(lambda state, version_id: 0) if kind == "hooked" else None,
        )
        state = SimpleNamespace(number=level % 256, inner=state)
    return vmsd, state


def blank(state):
    state.__dict__.setdefault("number", 0)
    state.__dict__.setdefault("inner", [])


@pytest.mark.parametrize("kind", ["struct", "list"])
def test_descriptions_may_be_nested_200_deep(kind):
    limit = sys.getrecursionlimit()
    vmsd, state = nested(200, kind)
    codec = Compiled(vmsd)
    saved = codec.save(state)
    assert sys.getrecursionlimit() == limit
    assert saved == Interpreted(vmsd).save(state)
    if kind == "struct":
        before = saved.data
        state.inner.inner.number = 255
        codec.load(state, before, 0)
        assert codec.save(state) == saved
    assert sys.getrecursionlimit() == limit


def test_a_deep_state_that_does_not_fit_is_refused_in_the_same_words():
    vmsd, state = nested(60, "struct")
    state.inner.inner.inner.number = -1
    with pytest.raises(EncodeError) as by_interpreter:
        Interpreted(vmsd).save(state)
    with pytest.raises(EncodeError) as by_compiler:
        Compiled(vmsd).save(state)
    assert str(by_compiler.value) == str(by_interpreter.value)


def test_bytes_left_over_by_a_deep_state_are_an_error():
    vmsd, state = nested(30, "struct")
    data = Compiled(vmsd).save(state).data
    with pytest.raises(StreamError, match="1 bytes are left over"):
        Compiled(vmsd).load(state, data + b"x", 0)


def test_long_arrays_are_moved_in_one_go():
    count = 100_000
    array = Field(name="a", flags=VMS.VARRAY_UINT32, info=UINT32, num_field="n")
    vmsd = VMStateDescription(name="long", fields=(VMSTATE_UINT32("n"), array))
    state = SimpleNamespace(n=count, a=list(range(count)))
    saved = Compiled(vmsd).save(state)
    assert saved.data[:12] == bytes.fromhex("000186a0 00000000 00000001")
    new = SimpleNamespace(n=0, a=[0] * count)
    Compiled(vmsd).load(new, saved.data, 0)
    assert new == state
    assert saved.layout.fields[1].sizes == (4,) * count


def test_a_count_that_lies_takes_no_memory():
    alloc = VMS.VARRAY_UINT32 | VMS.POINTER | VMS.ALLOC
    array = Field(name="a", flags=alloc, info=UINT8, num_field="n")
    codec = Compiled(VMStateDescription(name="liar", fields=(VMSTATE_UINT32("n"), array)))
    tracemalloc.start()
    try:
        with pytest.raises(StreamError, match="2130706432 elements can't be in the 1 bytes"):
            codec.load(State(n=0, a=None), b"\x7f\0\0\0x", 0)
        assert tracemalloc.get_traced_memory()[1] < 1 << 20
    finally:
        tracemalloc.stop()


def test_a_list_of_any_length_is_moved():
    vmsd = VMStateDescription(
        name="list",
        fields=(Field(name="a", info=QTAILQ, vmsd=BYTE, version_id=2, make=lambda: State(a=0)),),
        version_id=2,
    )
    state = State(a=[State(a=number % 256) for number in range(2000)])
    data, *_ = both_save(vmsd, state)["result"]
    assert len(data) == 2 * 2000 + 1
    assert both_load(vmsd, State(a=[]), data)["result"] is None


def test_outcomes_tell_engines_apart():
    """The comparison that the other tests rest on sees a difference."""
    other = VMStateDescription(name="byte", version_id=2, fields=(VMSTATE_UINT8("b"),))
    state = State(a=1, b=2)
    assert saving(Compiled(BYTE), state, None) != saving(Compiled(other), state, None)
    ways = [loading(Compiled(vmsd), state, b"\7", 2, cursor=False) for vmsd in (BYTE, other)]
    assert ways[0] != ways[1]
