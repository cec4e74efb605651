"""Traces: layouts made afterwards are those that the interpreter makes on its way."""

from __future__ import annotations

import pytest

from tests.support.mixed_chip import CHIP, POINT, chip
from tests.support.recorded_states import State, both_save
from vmstate import VMS, Field, VMStateDescription
from vmstate.compiler import Compiled
from vmstate.compiler.trace import Later, Pending
from vmstate.info import FD, GTREE, QTAILQ, TMP, UINT8, UINT16, UNUSED_BUFFER
from vmstate.macros import VMSTATE_STRUCT, VMSTATE_UINT8


def answering(answer):
    return lambda state, version_id=0: answer


def counted(name, **parts):
    return Field(**({"name": name, "flags": VMS.VARRAY_UINT8, "num_field": "n"} | parts))


PART = VMStateDescription(name="point/part", version_id=2, fields=(VMSTATE_UINT8("z"),))
UNSENT = VMStateDescription(name="point/unsent", needed=answering(answer=False))
LAST = VMStateDescription(name="point/last", fields=(VMSTATE_UINT8("n"),))
OWNER = VMStateDescription(
    name="point", fields=(VMSTATE_UINT8("x"),), subsections=(PART, UNSENT, LAST)
)
STRUCTS = VMS.STRUCT | VMS.VARRAY_UINT8
POINTERS = VMS.ARRAY | VMS.STRUCT | VMS.ARRAY_OF_POINTER
MARKED = POINTERS | VMS.ARRAY_OF_POINTER_AUTO_ALLOC


def make():
    return State(x=0, y=0, z=0, n=0)


FIELDS = {
    "numbers": counted("numbers", info=UINT16),
    "structs": counted("owners", flags=STRUCTS, vmsd=OWNER),
    "plain structs": counted("owners", flags=STRUCTS, vmsd=POINT),
    "one struct": VMSTATE_STRUCT("owner", 0, OWNER),
    "many structs": Field(name="many", flags=VMS.STRUCT | VMS.ARRAY, num=40, vmsd=POINT),
    "asked": Field(name="n", flags=VMS.SINGLE, info=FD),
    "pointers": Field(name="pointers", flags=POINTERS, num=3, vmsd=OWNER),
    "marked pointers": Field(name="pointers", flags=MARKED, num=3, vmsd=OWNER, make=make),
    "a list": Field(name="owners", info=QTAILQ, vmsd=OWNER, make=make),
    "a tree": Field(name="tree", info=GTREE, vmsd=POINT, make=make),
    "a temporary": Field(name="n", info=TMP, vmsd=OWNER, make=make),
    "tested": Field(name="n", flags=VMS.SINGLE, info=UINT8, field_exists=answering(answer=True)),
    "untested": Field(name="n", flags=VMS.SINGLE, info=UINT8, field_exists=answering(answer=False)),
    "unused": Field(name="unused", flags=VMS.ARRAY, info=UNUSED_BUFFER, size=3, num=2),
    "unused nothing": Field(name="unused", flags=VMS.ARRAY, info=UNUSED_BUFFER, num=2),
    "no elements": Field(name="none", flags=VMS.ARRAY, info=UINT8, num=0),
}


def full():
    owners = [make() for _ in range(3)]
    return State(
        n=2,
        numbers=[1, 2, 3],
        owner=owners[0],
        owners=owners,
        many=[make()] * 40,
        pointers=[owners[0], None, owners[1]],
        tree={5: make(), 3: make()},
    )


@pytest.mark.parametrize("field", FIELDS.values(), ids=FIELDS)
def test_a_layout_is_the_interpreters(field):
    vmsd = VMStateDescription(name="chip", fields=(VMSTATE_UINT8("n"), field, VMSTATE_UINT8("n")))
    data, layout, spans, *_ = both_save(vmsd, full())["result"]
    assert layout.size == len(data)
    assert spans


def test_each_of_all_fields_begins_where_the_one_before_ends():
    vmsd = VMStateDescription(name="chip", fields=(VMSTATE_UINT8("n"), *FIELDS.values()))
    state = full()
    saved = Compiled(vmsd).save(state)
    offset = 0
    for field in saved.layout.fields:
        assert field.offset == offset
        offset += sum(field.sizes)
    assert offset == saved.layout.size == len(saved.data)


def test_what_is_laid_out_alike_has_one_layout():
    codec = Compiled(CHIP)
    one, other = codec.save(chip()), codec.save(chip(a=9))
    assert one.layout is other.layout
    assert one != other
    assert one == codec.save(chip())


def test_a_state_may_change_before_its_layout_is_asked_for():
    vmsd = VMStateDescription(name="chip", fields=(VMSTATE_UINT8("n"), FIELDS["a list"]))
    state = full()
    saved = Compiled(vmsd).save(state)
    state.owners.clear()
    state.n = 200
    assert [span.path for span in saved.spans][:3] == [
        *("n", "owners[0].x", "owners[0].<point/part>.z"),
    ]


def test_a_layout_is_made_once_and_late():
    made = []
    pending = Pending(None, 0, 0, None)
    later = Later(lambda asked: made.append(asked) or "layout", pending)
    assert made == []
    assert (later(), later()) == ("layout", "layout")
    assert made == [pending]
