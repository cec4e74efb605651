"""Macros: the call that gives exactly a field, found among all macros there are."""

from __future__ import annotations

import inspect

import pytest

import vmstate.macros
from tests.support.random_descriptions import yes
from vmstate import VMS, Field, VMStateDescription
from vmstate.info import BUFFER, UINT8, UINT16, Buffer
from vmstate.macros import (
    VMSTATE_2DARRAY,
    VMSTATE_BUFFER,
    VMSTATE_BUFFER_START_MIDDLE,
    VMSTATE_GTREE_DIRECT_KEY_V,
    VMSTATE_GTREE_V,
    VMSTATE_STRUCT,
    VMSTATE_UINT8,
    VMSTATE_UINT8_2DARRAY,
    VMSTATE_UINT8_ARRAY,
    VMSTATE_UINT8_V,
    VMSTATE_UNUSED,
    VMSTATE_VALIDATE,
    VMSTATE_VBUFFER_MULTIPLY,
    VMSTATE_WITH_TMP,
)
from vmstate.macros.devices.i2c import VMSTATE_I2C_SLAVE, vmstate_i2c_slave
from vmstate.macros.devices.net import VMSTATE_MACADDR
from vmstate.macros.devices.virtio import VMSTATE_VIRTIO_DEVICE
from vmstate.source.macros import call_of, known_macros

POINT = VMStateDescription(name="point", fields=(VMSTATE_UINT8("x"),))
KNOWN = {
    (known.module, known.name): known for macros in known_macros().values() for known in macros
}
CORE = {name for name, macro in vars(vmstate.macros).items() if inspect.isfunction(macro)}
#: What a macro of each parameter is called with here: no two alike.
SAMPLES = {
    "f": "field",
    "name": "claim",
    "v": 2,
    "version": 2,
    "t": yes,
    "test": yes,
    "info": UINT16,
    "vmsd": POINT,
    "struct_version": 5,
    "n": 6,
    "num": 6,
    "n1": 3,
    "n2": 4,
    "start": 7,
    "multiply": 8,
    "size": 9,
    "field_num": "count",
    "field_size": "length",
    "type_": list,
    "tmp_type": list,
    "val_type": list,
    "key_type": dict,
}


def test_every_macro_for_a_field_is_known():
    unknown = CORE - {name for module, name in KNOWN if module == "vmstate.macros"}
    assert unknown == set()
    assert len(KNOWN) > 200


@pytest.mark.parametrize("name", sorted(CORE))
def test_a_field_of_any_macro_is_found_again(name):
    known = KNOWN["vmstate.macros", name]
    samples = dict(SAMPLES)
    if name == "VMSTATE_GTREE_V":
        samples["vmsd"] = (POINT, VMStateDescription(name="key"))
    if name.startswith("VMSTATE_PARTIAL_VBUFFER"):
        samples["size"] = "length"
    arguments = [samples[parameter] for parameter in known.parameters]
    field = known.macro(*arguments)
    call = call_of(field)
    assert call is not None
    assert KNOWN[call.module, call.name].macro(*call.arguments) == field
    # Another name for the same is as good, unless it takes more to say it.
    assert len(call.arguments) <= len(arguments)


@pytest.mark.parametrize(
    ("field", "name", "arguments"),
    [
        (VMSTATE_UINT8("a"), "VMSTATE_UINT8", ("a",)),
        (VMSTATE_UINT8_V("a", 0), "VMSTATE_UINT8", ("a",)),
        (VMSTATE_UINT8_V("a", 2), "VMSTATE_UINT8_V", ("a", 2)),
        (Field(name="a", flags=VMS.SINGLE, info=UINT16), "VMSTATE_UINT16", ("a",)),
        (VMSTATE_UINT8_ARRAY("a", 3), "VMSTATE_UINT8_ARRAY", ("a", 3)),
        (VMSTATE_2DARRAY("a", 2, 3, 0, UINT8), "VMSTATE_UINT8_2DARRAY", ("a", 2, 3)),
        (VMSTATE_UINT8_2DARRAY("a", 0, 3), "VMSTATE_UINT8_2DARRAY", ("a", 0, 3)),
        (VMSTATE_BUFFER("a", 3), "VMSTATE_BUFFER", ("a", 3)),
        (VMSTATE_UNUSED(3), "VMSTATE_UNUSED", (3,)),
        (VMSTATE_VALIDATE("good", yes), "VMSTATE_VALIDATE", ("good", yes)),
        (VMSTATE_STRUCT("a", 1, POINT), "VMSTATE_STRUCT", ("a", 1, POINT)),
        (VMSTATE_WITH_TMP(list, POINT), "VMSTATE_WITH_TMP", (list, POINT)),
        (
            VMSTATE_VBUFFER_MULTIPLY("a", 1, None, "n", 4),
            "VMSTATE_VBUFFER_MULTIPLY",
            ("a", 1, None, "n", 4),
        ),
        (
            VMSTATE_GTREE_V("t", 1, (POINT, POINT), dict, list),
            "VMSTATE_GTREE_V",
            ("t", 1, (POINT, POINT), dict, list),
        ),
        (
            VMSTATE_GTREE_DIRECT_KEY_V("t", 1, POINT, list),
            "VMSTATE_GTREE_DIRECT_KEY_V",
            ("t", 1, POINT, list),
        ),
    ],
)
def test_the_shortest_call_is_found(field, name, arguments):
    call = call_of(field)
    assert (call.module, call.name, call.arguments) == ("vmstate.macros", name, arguments)


def test_a_start_in_the_middle_is_that_of_the_codec():
    field = VMSTATE_BUFFER_START_MIDDLE("a", 2, 10)
    assert isinstance(field.info, Buffer)
    call = call_of(field)
    assert KNOWN[call.module, call.name].macro(*call.arguments) == field


@pytest.mark.parametrize(
    "field",
    [
        Field(name="a", info=UINT8),
        Field(name="a", flags=VMS.SINGLE, info=UINT8, size=3),
        Field(name="a", flags=VMS.SINGLE, info=UINT8, whole=True),
        Field(name="a", flags=VMS.ARRAY, num=5, columns=0, info=UINT8, start=1, field_exists=yes),
        Field(name="a", flags=VMS.BUFFER | VMS.ALLOC | VMS.POINTER, info=BUFFER, size=1),
    ],
)
def test_a_field_that_no_macro_gives_has_no_call(field):
    assert call_of(field) is None


def test_a_devices_macro_is_taken_where_it_says_more():
    call = call_of(VMSTATE_I2C_SLAVE("i2c"))
    assert (call.module, call.name) == ("vmstate.macros.devices.i2c", "VMSTATE_I2C_SLAVE")
    assert call.arguments == ("i2c",)
    assert call_of(VMSTATE_STRUCT("i2c", 0, vmstate_i2c_slave)) == call
    assert call_of(VMSTATE_VIRTIO_DEVICE()).name == "VMSTATE_VIRTIO_DEVICE"


def test_six_bytes_are_no_mac_address():
    assert call_of(VMSTATE_MACADDR("mac")).name == "VMSTATE_BUFFER"
