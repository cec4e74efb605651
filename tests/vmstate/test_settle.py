"""Settling: what a description leaves open is answered by what was sent, or is not."""

from __future__ import annotations

from dataclasses import replace

import pytest

from tests.support.engines import ENGINES
from tests.support.random_descriptions import no, yes
from tests.support.vmdesc_texts import POINT, V7_2, sent_of, vmsd
from vmstate import LATEST, VMS, EncodeError, Field
from vmstate.blank import Blank, Kept, Place, blank
from vmstate.errors import UnknownError
from vmstate.info import (
    BITMAP,
    BUFFER,
    GTREE,
    INT32_LE,
    QTAILQ,
    TMP,
    UINT8,
    UINT16_EQUAL,
    UINT32,
    UINT64,
    Equal,
)
from vmstate.macros import (
    VMSTATE_INT32_POSITIVE_LE,
    VMSTATE_QTAILQ_V,
    VMSTATE_STRUCT,
    VMSTATE_STRUCT_ARRAY,
    VMSTATE_UINT8,
    VMSTATE_UINT8_ARRAY,
    VMSTATE_UINT8_TEST,
    VMSTATE_UINT16_EQUAL,
    VMSTATE_UINT32,
    VMSTATE_UINT64_EQUAL,
    VMSTATE_VALIDATE,
    VMSTATE_VARRAY_UINT32,
)
from vmstate.sent import read_sent
from vmstate.settle import AsSent, NoteLoaded, Unchecked, WasLoaded, settle
from vmstate.unknown import RAW, UnknownNeed, UnknownTest, unknown_length
from vmstate.vmdesc import SentDescription, SentField


def chip(*fields, **parts):
    return vmsd("chip", *fields, **parts)


def sent(description, **values):
    state = blank(description)
    for name, value in values.items():
        setattr(state, name, value)
    return sent_of(ENGINES["interpreted"], V7_2, description, state)


def told(*fields, name="chip", version=0, subsections=()):
    return SentDescription(name, version, fields, tuple(subsections))


def unknown(name, info=UINT8, **parts):
    return Field(name=name, info=info, field_exists=UnknownTest(f"chip/{name}"), **parts)


def made():
    return blank(vmsd("made", VMSTATE_UINT8("x")))


@pytest.fixture(params=ENGINES)
def reload(request):
    """Load bytes by a settled description, and save them again."""

    def loaded_and_saved(settled, data):
        codec = ENGINES[request.param](settled, LATEST)
        state = blank(settled)
        codec.load(state, data, settled.version_id)
        assert codec.save(state).data == data
        return state

    return loaded_and_saved


def test_a_test_is_as_it_came_out(reload):
    settled = settle(chip(unknown("a"), unknown("b")), told(SentField("b", "uint8", 1)))
    assert [field.field_exists for field in settled.fields] == [AsSent(False), AsSent(True)]
    assert reload(settled, b"\x07").b == 7


def test_what_needs_no_answer_stays():
    description = chip(
        VMSTATE_UINT8("a"), VMSTATE_STRUCT("s", 0, POINT), VMSTATE_VALIDATE("good", yes)
    )
    assert settle(description, sent(description)) == description


def test_a_description_of_which_nothing_was_sent_stays_open():
    description = chip(unknown("a"))
    assert settle(description) == description


def test_a_count_is_as_it_was(reload):
    path = unknown_length("a", "count")
    field = Field(name="a", flags=VMS.VARRAY_INT32, info=UINT8, num_field=path)
    settled = settle(chip(field), told(SentField("a", "uint8", 1, 3, None, True)))
    assert settled.fields == (VMSTATE_UINT8_ARRAY("a", 3),)
    assert list(reload(settled, b"\1\2\3").a) == [1, 2, 3]
    assert settle(chip(field), told()).fields == (VMSTATE_UINT8_ARRAY("a", 0),)


def test_a_count_that_a_field_carries_stays_with_it(reload):
    description = chip(VMSTATE_UINT32("n"), VMSTATE_VARRAY_UINT32("a", "n", 0, UINT8))
    assert settle(description, sent(description, n=2, a=[1, 2])) == description


@pytest.mark.parametrize(("info", "kind", "size"), [(BUFFER, "buffer", 3), (BITMAP, "bitmap", 16)])
def test_a_size_is_as_it_was(reload, info, kind, size):
    path = unknown_length("a", "size")
    field = Field(name="a", flags=VMS.VBUFFER, info=info, size_field=path)
    settled = settle(chip(field), told(SentField("a", kind, size)))
    reload(settled, bytes(range(size)))


def test_integers_that_must_equal_the_destinations_are_taken_as_they_come(reload):
    fields = VMSTATE_UINT16_EQUAL("a"), VMSTATE_INT32_POSITIVE_LE("b"), VMSTATE_UINT64_EQUAL("c")
    described = told(
        SentField("a", "uint16 equal", 2),
        SentField("b", "int32 le", 4),
        SentField("c", "int64 equal", 8),
    )
    settled = settle(chip(*fields), described)
    assert isinstance(UINT16_EQUAL, Equal)
    assert settled.fields[2].info == Unchecked(UINT64, "int64 equal")
    assert [field.info.name for field in settled.fields] == [
        "uint16 equal",
        INT32_LE.name,
        "int64 equal",
    ]
    state = reload(settled, b"\x01\x02" + b"\xff" * 4 + b"\x80" + bytes(7))
    assert (state.a, state.b, state.c) == (0x102, -1, 1 << 63)


