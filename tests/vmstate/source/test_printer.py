"""The printer: source that evaluates to the description, whatever is in it."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass, field, replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.engines import ENGINES
from tests.support.random_descriptions import descriptions, dump_of, is_flagged, no, states, yes
from tests.support.vmdesc_texts import V11_1, sent_of
from vmstate import VMS, Field, MigrationPriority, VMStateDescription
from vmstate.blank import Blank
from vmstate.dump import read_dump
from vmstate.errors import SourceError
from vmstate.info import UINT8, Buffer, Integer
from vmstate.macros import (
    VMSTATE_QTAILQ_V,
    VMSTATE_STRUCT,
    VMSTATE_STRUCT_ARRAY,
    VMSTATE_UINT8,
    VMSTATE_UINT8_TEST,
    VMSTATE_UINT16,
)
from vmstate.macros.devices.pci import VMSTATE_PCI_DEVICE
from vmstate.merge import merge
from vmstate.settle import settle
from vmstate.source import constant_name, source_of

POINT = VMStateDescription(name="point", fields=(VMSTATE_UINT8("x"),))


def chip(*fields, **parts):
    return VMStateDescription(name="chip", fields=fields, **parts)


def evaluated(source, description):
    namespace = {}
    exec(source, namespace)
    return namespace[constant_name(description)]


def refusal(description):
    with pytest.raises(SourceError) as error:
        source_of(description)
    return str(error.value)


def hook(_state, _version=0):
    return None


def test_a_description_is_a_constant_behind_its_imports():
    description = chip(VMSTATE_UINT8("a"), VMSTATE_UINT16("b"), version_id=2, needed=yes)
    assert source_of(description) == (
        "from tests.support.random_descriptions import yes\n"
        "from vmstate import VMStateDescription\n"
        "from vmstate.macros import VMSTATE_UINT8, VMSTATE_UINT16\n"
        "\n"
        "CHIP_STATE = VMStateDescription(\n"
        '    name="chip",\n'
        "    version_id=2,\n"
        '    fields=(VMSTATE_UINT8("a"), VMSTATE_UINT16("b")),\n'
        "    needed=yes,\n"
        ")\n"
    )


def test_what_is_nested_stands_before_what_it_is_in():
    line = VMStateDescription(name="line", fields=(VMSTATE_STRUCT_ARRAY("ends", 2, 0, POINT),))
    description = chip(
        VMSTATE_STRUCT("s", 0, line), subsections=(VMStateDescription(name="chip/more"),)
    )
    assert source_of(description) == (
        "from vmstate import VMStateDescription\n"
        "from vmstate.macros import VMSTATE_STRUCT, VMSTATE_STRUCT_ARRAY, VMSTATE_UINT8\n"
        "\n"
        'POINT_STATE = VMStateDescription(name="point", fields=(VMSTATE_UINT8("x"),))\n'
        "\n"
        "LINE_STATE = VMStateDescription(\n"
        '    name="line",\n'
        '    fields=(VMSTATE_STRUCT_ARRAY("ends", 2, 0, POINT_STATE),),\n'
        ")\n"
        "\n"
        'CHIP_MORE_STATE = VMStateDescription(name="chip/more")\n'
        "\n"
        "CHIP_STATE = VMStateDescription(\n"
        '    name="chip",\n'
        '    fields=(VMSTATE_STRUCT("s", 0, LINE_STATE),),\n'
        "    subsections=(CHIP_MORE_STATE,),\n"
        ")\n"
    )


def test_a_field_that_no_macro_gives_is_written_out():
    flags = VMS.SINGLE | VMS.POINTER
    source = source_of(chip(Field(name="a", flags=flags, info=UINT8, size=3, make=list)))
    assert source.startswith("from vmstate import VMS, Field, VMStateDescription\n")
    written = 'Field(name="a", flags=VMS.SINGLE | VMS.POINTER, info=UINT8, size=3, make=list)'
    assert written in source


@pytest.mark.parametrize(
    ("name", "constant"),
    [
        ("i8254", "I8254_STATE"),
        ("pit channel", "PIT_CHANNEL_STATE"),
        ("0000:virtio-net/more", "_0000_VIRTIO_NET_MORE_STATE"),
        ("/", "UNNAMED_STATE"),
    ],
)
def test_a_constant_is_called_after_its_description(name, constant):
    description = VMStateDescription(name=name)
    assert constant_name(description) == constant
    assert evaluated(source_of(description), description) == description


def test_equal_descriptions_are_one_constant():
    twin = VMStateDescription(name="point", fields=(VMSTATE_UINT8("x"),))
    source = source_of(chip(VMSTATE_STRUCT("a", 0, POINT), VMSTATE_STRUCT("b", 0, twin)))
    assert source.count("VMStateDescription(") == 2
    assert source.count("POINT_STATE") == 3


def test_others_of_the_same_name_have_numbers():
    other = VMStateDescription(name="point", fields=(VMSTATE_UINT16("x"),))
    outer = VMStateDescription(name="chip", fields=(VMSTATE_STRUCT("c", 0, other),))
    description = chip(
        VMSTATE_STRUCT("a", 0, POINT), VMSTATE_STRUCT("b", 0, other), VMSTATE_STRUCT("c", 0, outer)
    )
    source = source_of(description)
    for name in ("POINT_STATE = ", "POINT_STATE_2 = ", "CHIP_STATE_2 = ", "CHIP_STATE = "):
        assert source.count(f"\n{name}") == 1
    assert evaluated(source, description) == description


def test_a_devices_macro_stands_for_what_is_nested():
    description = chip(VMSTATE_PCI_DEVICE("dev"))
    source = source_of(description)
    assert 'fields=(VMSTATE_PCI_DEVICE("dev"),)' in source
    assert "PCIDevice" not in source
    assert evaluated(source, description) == description


EVERYTHING = chip(
    VMSTATE_UINT8("n"),
    version_id=5,
    minimum_version_id=4,
    minimum_version_id_old=2,
    pre_load=hook,
    pre_load_errp=hook,
    post_load=hook,
    post_load_errp=hook,
    pre_save=hook,
    pre_save_errp=hook,
    post_save=hook,
    load_state_old=hook,
    needed=yes,
    dev_unplug_pending=no,
    priority=MigrationPriority.MAX,
    early_setup=True,
    unmigratable=True,
    source='QEMU 11.1 hw/chip.c: it\'s "vmstate_chip"',
)


def test_all_that_a_description_has_is_written():
    source = source_of(EVERYTHING)
    assert "priority=MigrationPriority.MAX" in source
    assert "early_setup=True" in source
    assert evaluated(source, EVERYTHING) == EVERYTHING


@dataclass(frozen=True)
class Codec:
    name: str
    limits: tuple[int, ...] = ()
    part: object = None
    default: object = b"x"
    more: tuple[int, ...] = field(default_factory=tuple)

    def load(self, reader, current, size):
        return reader.take(size)

    def save(self, writer, value, size):
        writer.put(value)


def test_codecs_and_factories_that_are_values_are_written_as_such():
    fields = (
        Field(name="a", info=Buffer(start=3, is_partial=True), size=2),
        Field(name="b", info=Codec("mine", (1, -2), Codec("inner", more=(3,)), None), size=1),
        Field(name="c", info=Integer(bytes_=3, signed=False)),
        VMSTATE_QTAILQ_V("q", 0, POINT, Blank(POINT)),
        VMSTATE_UINT8_TEST("d", is_flagged),
    )
    description = chip(*fields)
    source = source_of(description)
    for written in (
        'info=Codec(\n                name="mine",\n                limits=(1, -2),\n',
        '                part=Codec(name="inner", more=(3,)),\n                default=None,\n',
    ):
        assert written in source
    assert 'VMSTATE_QTAILQ_V("q", 0, POINT_STATE, Blank(vmsd=POINT_STATE))' in source
    assert evaluated(source, description) == description


def test_no_flags_are_no_setting_and_a_flag_may_be_none():
    assert "flags" not in source_of(chip(Field(name="a", info=UINT8)))
    described = chip(Field(name="a", info=Codec("mine", part=VMS.NONE)))
    assert "part=VMS(0)" in source_of(described)
    assert evaluated(source_of(described), described) == described


@pytest.mark.parametrize(
    ("description", "text"),
    [
        (
            chip(VMSTATE_UINT8_TEST("a", lambda state, version: True)),
            "chip/a: can't write <function <lambda> at ",
        ),
        (
            chip(Field(name="a", info=Codec("mine", part=object()))),
            "chip/a.info.part: can't write <object object at ",
        ),
        (chip(needed=lambda state: True), "chip.needed: can't write <function <lambda> at "),
    ],
)
def test_what_has_no_name_is_refused_with_its_place(description, text):
    assert refusal(description).startswith(text)


def test_a_deep_description_is_written():
    description = POINT
    for level in range(300):
        description = VMStateDescription(
            name=f"level{level}", fields=(VMSTATE_STRUCT("s", 0, description),)
        )
    source = source_of(description)
    assert source.count("VMStateDescription(") == 301
    assert evaluated(source, description).depth == 301


# Any description --------------------------------------------------------------------------


@settings(max_examples=50, deadline=None)
@given(descriptions())
def test_source_evaluates_to_the_description(description):
    assert evaluated(source_of(description), description) == description


@settings(max_examples=25, deadline=None)
@given(st.data(), descriptions())
def test_so_does_that_of_what_was_read(data, description):
    dump = read_dump(dump_of(description, has_counts=True)).descriptions["chip"]
    engine = ENGINES["interpreted"]
    told = sent_of(engine, V11_1, description, data.draw(states(description)))
    merged = merge(dump, told)
    for read in (dump, merged, settle(merged, told)):
        assert evaluated(source_of(read), read) == read


def test_a_formatter_leaves_it_as_it_is(tmp_path):
    wide = [VMSTATE_UINT8(f"a_field_with_a_rather_long_name_{number}") for number in range(9)]
    inner = replace(POINT, fields=tuple(wide))
    description = replace(EVERYTHING, fields=(VMSTATE_STRUCT("s", 0, inner), *wide))
    for number, one in enumerate((description, chip(), chip(VMSTATE_PCI_DEVICE("dev")))):
        (tmp_path / f"source{number}.py").write_text(source_of(one))
    formatter = [sys.executable, "-m", "ruff"]
    options = ["--isolated", "--line-length=100", "--no-cache", str(tmp_path)]
    for command in (["format", "--check"], ["check", "--select=I,F,E"]):
        done = subprocess.run(
            [*formatter, *command, *options],
            capture_output=True,
            text=True,
            timeout=60,
            check=False,
        )
        assert done.returncode == 0, done.stdout
