"""The vmdesc of what was saved: arrays of pointers, in which releases differ most."""

from __future__ import annotations

import json
from functools import partial
from types import SimpleNamespace as State

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.support import vmdesc_texts
from tests.support.engines import ENGINES
from tests.support.vmdesc_texts import (
    POINT,
    POINT_TEXT,
    TESTED,
    V7_2,
    V9_2,
    V10_0,
    V11_0,
    V11_1,
    index,
    length,
    no,
    one,
    struct,
    vmsd,
)
from vmstate.describe import describe
from vmstate.info import UINT8
from vmstate.macros import (
    VMSTATE_ARRAY_OF_POINTER,
    VMSTATE_ARRAY_OF_POINTER_TO_STRUCT,
    VMSTATE_UINT8_TEST,
    VMSTATE_VARRAY_OF_POINTER_TO_STRUCT_UINT32_ALLOC,
)


@pytest.fixture(params=ENGINES)
def engine(request):
    return ENGINES[request.param]


@pytest.fixture
def fields_of(engine):
    return partial(vmdesc_texts.fields_of, engine)


def pointers(count):
    return VMSTATE_ARRAY_OF_POINTER_TO_STRUCT("a", count, 0, POINT)


def states(pattern):
    """Return an array with a null pointer for each 0."""
    return [None if sign == "0" else State(x=1) for sign in pattern]


def null(place="", name="a", kind="nullptr"):
    return one(name, kind, 1, place)


def point(place="", name="a"):
    return one(name, "struct", 1, place, struct())


@pytest.mark.parametrize("pattern", ["0", "1", "011", "110", "0000", "101"])
def test_until_9_2_a_null_pointer_looks_like_an_element_and_the_first_speaks_for_all(
    fields_of, pattern
):
    count = len(pattern)
    place = length(count) if count > 1 else ""
    first = one("a", "struct", 1, place, struct("")) if pattern[0] == "0" else point(place)
    assert fields_of(V7_2, pointers(count), a=states(pattern)) == first
    codec = VMSTATE_ARRAY_OF_POINTER("a", count, 0, UINT8)
    values = [None if sign == "0" else 7 for sign in pattern]
    assert fields_of(V9_2, codec, a=values) == one("a", "uint8", 1, place)


@pytest.mark.parametrize(
    ("pattern", "entries"),
    [
        ("0", [null()]),
        ("1", [point()]),
        ("111", [point(length(3))]),
        ("000", [null(length(3))]),
        ("0010", [null(length(2)), point(), null()]),
        ("01", [null(), point()]),
        ("011", [null(), point(length(2))]),
        ("0001", [null(length(3)), point()]),
        # One that begins with a valid pointer is announced whole, and then again in pieces.
        ("110", [point(length(3)), null()]),
        ("1001", [point(length(4)), null(length(2)), point()]),
    ],
)
@pytest.mark.parametrize("release", [V10_0, V11_0])
def test_since_10_0_runs_of_null_and_of_valid_pointers_are_told_apart(
    fields_of, release, pattern, entries
):
    text = fields_of(release, pointers(len(pattern)), a=states(pattern))
    assert text == ", ".join(entries)


@pytest.mark.parametrize(
    ("pattern", "entries"),
    [
        ("0", ["M"]),
        ("111", [point(length(3))]),
        ("010", ["M", point(), "M"]),
        # A last one that differs from the two or more before it is left out.
        ("001", ["M2"]),
        ("00100", ["M2", point(), "M2"]),
        ("110", [point(length(3))]),
        ("10", [point(length(2))]),
        ("1100", [point(length(4)), "M2"]),
        ("01", ["M", point()]),
    ],
)
def test_since_11_1_a_last_pointer_that_differs_may_be_left_out(fields_of, pattern, entries):
    shown = {
        "M": null(kind="ptr-marker"),
        "M2": null(length(2), kind="ptr-marker"),
    }
    text = fields_of(V11_1, pointers(len(pattern)), a=states(pattern))
    assert text == ", ".join(shown.get(entry, entry) for entry in entries)


