"""Random fields: every shape that a field can have, and values that fit it.

Tests and hooks record that they ran, may change the state, and may fail.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import strategies as st

from tests.support.recorded_states import EVENTS, LooseTimer, NoTimer, Timer, frozen
from vmstate import VMS, Field
from vmstate.info import (
    BOOL,
    BUFFER,
    CPUDOUBLE,
    FD,
    GTREE,
    PARTIAL_BUFFER,
    QLIST,
    QTAILQ,
    TIMER,
    TMP,
    UINT8_EQUAL,
    UNUSED_BUFFER,
    Buffer,
    Integer,
)

INTEGERS = [Integer(size, signed) for size in (1, 2, 4, 8) for signed in (False, True)]
#: Bytes that a subsection's header is made of are frequent, as are the names' letters.
_TELLING = [0, 1, 2, 3, 5, 97, 98]


@dataclass
class Part:
    """Fields that belong together, and strategies for what they need of a state."""

    fields: list[Field]
    values: dict[str, st.SearchStrategy] = field(default_factory=dict)


def _numbers_of(codec):
    if codec is BOOL:
        return st.booleans() | st.sampled_from([0, 1])
    if codec is CPUDOUBLE:
        return st.integers(0, 2**64 - 1)
    bits = 8 * codec.bytes_ - codec.signed
    return st.sampled_from(_TELLING) | st.integers(-(2**bits) if codec.signed else 0, 2**bits - 1)


_codecs = st.sampled_from([*INTEGERS, BOOL, CPUDOUBLE])


def _lists(values, count):
    return st.lists(values, min_size=count, max_size=count)


@st.composite
def _single(draw, name):
    codec = draw(_codecs)
    flags = draw(st.sampled_from([VMS.SINGLE, VMS.SINGLE, VMS.SINGLE | VMS.POINTER]))
    return Part([Field(name=name, flags=flags, info=codec)], {name: _numbers_of(codec)})


@st.composite
def _array(draw, name):
    codec, num = draw(_codecs), draw(st.sampled_from([0, 1, 3, 3, 20]))
    start, rest = draw(st.integers(0, 2)), draw(st.integers(0, 2))
    array = Field(name=name, flags=VMS.ARRAY, info=codec, num=num, start=start)
    return Part([array], {name: _lists(_numbers_of(codec), start + num + rest)})


@st.composite
def _table(draw, name):
    codec, rows, columns = draw(_codecs), draw(st.integers(1, 3)), draw(st.integers(1, 3))
    table = Field(name=name, flags=VMS.ARRAY, info=codec, num=rows * columns, columns=columns)
    return Part([table], {name: _lists(_lists(_numbers_of(codec), columns), rows)})


@st.composite
def _buffer(draw, name):
    size = draw(st.integers(0, 4))
    codec, surplus = draw(st.sampled_from([(BUFFER, 0), (PARTIAL_BUFFER, 1), (Buffer(2), 2)]))
    flags = draw(st.sampled_from([VMS.BUFFER, VMS.BUFFER | VMS.POINTER]))
    length = size + surplus
    values = st.binary(min_size=length, max_size=length).map(bytearray)
    return Part([Field(name=name, flags=flags, info=codec, size=size)], {name: values})


@st.composite
def _sized_buffer(draw, name):
    flags = VMS.VBUFFER | VMS.POINTER | draw(st.sampled_from([VMS.NONE, VMS.ALLOC]))
    size = Field(name=f"{name}_size", flags=VMS.SINGLE, info=INTEGERS[1])
    buffer = Field(name=name, flags=flags, info=PARTIAL_BUFFER, size_field=size.name)
    values = st.binary(min_size=4, max_size=5).map(bytearray) | st.none()
    return Part([size, buffer], {name: values, size.name: st.integers(-1, 4)})


@st.composite
def _unused(draw, name):
    size, num = draw(st.integers(0, 3)), draw(st.integers(0, 2))
    flags = draw(st.sampled_from([VMS.BUFFER, VMS.ARRAY]))
    return Part([Field(name="unused", flags=flags, info=UNUSED_BUFFER, size=size, num=num)])


@st.composite
def _timer(draw, name):
    flags = VMS.SINGLE | draw(st.sampled_from([VMS.NONE, VMS.POINTER]))
    types = st.sampled_from([Timer] * 5 + [LooseTimer, LooseTimer, NoTimer])
    expiries = st.sampled_from([None, 0, 5, 2**64 - 2, 2**64 - 1] * 2 + [-1])
    values = st.builds(lambda kind, expire_ns: kind(expire_ns), types, expiries)
    return Part([Field(name=name, flags=flags, info=TIMER)], {name: values})


@st.composite
def _asked(draw, name):
    """Draw one value whose codec must be asked."""
    codec = draw(st.sampled_from([UINT8_EQUAL, FD]))
    flags = VMS.SINGLE | draw(st.sampled_from([VMS.NONE, VMS.POINTER]))
    values = st.sampled_from([0, 1, 32])
    return Part([Field(name=name, flags=flags, info=codec)], {name: values})


def _with_count(array, counter, values):
    count = Field(name=array.num_field, flags=VMS.SINGLE, info=counter)
    counts = st.sampled_from([0, 1, 2, 3, 3, -1, 9])
    return Part([count, array], {array.name: values, array.num_field: counts})


@st.composite
def _counted(draw, name):
    codec, counter = draw(_codecs), draw(st.sampled_from(INTEGERS))
    flags, num = VMS.VARRAY_INT32, 0
    flags |= draw(st.sampled_from([VMS.NONE, VMS.POINTER, VMS.POINTER | VMS.ALLOC]))
    if draw(st.booleans()):
        flags, num = flags | VMS.MULTIPLY_ELEMENTS, draw(st.integers(1, 2))
    array = Field(name=name, flags=flags, info=codec, num_field=f"{name}_count", num=num)
    return _with_count(array, counter, _lists(_numbers_of(codec), 6) | st.just([]))


@st.composite
def field_tests(draw, name, answers=(True, False)):
    """Draw a test of a field, which answers always the same."""
    answer = draw(st.sampled_from(answers))
    failure = draw(st.sampled_from([None] * 9 + [AttributeError, RuntimeError]))

    def test(state, version_id):
        EVENTS.append(("test", name, version_id, frozen(state)))
        if failure is not None:
            raise failure(name)
        return answer

    return test


@st.composite
def _validation(draw, name):
    flags = VMS.ARRAY | VMS.MUST_EXIST
    test = draw(field_tests(name, (True, True, True, False)))
    return Part([Field(name=name, flags=flags, field_exists=test)])


@st.composite
def _struct(draw, name, inner):
    blueprint = draw(inner)
    vmsd = blueprint.description
    flags = draw(st.sampled_from([VMS.STRUCT, VMS.STRUCT, VMS.STRUCT | VMS.POINTER, VMS.VSTRUCT]))
    version = draw(st.integers(0, 3)) if VMS.VSTRUCT in flags else 0
    struct = Field(name=name, flags=flags, vmsd=vmsd, struct_version_id=version)
    if VMS.POINTER in flags and draw(st.booleans()):
        struct = Field(name=name, flags=flags | VMS.ALLOC, vmsd=vmsd, make=blueprint.make)
    return Part([struct], {name: blueprint.states()})


@st.composite
def _structs(draw, name, inner):
    blueprint = draw(inner)
    num, start = draw(st.integers(0, 3)), draw(st.integers(0, 1))
    flags, vmsd = VMS.STRUCT | VMS.ARRAY, blueprint.description
    array = Field(name=name, flags=flags, vmsd=vmsd, num=num, start=start)
    return Part([array], {name: _lists(blueprint.states(), num + start)})


@st.composite
def _counted_structs(draw, name, inner):
    blueprint, counter = draw(inner), draw(st.sampled_from(INTEGERS))
    flags = VMS.STRUCT | VMS.VARRAY_UINT8 | VMS.POINTER
    flags |= draw(st.sampled_from([VMS.NONE, VMS.ALLOC]))
    array = Field(
        name=name,
        flags=flags,
        vmsd=blueprint.description,
        num_field=f"{name}_count",
        make=blueprint.make,
    )
    return _with_count(array, counter, _lists(blueprint.states(), 3))


@st.composite
def _pointers(draw, name, inner):
    blueprint, num = draw(inner), draw(st.integers(0, 3))
    flags = VMS.ARRAY | VMS.ARRAY_OF_POINTER
    if draw(st.integers(0, 2)) == 0:
        codec = draw(st.sampled_from(INTEGERS))
        array = Field(name=name, flags=flags, info=codec, num=num)
        return Part([array], {name: _lists(_numbers_of(codec) | st.none(), num)})
    flags |= VMS.STRUCT
    flags |= draw(st.sampled_from([VMS.NONE, VMS.ARRAY_OF_POINTER_AUTO_ALLOC]))
    vmsd = blueprint.description
    array = Field(name=name, flags=flags, vmsd=vmsd, num=num, make=blueprint.make)
    return Part([array], {name: _lists(blueprint.states() | st.none(), num)})


@st.composite
def _container(draw, name, inner):
    blueprint = draw(inner)
    codec, vmsd = draw(st.sampled_from([QTAILQ, QLIST, GTREE, TMP])), blueprint.description
    version = draw(st.sampled_from([0, vmsd.version_id]))
    holder = Field(name=name, info=codec, vmsd=vmsd, version_id=version, make=blueprint.make)
    states = blueprint.states()
    if codec is TMP:
        return Part([holder], {name: st.just(0)})
    if codec is GTREE:
        return Part([holder], {name: st.dictionaries(st.integers(0, 9), states, max_size=3)})
    return Part([holder], {name: st.lists(states, max_size=3)})


_PLAIN = [_single, _single, _single, _array, _table, _buffer, _unused, _timer]
_ODD = [_counted, _sized_buffer, _asked, _validation]
_NESTED = [_struct, _structs, _counted_structs, _pointers, _container]


def parts(name, *, plain):
    """Return a strategy for a field without states in it, of a fixed size if *plain*."""
    kinds = _PLAIN if plain else _PLAIN + _ODD
    return st.sampled_from(kinds).flatmap(lambda kind: kind(name))


def nested_parts(name, inner, *, plain):
    """Return a strategy for a field of states of *inner*, one after another if *plain*."""
    kinds = _NESTED[:2] if plain else _NESTED
    return st.sampled_from(kinds).flatmap(lambda kind: kind(name, inner))


def changed(one, **changes):
    """Return the field *one* with *changes*."""
    members = Field.__dataclass_fields__.values()
    kept = {member.name: getattr(one, member.name) for member in members if member.init}
    return Field(**(kept | changes))
