"""Descriptions that are described, and the pieces of which their vmdescs are put together."""

from __future__ import annotations

from types import SimpleNamespace as State

from vmstate import Release, VMStateDescription
from vmstate.describe import describe, describe_device, describe_stream
from vmstate.macros import VMSTATE_UINT8, VMSTATE_UINT8_TEST
from vmstate.vmdesc import parse_vmdesc

V7_2, V9_2, V10_0, V11_0, V11_1 = map(Release.parse, ("7.2", "9.2", "10.0", "11.0", "11.1"))
ALL = (V7_2, V9_2, V10_0, V11_0, V11_1)


def yes(_state, _version=0):
    return True


def no(_state, _version=0):
    return False


def vmsd(name, *fields, **parts):
    return VMStateDescription(name=name, fields=fields, **parts)


POINT = vmsd("point", VMSTATE_UINT8("x"))
#: The members of a point's object.
POINT_TEXT = (
    '"vmsd_name": "point", "version": 0, "fields": [{"name": "x", "type": "uint8", "size": 1}]'
)
TESTED = vmsd("tested", VMSTATE_UINT8_TEST("x", yes))


def described(engine, release, description, **state):
    """Return the vmdesc of a state."""
    return describe(engine(description, release).save(State(**state)).layout, release)


def fields_of(engine, release, *fields, **state):
    """Return the text of the fields of a description without subsections."""
    text = described(engine, release, vmsd("chip", *fields), **state)
    head = '{"vmsd_name": "chip", "version": 0, "fields": ['
    assert text.startswith(head)
    return text.removeprefix(head).removesuffix("]}")


def one(name, kind, size, place="", inside=""):
    return f'{{"name": "{name}", {place}"type": "{kind}", {inside}"size": {size}}}'


def length(number):
    return f'"array_len": {number}, '


def index(number):
    return f'"index": {number}, '


def struct(members=POINT_TEXT):
    return f'"struct": {{{members}}}, '


def sent_of(engine, release, description, state):
    """Return the vmdesc of a state, parsed as a reader of streams has it."""
    layout = engine(description, release).save(state).layout
    text = describe_stream([describe_device(layout, release, "section", 0)], 4096)
    return parse_vmdesc(text.encode()).devices[0].body
