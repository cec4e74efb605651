"""Planted faults: each loses exactly what it says, and nothing else."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import partial
from types import SimpleNamespace as State

import pytest

from device_models import faults
from device_models.clock import Timer, VirtualClock
from device_models.device import Ports
from device_models.machine import Machine
from vmstate import DescriptionError, VMStateDescription, load, save
from vmstate.info import INT8, UINT8
from vmstate.macros import (
    VMSTATE_BOOL,
    VMSTATE_BUFFER,
    VMSTATE_INT32,
    VMSTATE_STRUCT,
    VMSTATE_STRUCT_ARRAY,
    VMSTATE_TIMER_PTR,
    VMSTATE_UINT8,
    VMSTATE_UINT8_ARRAY,
    VMSTATE_UINT16,
    VMSTATE_VALIDATE,
    VMSTATE_VARRAY_UINT32,
)
from vmstate.macros import VMSTATE_UINT32 as U32


@dataclass(slots=True)
class Channel:
    count: int = 0
    mode: int = 0


@dataclass(slots=True)
class Chip:
    timer: Timer
    control: int = 0
    status: int = 0
    total: int = 0
    on: bool = False
    ram: bytearray = field(default_factory=lambda: bytearray(3))
    levels: list[int] = field(default_factory=lambda: [0, 0])
    channels: list[Channel] = field(default_factory=lambda: [Channel(), Channel()])
    main: Channel = field(default_factory=Channel)
    extra: int = 0
    derived: int = 0


def has_extra(chip):
    return chip.extra != 0


def derive(chip, version_id):
    chip.derived = chip.control + version_id


def note_mode(channel, version_id):
    channel.mode |= 0x80


CHANNEL = VMStateDescription(name="channel", fields=(VMSTATE_INT32("count"), VMSTATE_UINT8("mode")))
CHIP = VMStateDescription(
    name="chip",
    version_id=2,
    post_load=derive,
    fields=(
        VMSTATE_TIMER_PTR("timer"),
        VMSTATE_UINT8("control"),
        VMSTATE_UINT8("status"),
        VMSTATE_UINT16("total"),
        VMSTATE_BOOL("on"),
        VMSTATE_BUFFER("ram", 3),
        VMSTATE_UINT8_ARRAY("levels", 2),
        VMSTATE_STRUCT_ARRAY("channels", 2, 0, CHANNEL),
        VMSTATE_STRUCT("main", 0, CHANNEL),
    ),
    subsections=(
        VMStateDescription(name="chip/extra", needed=has_extra, fields=(VMSTATE_UINT8("extra"),)),
    ),
)


class Device:
    type = "chip"
    vmsd = CHIP
    ports: tuple[Ports, ...] = ()

    def __init__(self, clock):
        self.timer = Timer(clock, lambda: None)
        self.state = Chip(self.timer)

    def reset(self):
        self.timer.delete()
        self.state = Chip(self.timer)


def busy(timer=None):
    """A chip in which every field differs from its reset value."""
    timer = timer or Timer(VirtualClock(), lambda: None)
    timer.modify(77)
    return Chip(
        timer,
        control=1,
        status=2,
        total=0x1234,
        on=True,
        ram=bytearray(b"abc"),
        levels=[3, 4],
        channels=[Channel(5, 6), Channel(7, 8)],
        main=Channel(9, 10),
        extra=11,
    )


def reloaded(saved_by, loaded_by=None):
    """Save a busy chip with one description and load it, with another, into a new one."""
    data = save(saved_by, busy()).data
    fresh = Chip(Timer(VirtualClock(), lambda: None))
    load(loaded_by or saved_by, fresh, data, 2)
    return fresh


def lost(vmsd, loaded_by=None):
    """Return the fields that a reload loses."""
    before, after = reloaded(CHIP), reloaded(vmsd, loaded_by)
    names = [name for name in Chip.__slots__ if name != "timer"]
    found = {name for name in names if getattr(before, name) != getattr(after, name)}
    return found | ({"timer"} if before.timer.expire_ns != after.timer.expire_ns else set())


def test_the_description_itself_loses_nothing():
    assert lost(CHIP) == set()
    assert reloaded(CHIP).total == 0x1234


@pytest.mark.parametrize(
    ("path", "name"),
    [
        ("status", "status"),
        ("levels[]", "levels"),
        ("levels", "levels"),
        ("channels[].mode", "channels"),
        ("channels[]", "channels"),
        ("main.count", "main"),
        ("<chip/extra>.extra", "extra"),
    ],
)
def test_a_dropped_field_is_lost_and_no_other(path, name):
    assert lost(faults.drop_field(CHIP, path)) == {name}


def test_a_field_dropped_in_a_struct_is_lost_in_every_element():
    after = reloaded(faults.drop_field(CHIP, "channels[].mode"))
    assert after.channels == [Channel(5, 0), Channel(7, 0)]


def test_a_fault_leaves_the_description_it_is_made_from_alone():
    before = save(CHIP, busy()).data
    faults.drop_field(CHIP, "main.mode")
    assert save(CHIP, busy()).data == before


def test_a_field_that_is_not_there_is_named_with_those_that_are():
    with pytest.raises(DescriptionError) as error:
        faults.drop_field(CHIP, "staus")
    assert str(error.value) == (
        "description 'chip': it has no field 'staus'; there are: timer, control, status, total, "
        "on, ram, levels[], channels[], main, <chip/extra>"
    )


def test_a_path_into_a_subsection_that_is_not_there_names_it():
    with pytest.raises(DescriptionError, match=r"no field '<chip/none>\.extra'"):
        faults.drop_field(CHIP, "<chip/none>.extra")


def test_a_length_that_is_dropped_is_the_destinations():
    vmsd = VMStateDescription(
        name="v", fields=(U32("n"), VMSTATE_VARRAY_UINT32("a", "n", 0, UINT8))
    )
    state = State(n=2, a=[1, 2, 3])
    assert save(faults.drop_field(vmsd, "n"), state).data == b"\1\2"


@pytest.mark.parametrize("path", ["timer", "control", "total", "on", "ram", "levels[]"])
def test_a_hidden_attribute_is_lost_without_moving_any_other_field(path):
    hidden = faults.hide_attribute(CHIP, path)
    assert lost(hidden) >= {path.removesuffix("[]")}
    assert len(save(hidden, busy()).data) == len(save(CHIP, busy()).data)
    offsets = {span.path: span.offset for span in save(CHIP, busy()).spans}
    for span in save(hidden, busy()).spans:
        assert span.path == "unused" or offsets[span.path] == span.offset


def test_a_hidden_attribute_is_zeros_in_the_bytes():
    assert save(faults.hide_attribute(CHIP, "total"), busy()).data[10:12] == bytes(2)


@pytest.mark.parametrize("path", ["main", "channels[]"])
def test_a_struct_can_not_be_hidden_as_its_size_is_not_given(path):
    with pytest.raises(DescriptionError, match="has no fixed size"):
        faults.hide_attribute(CHIP, path)


def test_a_field_of_variable_length_can_not_be_hidden():
    vmsd = VMStateDescription(
        name="v", fields=(U32("n"), VMSTATE_VARRAY_UINT32("a", "n", 0, UINT8))
    )
    with pytest.raises(DescriptionError, match="field 'a' has no fixed size"):
        faults.hide_attribute(vmsd, "a[]")


def test_a_narrowed_field_keeps_its_low_bits():
    narrowed = faults.narrow_field(CHIP, "total", UINT8)
    assert reloaded(narrowed).total == 0x34
    assert len(save(narrowed, busy()).data) == len(save(CHIP, busy()).data) - 1
    assert lost(narrowed) == {"total"}


@pytest.mark.parametrize(("value", "seen"), [(0x80, -128), (0x17F, 127), (-1, -1), (5, 5)])
def test_a_field_narrowed_to_a_signed_type_wraps_as_in_c(value, seen):
    vmsd = VMStateDescription(name="v", fields=(VMSTATE_INT32("count"),))
    narrowed = faults.narrow_field(vmsd, "count", INT8)
    channel = Channel()
    load(narrowed, channel, save(narrowed, Channel(value)).data, 0)
    assert channel.count == seen


def test_a_narrowed_field_has_the_type_that_it_was_narrowed_to():
    spans = save(faults.narrow_field(CHIP, "total", UINT8), busy()).spans
    assert [span.type for span in spans if span.path == "total"] == ["uint8"]


def test_a_gated_field_is_neither_sent_nor_read():
    gated = faults.gate_field(CHIP, "status", 3)
    assert lost(gated) == {"status"}
    assert len(save(gated, busy()).data) == len(save(CHIP, busy()).data) - 1


def test_a_gate_at_a_version_that_is_sent_loses_nothing():
    assert lost(faults.gate_field(CHIP, "status", 2)) == set()


def test_a_gate_can_be_named_in_a_report():
    gated = faults.gate_field(CHIP, "status", 3)
    (gate,) = [f.field_exists for f in gated.fields if f.name == "status"]
    assert gate is not None
    assert gate.__name__ == "from_version_3"


def test_swapped_fields_are_loaded_into_each_other():
    after = reloaded(CHIP, faults.swap_fields(CHIP, "control", "status"))
    assert (after.control, after.status) == (2, 1)
    assert lost(CHIP, faults.swap_fields(CHIP, "control", "status")) == {
        "control",
        "status",
        "derived",
    }


def test_an_exchange_on_both_sides_loses_nothing():
    assert lost(faults.swap_fields(CHIP, "control", "status")) == set()


def test_fields_of_a_nested_struct_can_be_swapped():
    same = VMStateDescription(name="c", fields=(VMSTATE_UINT8("count"), VMSTATE_UINT8("mode")))
    vmsd = VMStateDescription(name="v", fields=(VMSTATE_STRUCT_ARRAY("channels", 2, 0, same),))
    data = save(vmsd, busy()).data
    fresh = Chip(Timer(VirtualClock(), lambda: None))
    load(faults.swap_fields(vmsd, "channels[].count", "channels[].mode"), fresh, data, 0)
    assert fresh.channels == [Channel(6, 5), Channel(8, 7)]


@pytest.mark.parametrize("other", ["main.mode", "channels[].none", "status"])
def test_only_fields_of_one_description_can_be_swapped(other):
    with pytest.raises(DescriptionError, match=r"has no sibling"):
        faults.swap_fields(CHIP, "channels[].count", other)


def test_a_subsection_that_is_never_needed_is_lost():
    assert lost(faults.never_needed(CHIP, "chip/extra")) == {"extra"}
    twice = faults.never_needed(faults.never_needed(CHIP, "chip/extra"), "chip/extra")
    assert lost(twice) == {"extra"}


def test_a_subsection_of_a_nested_struct_can_be_never_needed():
    outer = VMStateDescription(name="o", fields=(VMSTATE_STRUCT("chip", 0, CHIP),))
    holder = type("Holder", (), {})()
    holder.chip = busy()
    data = save(faults.never_needed(outer, "chip/extra"), holder).data
    assert data == save(outer, holder).data[: len(data)]
    assert b"chip/extra" not in data


def test_a_subsection_that_is_not_there_is_named_with_those_that_are():
    with pytest.raises(DescriptionError) as error:
        faults.never_needed(CHIP, "chip/extar")
    assert str(error.value) == (
        "description 'chip': it has no subsection 'chip/extar'; there are: chip/extra"
    )
    with pytest.raises(DescriptionError, match="there are: none"):
        faults.never_needed(CHANNEL, "channel/extra")


def test_without_post_load_what_is_derived_stays_stale():
    assert reloaded(CHIP).derived == 3
    assert reloaded(faults.without_post_load(CHIP)).derived == 0


def test_the_post_load_of_a_nested_struct_can_be_left_out():
    hooked = VMStateDescription(name="c", post_load=note_mode, fields=(VMSTATE_UINT8("mode"),))
    vmsd = VMStateDescription(name="v", fields=(VMSTATE_STRUCT("main", 0, hooked),))
    chip = busy()
    load(vmsd, chip, b"\x01", 0)
    assert chip.main.mode == 0x81
    load(faults.without_post_load(vmsd, "main"), chip, b"\x01", 0)
    assert chip.main.mode == 1


@pytest.mark.parametrize(
    ("path", "why"), [("main", "no post_load to leave out"), ("status", "'status' is no struct")]
)
def test_a_post_load_that_is_not_there_can_not_be_left_out(path, why):
    with pytest.raises(DescriptionError, match=why):
        faults.without_post_load(CHIP, path)


def test_a_check_without_a_value_is_no_field_that_a_fault_can_name():
    vmsd = VMStateDescription(name="v", fields=(VMSTATE_VALIDATE("ok", has_extra),))
    with pytest.raises(DescriptionError, match="no field 'ok'"):
        faults.drop_field(vmsd, "ok")


def machine():
    made = Machine("test", VirtualClock())
    made.add("chip", Device(made.clock))
    return made


def test_a_planted_fault_works_on_both_sides():
    slot = (made := machine()).slot("chip")
    faults.plant(slot, partial(faults.drop_field, path="status"))
    slot.device.state.status, slot.device.state.control = 5, 6
    data = made.save()
    made.reset()
    made.load(data)
    assert (slot.device.state.status, slot.device.state.control) == (0, 6)


def test_a_fault_planted_on_load_leaves_the_saved_bytes_alone():
    slot = (made := machine()).slot("chip")
    slot.device.state.status = 5
    data = made.save()
    faults.plant_on_load(slot, partial(faults.swap_fields, a="control", b="status"))
    assert made.save() == data
    made.load(data)
    assert (slot.device.state.status, slot.device.state.control) == (0, 5)


def test_a_forgetful_reset_leaves_one_attribute_as_it_was():
    slot = (made := machine()).slot("chip")
    faults.forget_on_reset(slot, "main.mode")
    slot.device.state.main.mode, slot.device.state.main.count = 3, 4
    made.reset()
    assert slot.device.state.main == Channel(0, 3)


def test_a_forgetful_reset_leaves_a_timer_armed():
    slot = (made := machine()).slot("chip")
    faults.forget_on_reset(slot, "timer")
    made.reset()
    assert slot.device.state.timer.expire_ns is None
    slot.device.state.timer.modify(9)
    made.reset()
    assert slot.device.state.timer.expire_ns == 9


def test_a_forgetful_device_is_its_device_in_all_else():
    slot = machine().slot("chip")
    device = slot.device
    faults.forget_on_reset(slot, "status")
    assert slot.device is not device
    assert slot.device.type == "chip"
    assert slot.device.vmsd is CHIP
    assert slot.device.ports == ()
    assert slot.device.state is device.state


def test_an_attribute_that_is_not_there_can_not_be_forgotten():
    with pytest.raises(AttributeError):
        faults.forget_on_reset(machine().slot("chip"), "nothing")


def test_every_fault_says_which_kind_of_bug_it_stands_for():
    for fault in (
        faults.drop_field,
        faults.hide_attribute,
        faults.narrow_field,
        faults.gate_field,
        faults.swap_fields,
        faults.never_needed,
        faults.without_post_load,
        faults.forget_on_reset,
    ):
        assert len((fault.__doc__ or "").split("\n\n")) >= 3
