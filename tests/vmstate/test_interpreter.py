"""The interpreter: bytes of every construct, what is refused and how, and what comes back."""

from __future__ import annotations

from types import SimpleNamespace as State

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vmstate import (
    EncodeError,
    Span,
    StreamError,
    TruncatedStreamError,
    VersionError,
    VMStateDescription,
    load,
    save,
)
from vmstate.cursor import Reader
from vmstate.info import UINT8, UINT16
from vmstate.macros import (
    VMSTATE_ARRAY,
    VMSTATE_BUFFER,
    VMSTATE_INT32,
    VMSTATE_STRUCT,
    VMSTATE_STRUCT_ARRAY,
    VMSTATE_STRUCT_VARRAY_UINT8,
    VMSTATE_SUB_ARRAY,
    VMSTATE_UINT8,
    VMSTATE_UINT8_ARRAY,
    VMSTATE_UINT8_TEST,
    VMSTATE_UINT8_V,
    VMSTATE_UINT16,
    VMSTATE_UINT32,
    VMSTATE_UNUSED,
    VMSTATE_VALIDATE,
    VMSTATE_VARRAY_UINT32,
    VMSTATE_VSTRUCT_V,
)

POINT = VMStateDescription(
    name="point",
    version_id=2,
    minimum_version_id=1,
    fields=(VMSTATE_UINT8("x"), VMSTATE_UINT8_V("y", 2)),
)


def chip(*fields, subsections=(), **parts):
    return VMStateDescription(name="chip", fields=fields, subsections=subsections, **parts)


def subsection(name, *fields, needed=None, subsections=(), **parts):
    return VMStateDescription(
        name=name, fields=fields, needed=needed, subsections=subsections, **parts
    )


def header(name, version=0):
    return b"\x05" + bytes([len(name)]) + name.encode() + version.to_bytes(4)


def is_on(state, version_id=0):
    return state.on


def test_fields_stand_in_order_without_padding():
    vmsd = chip(VMSTATE_UINT8("a"), VMSTATE_UINT32("b"), VMSTATE_UINT16("c"))
    assert save(vmsd, State(a=1, b=2, c=3)).data.hex() == "01000000020003"


def test_every_leaf_has_a_span():
    vmsd = chip(
        VMSTATE_UINT8_ARRAY("a", 2),
        VMSTATE_STRUCT_ARRAY("points", 2, 0, POINT),
        VMSTATE_UNUSED(3),
        subsections=(subsection("chip/more", VMSTATE_STRUCT("point", 0, POINT)),),
    )
    points = [State(x=1, y=2), State(x=3, y=4)]
    saved = save(vmsd, State(a=[9, 8], points=points, point=points[0]))
    assert saved.spans == (
        Span("a[0]", "uint8", 0, 1),
        Span("a[1]", "uint8", 1, 1),
        Span("points[0].x", "uint8", 2, 1),
        Span("points[0].y", "uint8", 3, 1),
        Span("points[1].x", "uint8", 4, 1),
        Span("points[1].y", "uint8", 5, 1),
        Span("unused", "unused_buffer", 6, 3),
        Span("<chip/more>.point.x", "uint8", 24, 1),
        Span("<chip/more>.point.y", "uint8", 25, 1),
    )
    assert len(saved.data) == 26


def test_a_field_may_reach_into_the_state():
    vmsd = chip(VMSTATE_UINT8("inner.rows[1]"))
    state = State(inner=State(rows=[1, 2]))
    assert save(vmsd, state).data == b"\2"
    load(vmsd, state, b"\7", 0)
    assert state.inner.rows == [1, 7]


def test_a_part_of_an_array_leaves_the_rest_alone():
    vmsd = chip(VMSTATE_SUB_ARRAY("a", 1, 2, 0, UINT8))
    state = State(a=[1, 2, 3, 4])
    assert save(vmsd, state).data == b"\2\3"
    load(vmsd, state, b"\x09\x08", 0)
    assert state.a == [1, 9, 8, 4]