@pytest.mark.parametrize(
    ("release", "entries"),
    [
        (V7_2, [("null struct", index(0)), ("struct", index(1)), ("struct", index(2))]),
        (V10_0, [("nullptr", ""), ("struct", index(1)), ("struct", "")]),
        (V11_1, [("ptr-marker", ""), ("struct", ""), ("struct", "")]),
    ],
)
def test_pointers_that_are_not_compressed_are_described_one_by_one(fields_of, release, entries):
    field = VMSTATE_ARRAY_OF_POINTER_TO_STRUCT("a", 3, 0, TESTED)
    members = POINT_TEXT.replace("point", "tested")
    shown = []
    for kind, place in entries:
        if kind == "struct":
            shown.append(one("a", kind, 1, place, struct(members)))
        elif kind == "null struct":
            shown.append(one("a", "struct", 1, place, struct("")))
        else:
            shown.append(null(place, kind=kind))
    assert fields_of(release, field, a=states("011")) == ", ".join(shown)


def test_in_10_0_a_run_of_nulls_that_is_not_compressed_is_still_announced(fields_of):
    # The marker's entry is that of a made-up field, which is always compressible.
    field = VMSTATE_ARRAY_OF_POINTER_TO_STRUCT("a", 4, 0, TESTED)
    members = POINT_TEXT.replace("point", "tested")
    assert fields_of(V10_0, field, a=states("0001")) == ", ".join(
        (
            null(length(3)),
            null(length(3)),
            null(length(2)),
            one("a", "struct", 1, "", struct(members)),
        )
    )


@pytest.mark.parametrize(("release", "kind"), [(V10_0, "nullptr"), (V11_1, "ptr-marker")])
def test_a_null_pointer_of_a_name_that_is_not_unique_has_the_number_minus_one(
    fields_of, release, kind
):
    fields = VMSTATE_UINT8_TEST("a", no), pointers(2)
    assert fields_of(release, *fields, a=states("01")) == ", ".join(
        (null(name="a[-1]", kind=kind), point(name="a[1]"))
    )


@pytest.mark.parametrize(("release", "kind"), [(V9_2, "uint64"), (V10_0, "nullptr")])
def test_pointers_with_markers_are_described_before_their_time_as_in_11_1(fields_of, release, kind):
    field = VMSTATE_VARRAY_OF_POINTER_TO_STRUCT_UINT32_ALLOC("a", "n", 0, POINT, State)
    assert fields_of(release, field, n=2, a=states("01")) == ", ".join(
        (null(kind=kind), null(kind=kind), point())
    )


def test_pointers_with_markers_have_an_entry_for_each_marker(fields_of):
    field = VMSTATE_VARRAY_OF_POINTER_TO_STRUCT_UINT32_ALLOC("a", "n", 0, POINT, State)
    marker = null(kind="ptr-marker")
    assert fields_of(V11_1, field, n=4, a=states("1001")) == ", ".join(
        (marker, point(), marker, marker, marker, point())
    )


@given(st.text("01", min_size=1, max_size=12))
def test_what_11_1_describes_of_pointers_is_what_the_loop_of_its_source_says(pattern):
    """The rule of 11.1 once more, as a loop over what is left of the array."""
    expected, rest = [], pattern
    shown, was_null = True, False
    while rest:
        is_null = rest[0] == "0"
        room = len(rest)
        if room > 1 and is_null != was_null:
            was_null, shown = is_null, True
            room = len(rest) - len(rest.lstrip(rest[0]))
        if shown:
            expected.append((("ptr-marker" if is_null else "struct"), room))
        if room > 1:
            shown = False
        rest = rest[1:]
    saved = ENGINES["interpreted"](vmsd("chip", pointers(len(pattern))), V11_1).save(
        State(a=states(pattern))
    )
    entries = json.loads(describe(saved.layout, V11_1))["fields"]
    assert [(entry["type"], entry.get("array_len", 1)) for entry in entries] == expected