def test_a_subsection_is_saved_where_it_was_loaded(reload):
    part = vmsd("point/more", VMSTATE_UINT8("y"), needed=UnknownNeed("point/more"))
    point = vmsd("point", VMSTATE_UINT8("x"), subsections=(part,))
    description = chip(VMSTATE_STRUCT_ARRAY("p", 2, 0, point))
    header = b"\x05\x0apoint/more\0\0\0\0"
    elements = (
        told(SentField("x", "uint8", 1), name="point"),
        told(
            SentField("x", "uint8", 1),
            name="point",
            subsections=(told(SentField("y", "uint8", 1), name="point/more"),),
        ),
    )
    described = told(
        *(SentField("p", "struct", 1, 1, i, True, (e,)) for i, e in enumerate(elements))
    )
    settled = settle(description, described)
    (more,) = settled.fields[0].vmsd.subsections
    assert (more.needed, more.pre_load) == (WasLoaded("point/more"), NoteLoaded("point/more"))
    state = reload(settled, b"\x01\x02" + header + b"\x03")
    assert [(element.x, element.y) for element in state.p] == [(1, 0), (2, 3)]


def test_a_subsection_that_was_not_sent_is_not_saved():
    part = vmsd("chip/more", Field(name="a", info=RAW), needed=UnknownNeed("chip/more"))
    settled = settle(chip(subsections=(part,)), told())
    assert settled.subsections[0].fields == part.fields
    assert not settled.subsections[0].is_needed(Place())


def test_what_holds_states_makes_settled_ones(reload):
    inner = vmsd("point", unknown("x"), unknown("y"))
    point = told(SentField("x", "uint8", 1), name="point")
    fields = (
        Field(name="tmp", info=TMP, vmsd=inner, make=Kept(inner, "k"), whole=True),
        VMSTATE_QTAILQ_V("q", 0, inner, Blank(inner)),
        Field(name="own", info=QTAILQ, vmsd=inner, make=made),
    )
    described = told(
        SentField("tmp", "tmp", 1, elements=(point,)),
        SentField("q", "qtailq", 5, elements=(point, point)),
        SentField("own", "qtailq", 3, elements=(point,)),
    )
    settled = settle(chip(*fields), described)
    tmp, queue, own = settled.fields
    assert tmp.vmsd == queue.vmsd == own.vmsd
    assert (tmp.make, queue.make, own.make) == (Kept(tmp.vmsd, "k"), Blank(tmp.vmsd), made)
    state = reload(settled, b"\x07\x01\x08\x01\x09\x00\x01\x0a\x00")
    assert [element.x for element in state.q] == [8, 9]


def test_a_tree_with_keys_of_its_own_stays_as_it_is(reload):
    key = vmsd("key", VMSTATE_UINT8("k"))
    described = told(
        SentField(
            "t",
            "gtree",
            8,
            elements=(
                told(SentField("k", "uint8", 1), name="key"),
                told(SentField("x", "uint8", 1), name="point"),
            ),
        )
    )
    description = read_sent(described)
    assert description.fields[0].key_vmsd == key
    assert description.fields[0].info is GTREE
    settled = settle(description, described)
    assert settled == description
    reload(settled, b"\0\0\0\x01\x01\x05\x06\x00")


# What no one description reads ------------------------------------------------------------


def array(*elements):
    """Return a vmdesc of an array of points with these fields."""
    return told(
        *(
            SentField("p", "struct", 1, 1, index, True, (told(*fields, name="point"),))
            for index, fields in enumerate(elements)
        )
    )


X = SentField("x", "uint8", 1)


@pytest.mark.parametrize(
    ("inner", "described", "text"),
    [
        (
            VMSTATE_UINT8_TEST("x", no),
            array((X,), ()),
            "point/x: which of the elements have it is not known",
        ),
        (
            VMSTATE_UINT8_ARRAY("x", 2),
            array((replace(X, count=2, is_array=True),), (replace(X, count=3, is_array=True),)),
            "point/x: how many elements each of the states has is not known",
        ),
        (
            Field(
                name="x",
                flags=VMS.VBUFFER,
                info=BUFFER,
                size_field=unknown_length("x", "size"),
            ),
            array((SentField("x", "buffer", 2),), (SentField("x", "buffer", 3),)),
            "point/x: how long each of the elements is is not known",
        ),
    ],
)
def test_elements_that_differ_are_not_guessed_at(inner, described, text):
    description = chip(VMSTATE_STRUCT_ARRAY("p", 2, 0, vmsd("point", inner)))
    with pytest.raises(UnknownError) as error:
        settle(description, described)
    assert str(error.value).startswith(text)


def test_an_unchecked_integer_must_still_fit():
    codec = ENGINES["interpreted"](chip(Field(name="a", info=Unchecked(UINT32, "x"))), LATEST)
    state = Place()
    state.a = 1 << 32
    with pytest.raises(EncodeError, match="not an unsigned integer of 32 bits"):
        codec.save(state)