def test_an_array_as_long_as_a_field_says():
    vmsd = chip(VMSTATE_UINT32("n"), VMSTATE_VARRAY_UINT32("a", "n", 0, UINT16))
    assert save(vmsd, State(n=2, a=[1, 2, 3])).data.hex() == "0000000200010002"
    state = State(n=0, a=[0, 0, 9])
    load(vmsd, state, bytes.fromhex("0000000200010002"), 0)
    assert state.a == [1, 2, 9]


def test_structs_as_many_as_a_field_says():
    vmsd = chip(VMSTATE_UINT8("n"), VMSTATE_STRUCT_VARRAY_UINT8("points", "n", 0, POINT))
    state = State(n=1, points=[State(x=1, y=2), State(x=3, y=4)])
    assert save(vmsd, state).data == b"\1\1\2"


def test_a_negative_count_means_none():
    vmsd = chip(VMSTATE_INT32("n"), VMSTATE_VARRAY_UINT32("a", "n", 0, UINT8))
    assert save(vmsd, State(n=-1, a=[1])).data == b"\xff" * 4
    state = State(n=0, a=[1])
    load(vmsd, state, b"\xff" * 4, 0)
    assert (state.n, state.a) == (-1, [1])


def test_a_count_above_what_the_state_has_is_refused():
    vmsd = chip(VMSTATE_UINT32("n"), VMSTATE_VARRAY_UINT32("a", "n", 0, UINT8))
    why = r"chip/a\[1\] at offset 0x5: can't load into \[7\]: it has no a\[1\]"
    with pytest.raises(StreamError, match=why):
        load(vmsd, State(n=0, a=[1]), b"\0\0\0\2\7\7", 0)


def test_what_nobody_uses_is_zeros_out_and_anything_in():
    vmsd = chip(VMSTATE_UNUSED(3), VMSTATE_UINT8("a"))
    assert save(vmsd, State(a=1)).data == b"\0\0\0\1"
    state = State(a=0)
    load(vmsd, state, b"xyz\2", 0)
    assert vars(state) == {"a": 2}


def test_an_older_version_has_the_older_fields():
    vmsd = chip(VMSTATE_UINT8("a"), VMSTATE_UINT8_V("b", 2), version_id=3, minimum_version_id=1)
    assert save(vmsd, State(a=1, b=2)).data == b"\1\2"
    assert save(vmsd, State(a=1, b=2), version_id=1).data == b"\1"
    state = State(a=0, b=9)
    load(vmsd, state, b"\5", 1)
    assert (state.a, state.b) == (5, 9)


@pytest.mark.parametrize(("version", "direction"), [(1, "old"), (4, "new")])
def test_a_version_outside_the_range_is_refused(version, direction):
    vmsd = chip(VMSTATE_UINT8("a"), version_id=3, minimum_version_id=2)
    with pytest.raises(VersionError) as error:
        load(vmsd, State(a=0), b"\1", version)
    assert str(error.value) == (
        f"chip at offset 0x0: version {version} is too {direction}: versions 2 to 3 can be read"
    )


def test_a_nested_struct_is_read_at_its_own_version():
    vmsd = chip(VMSTATE_STRUCT("point", 0, POINT), version_id=1)
    state = State(point=State(x=1, y=2))
    assert save(vmsd, state, version_id=0).data == b"\1\2"
    load(vmsd, state, b"\3\4", 0)
    assert (state.point.x, state.point.y) == (3, 4)


def test_a_versioned_struct_is_read_at_the_version_that_the_field_says():
    vmsd = chip(VMSTATE_VSTRUCT_V("point", 0, POINT, 1))
    state = State(point=State(x=1, y=2))
    assert save(vmsd, state).data == b"\1"
    load(vmsd, state, b"\3", 0)
    assert (state.point.x, state.point.y) == (3, 2)


