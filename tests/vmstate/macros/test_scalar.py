"""Scalars: the forms of one type, their names and what they say of themselves."""

from __future__ import annotations

import inspect

import pytest

from vmstate import VMS, Field, macros
from vmstate.info import UINT16
from vmstate.macros.scalar import Scalar

WORD = Scalar("WORD", UINT16, "2 bytes", "a data sheet", noun="word")


def is_there(state, version_id):
    return True


@pytest.mark.parametrize(
    ("form", "args", "parts"),
    [
        (WORD.plain, (), {"flags": VMS.SINGLE}),
        (WORD.from_version, (2,), {"flags": VMS.SINGLE, "version_id": 2}),
        (WORD.tested, (is_there,), {"flags": VMS.SINGLE, "field_exists": is_there}),
        (WORD.tested, (None,), {"flags": VMS.SINGLE}),
        (WORD.array, (3,), {"flags": VMS.ARRAY, "num": 3}),
        (WORD.array_from_version, (3, 2), {"flags": VMS.ARRAY, "num": 3, "version_id": 2}),
        (WORD.sub_array, (4, 3), {"flags": VMS.ARRAY, "start": 4, "num": 3}),
        (WORD.rows, (2, 3), {"flags": VMS.ARRAY, "num": 6, "columns": 3}),
        (
            WORD.rows_from_version,
            (2, 3, 4),
            {"flags": VMS.ARRAY, "num": 6, "columns": 3, "version_id": 4},
        ),
    ],
)
def test_a_form_makes_its_field(form, args, parts):
    assert form()("a", *args) == Field(name="a", info=UINT16, **parts)


@pytest.mark.parametrize(
    ("form", "name", "what", "wire"),
    [
        (WORD.plain, "VMSTATE_WORD", "One word.", "2 bytes."),
        (WORD.from_version, "VMSTATE_WORD_V", "One word, from version *v* on.", "2 bytes."),
        (WORD.tested, "VMSTATE_WORD_TEST", "One word, if *t* says so.", "2 bytes."),
        (
            WORD.array,
            "VMSTATE_WORD_ARRAY",
            "An array of *n* values of type uint16.",
            "*n* times 2 bytes.",
        ),
        (
            WORD.array_from_version,
            "VMSTATE_WORD_ARRAY_V",
            "An array of *n* values of type uint16, from version *v* on.",
            "*n* times 2 bytes.",
        ),
        (
            WORD.sub_array,
            "VMSTATE_WORD_SUB_ARRAY",
            "*num* values of an array of type uint16, from element *start* on.",
            "*num* times 2 bytes.",
        ),
        (
            WORD.rows,
            "VMSTATE_WORD_2DARRAY",
            "*n1* rows of *n2* values of type uint16.",
            "*n1* times *n2* times 2 bytes, row by row.",
        ),
        (
            WORD.rows_from_version,
            "VMSTATE_WORD_2DARRAY_V",
            "*n1* rows of *n2* values of type uint16, from version *v* on.",
            "*n1* times *n2* times 2 bytes, row by row.",
        ),
    ],
)
def test_a_form_says_its_name_what_it_is_its_bytes_and_its_source(form, name, what, wire):
    macro = form()
    assert macro.__name__ == macro.__qualname__ == name
    assert inspect.getdoc(macro) == f"{what}\n\nWire: {wire}\nSource: a data sheet."


def test_a_scalar_without_a_noun_is_called_by_its_codec():
    assert inspect.getdoc(macros.VMSTATE_INT64).startswith("One int64.\n")
    assert inspect.getdoc(macros.VMSTATE_U8).startswith("One uint8.\n")
    assert "Source: QEMU 11.1 include/migration/vmstate.h." in macros.VMSTATE_INT64.__doc__


def test_parameters_may_be_named():
    assert macros.VMSTATE_UINT8_2DARRAY_V(f="a", n1=2, n2=3, v=4).version_id == 4
    assert macros.VMSTATE_BOOL_SUB_ARRAY(f="a", start=1, num=2).start == 1
    assert macros.VMSTATE_INT16_TEST(f="a", t=is_there).field_exists is is_there