def test_a_field_test_sees_what_was_loaded_before_it():
    vmsd = chip(VMSTATE_UINT8("on"), VMSTATE_UINT8_TEST("a", is_on), VMSTATE_UINT8("b"))
    assert save(vmsd, State(on=0, a=1, b=2)).data == b"\0\2"
    state = State(on=0, a=0, b=0)
    load(vmsd, state, b"\1\5\6", 0)
    assert vars(state) == {"on": 1, "a": 5, "b": 6}


def test_a_validation_has_no_bytes_and_may_fail():
    vmsd = chip(VMSTATE_UINT8("on"), VMSTATE_VALIDATE("is on", is_on))
    assert save(vmsd, State(on=1)).data == b"\1"
    with pytest.raises(EncodeError, match=r"chip/is on: can't save .*: the state is not valid"):
        save(vmsd, State(on=0))
    with pytest.raises(StreamError, match="chip/is on at offset 0x1: input validation failed"):
        load(vmsd, State(on=1), b"\0", 0)
    load(vmsd, State(on=0), b"\1", 0)


def test_a_subsection_is_sent_when_it_is_needed():
    vmsd = chip(
        VMSTATE_UINT8("on"),
        subsections=(
            subsection("chip/a", VMSTATE_UINT8("a"), needed=is_on, version_id=2),
            subsection("chip/b", VMSTATE_UINT8("b")),
        ),
    )
    state = State(on=1, a=5, b=6)
    a, b = header("chip/a", 2) + b"\5", header("chip/b") + b"\6"
    assert save(vmsd, state).data == b"\1" + a + b
    assert save(vmsd, State(on=0, a=5, b=6)).data == b"\0" + b
    state = State(on=0, a=0, b=0)
    load(vmsd, state, b"\1" + b + a, 0)
    assert vars(state) == {"on": 1, "a": 5, "b": 6}
    load(vmsd, state, b"\0", 0)
    assert (state.a, state.b) == (5, 6)


def test_subsections_may_have_subsections():
    deep = subsection("chip/a/b", VMSTATE_UINT8("b"))
    vmsd = chip(subsections=(subsection("chip/a", VMSTATE_UINT8("a"), subsections=(deep,)),))
    data = header("chip/a") + b"\1" + header("chip/a/b") + b"\2"
    saved = save(vmsd, State(a=1, b=2))
    assert saved.data == data
    assert [span.path for span in saved.spans] == ["<chip/a>.a", "<chip/a>.<chip/a/b>.b"]
    state = State(a=0, b=0)
    load(vmsd, state, data, 0)
    assert (state.a, state.b) == (1, 2)


def test_a_subsection_that_is_not_known_is_refused():
    vmsd = chip(VMSTATE_UINT8("a"), subsections=(subsection("chip/x"), subsection("chip/b")))
    with pytest.raises(StreamError) as error:
        load(vmsd, State(a=0), b"\1" + header("chip/c"), 0)
    assert str(error.value) == (
        "chip at offset 0x1: subsection 'chip/c' is unknown; known: chip/b, chip/x"
    )
    with pytest.raises(StreamError, match="'chip/c' is unknown; known: none"):
        load(chip(), State(), header("chip/c"), 0)


@pytest.mark.parametrize(
    "rest",
    [header("disk/a"), header("ch"), header("chip"), b"\x05", b"\x05\x09chip", b"\x04abcdef"],
)
def test_what_is_not_ours_is_left_to_whoever_reads_on(rest):
    vmsd = chip(VMSTATE_UINT8("a"), subsections=(subsection("chip/b"),))
    reader = Reader(b"\1" + rest)
    load(vmsd, State(a=0), reader, 0)
    assert reader.offset == 1


def test_a_subsection_of_a_version_that_is_not_known_is_refused():
    vmsd = chip(subsections=(subsection("chip/b", VMSTATE_UINT8("b")),))
    with pytest.raises(VersionError, match="chip/b at offset 0xc: version 1 is too new"):
        load(vmsd, State(b=0), header("chip/b", 1) + b"\1", 0)


def test_bytes_that_are_left_over_are_an_error():
    with pytest.raises(StreamError, match="chip at offset 0x1: 2 bytes are left over"):
        load(chip(VMSTATE_UINT8("a")), State(a=0), b"\1\2\3", 0)


def test_bytes_that_end_early_name_the_field():
    vmsd = chip(VMSTATE_STRUCT_ARRAY("points", 2, 0, POINT))
    state = State(points=[State(x=0, y=0), State(x=0, y=0)])
    with pytest.raises(TruncatedStreamError, match="point/y at offset 0x3: needs 1 bytes, 0 are"):
        load(vmsd, state, b"\1\2\3", 0)


def test_a_subsection_header_that_ends_early_names_the_subsection():
    vmsd = chip(subsections=(subsection("chip/b", VMSTATE_UINT8("b")),))
    with pytest.raises(TruncatedStreamError, match="chip/b at offset 0x8: needs 4 bytes"):
        load(vmsd, State(b=0), header("chip/b")[:-1], 0)


@pytest.mark.parametrize(
    ("field", "place"),
    [
        (VMSTATE_UINT8("none"), "none"),
        (VMSTATE_UINT8_ARRAY("a", 2), "a[1]"),
        (VMSTATE_STRUCT("none", 0, POINT), "none"),
        (VMSTATE_VARRAY_UINT32("a", "none", 0, UINT8), "none"),
    ],
)
def test_a_place_that_the_state_has_not_is_named(field, place):
    state = State(a=[1])
    holder = state.a if place == "a[1]" else state
    with pytest.raises(EncodeError) as error:
        save(chip(field), state)
    path = f"chip/{place if '[' in place else field.name}"
    assert str(error.value) == f"{path}: can't save {holder!r}: it has no {place}"
    with pytest.raises(StreamError) as refused:
        load(chip(field), state, bytes(8), 0)
    assert refused.value.path == path
    assert refused.value.why == f"can't load into {holder!r}: it has no {place}"


def test_a_value_that_does_not_fit_is_named():
    vmsd = chip(VMSTATE_STRUCT_ARRAY("points", 2, 0, POINT))
    state = State(points=[State(x=0, y=0), State(x=0, y=256)])
    with pytest.raises(EncodeError, match="point/y: can't save 256: not an unsigned integer of 8"):
        save(vmsd, state)
    with pytest.raises(EncodeError, match="chip/ram: can't save b'ab': not 3 bytes"):
        save(chip(VMSTATE_BUFFER("ram", 3)), State(ram=b"ab"))


class Hooked:
    """Notes which hook was called with what."""

    def __init__(self):
        self.a = 1
        self.calls = []


def noting(name, result=None):
    def hook(state, *version):
        state.calls.append((name, state.a, *version))
        return result

    return hook


def test_hooks_are_called_around_saving_and_loading():
    vmsd = chip(
        VMSTATE_UINT8("a"),
        version_id=3,
        **{name: noting(name) for name in ("pre_save", "post_save", "pre_load", "post_load")},
    )
    state = Hooked()
    assert save(vmsd, state).data == b"\1"
    load(vmsd, state, b"\5", 3)
    assert state.calls == [
        ("pre_save", 1),
        ("post_save", 1),
        ("pre_load", 1),
        ("post_load", 5, 3),
    ]


def test_post_load_runs_after_the_subsections():
    more = subsection("chip/b", VMSTATE_UINT8("b"))
    vmsd = chip(
        VMSTATE_UINT8("a"),
        subsections=(more,),
        post_load=lambda state, version: setattr(state, "sum", state.a + state.b),
    )
    state = State(a=0, b=0, sum=0)
    load(vmsd, state, b"\1" + header("chip/b") + b"\2", 0)
    assert state.sum == 3


def test_pre_save_may_change_what_is_saved():
    vmsd = chip(VMSTATE_UINT8("a"), pre_save=lambda state: setattr(state, "a", 7))
    assert save(vmsd, State(a=1)).data == b"\7"


def test_post_save_runs_even_if_saving_fails():
    vmsd = chip(VMSTATE_UINT8("none"), post_save=noting("post_save"))
    state = Hooked()
    with pytest.raises(EncodeError):
        save(vmsd, state)
    assert state.calls == [("post_save", 1)]


def test_a_pre_save_that_fails_stops_the_saving():
    with pytest.raises(EncodeError, match=r"chip: can't save .*: pre_save failed"):
        save(chip(VMSTATE_UINT8("a"), pre_save=noting("pre_save", -1)), Hooked())


@pytest.mark.parametrize(("hook", "offset"), [("pre_load", 0), ("post_load", 1)])
def test_a_load_hook_that_fails_refuses_the_stream(hook, offset):
    vmsd = chip(VMSTATE_UINT8("a"), **{hook: noting(hook, -22)})
    with pytest.raises(StreamError) as error:
        load(vmsd, Hooked(), b"\1", 0)
    assert str(error.value) == f"chip at offset {offset:#x}: {hook} failed"


def test_a_hook_that_answers_a_positive_number_is_content():
    vmsd = chip(VMSTATE_UINT8("a"), post_load=noting("post_load", 1))
    load(vmsd, Hooked(), b"\1", 0)


def test_equal_states_are_saved_equal():
    vmsd = chip(VMSTATE_UINT8("a"))
    assert save(vmsd, State(a=1)) == save(vmsd, State(a=1))
    assert save(vmsd, State(a=1)) != save(vmsd, State(a=2))


EVERYTHING = chip(
    VMSTATE_UINT8("on"),
    VMSTATE_UINT8_TEST("a", is_on),
    VMSTATE_INT32("b"),
    VMSTATE_BUFFER("ram", 3),
    VMSTATE_ARRAY("row", 2, 0, UINT16),
    VMSTATE_UNUSED(2),
    VMSTATE_STRUCT_ARRAY("points", 2, 0, POINT),
    subsections=(subsection("chip/c", VMSTATE_UINT16("c"), needed=is_on),),
)
points = st.builds(State, x=st.integers(0, 255), y=st.integers(0, 255))
states = st.builds(
    State,
    on=st.integers(0, 1),
    a=st.integers(0, 255),
    b=st.integers(-(1 << 31), (1 << 31) - 1),
    ram=st.binary(min_size=3, max_size=3).map(bytearray),
    row=st.lists(st.integers(0, 0xFFFF), min_size=2, max_size=2),
    points=st.lists(points, min_size=2, max_size=2),
    c=st.integers(0, 0xFFFF),
)


@given(states, states)
def test_what_is_saved_is_loaded_into_any_state(state, other):
    saved = save(EVERYTHING, state)
    load(EVERYTHING, other, saved.data, 0)
    if not state.on:
        # Not sent, so the destination keeps its own.
        state.a, state.c = other.a, other.c
    assert other == state
    assert save(EVERYTHING, other) == saved


@given(states)
def test_the_spans_cover_every_byte_that_is_no_header(state):
    saved = save(EVERYTHING, state)
    covered = [range(span.offset, span.offset + span.size) for span in saved.spans]
    places = [place for span in covered for place in span]
    assert places == sorted({*places})
    assert len(saved.data) - len(places) == (len(header("chip/c")) if state.on else 0)


@given(states, st.integers(0, 40))
def test_a_stream_that_is_cut_is_refused(state, length):
    whole = save(EVERYTHING, state).data
    # Without its subsection the stream of a state that is on would be whole too.
    if length < len(whole) and not (state.on and length == len(whole) - 2 - len(header("chip/c"))):
        with pytest.raises(StreamError):
            load(EVERYTHING, state, whole[:length], 0)


@given(states, states, st.binary(max_size=40))
def test_any_bytes_are_loaded_or_refused(state, other, data):
    try:
        load(EVERYTHING, state, data, 0)
    except StreamError:
        return
    saved = save(EVERYTHING, state)
    load(EVERYTHING, other, saved.data, 0)
    assert save(EVERYTHING, other) == saved
