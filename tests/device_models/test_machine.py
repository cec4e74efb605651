"""Machines, with a device that is as small as one can be."""

from __future__ import annotations

import contextlib
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from device_models.clock import VirtualClock
from device_models.device import Ports
from device_models.errors import SpecError, StateError
from device_models.lines import Line
from device_models.machine import LineMove, Machine, frame
from tests.support.boards import law
from vmstate import EncodeError, StreamError, TruncatedStreamError, VMStateDescription
from vmstate.macros import VMSTATE_UINT8, VMSTATE_UINT16

HEADER = bytes.fromhex("5145564d 00000003")


@dataclass(slots=True)
class LatchState:
    value: int = 0
    reads: int = 0


LATCH = VMStateDescription(
    name="latch", version_id=1, fields=(VMSTATE_UINT8("value"), VMSTATE_UINT16("reads"))
)


class Latch:
    """A byte at a port; its lowest bit is a line, and reading is counted."""

    type = "latch"

    def __init__(self, start, line, vmsd=LATCH, size=1, offset=0):
        self.vmsd = vmsd
        self.line = line
        self.seen = []
        self.ports = (Ports("latch-io", start, size, self._read, self._write, offset),)
        self.state = LatchState()

    def reset(self):
        self.state = LatchState()
        self.line.drive(0)

    def _read(self, offset):
        self.state.reads = (self.state.reads + 1) & 0xFFFF
        return (self.state.value + offset) & 0xFF

    def _write(self, offset, value):
        self.seen.append((offset, value))
        self.state.value = value
        self.line.drive(value & 1)


def make(**latches):
    """Return a machine with a latch, and a watched line, for each name and port."""
    machine = Machine("bench", VirtualClock())
    for number, (name, start) in enumerate(latches.items()):
        latch = Latch(start, Line(name))
        machine.watch(latch.line, lambda latch=latch: latch.state.value & 1)
        machine.add(name, latch, number)
    machine.reset()
    return machine


def section(number, name, instance, version, body, footer=None):
    return b"".join(
        (
            b"\x04",
            number.to_bytes(4),
            bytes([len(name)]),
            name,
            instance.to_bytes(4),
            version.to_bytes(4),
            body,
            b"\x7e",
            (number if footer is None else footer).to_bytes(4),
        )
    )


TIMER = section(0, b"timer", 0, 2, bytes(24))


def test_a_machine_begins_with_its_clock():
    machine = Machine("bench", VirtualClock())
    assert [(slot.name, slot.idstr, slot.instance_id) for slot in machine.slots] == [
        ("timer", "timer", 0)
    ]


def test_a_port_can_not_be_claimed_twice():
    machine = make(a=0x10)
    with pytest.raises(SpecError) as caught:
        machine.add("b", Latch(0x10, Line("b")), 1)
    assert str(caught.value) == "machine 'bench': port 0x10 is claimed by latch-io and b"


def test_a_section_can_not_stand_twice():
    machine = make(a=0x10)
    with pytest.raises(SpecError) as caught:
        machine.add("b", Latch(0x11, Line("b")), 0)
    assert str(caught.value) == "machine 'bench': section 'latch' 0 stands twice"


def test_slots_are_found_by_name():
    machine = make(a=0x10, b=0x11)
    slot = machine.slot("b")
    assert (slot.name, slot.idstr, slot.instance_id) == ("b", "latch", 1)
    with pytest.raises(KeyError, match="c"):
        machine.slot("c")


def test_a_port_without_a_device_reads_all_ones_and_takes_anything():
    machine = make(a=0x10)
    machine.write(0x20, 1, 0x55)
    assert machine.read(0x20, 1) == 0xFF


def test_an_access_is_split_into_bytes_low_address_first():
    machine = make(a=0x10, b=0x11)
    machine.write(0x10, 4, 0xDDCCBBAA)
    assert machine.slot("a").device.seen == [(0, 0xAA)]
    assert machine.slot("b").device.seen == [(0, 0xBB)]
    assert machine.read(0x10, 4) == 0xFFFFBBAA


def test_handlers_get_offsets_counted_from_where_the_device_says():
    machine = Machine("bench", VirtualClock())
    latch = Latch(0x80, Line("a"), size=3, offset=5)
    machine.add("a", latch)
    machine.write(0x82, 1, 9)
    assert latch.seen == [(7, 9)]
    assert machine.read(0x81, 1) == 9 + 6


def test_only_changes_of_level_are_moves_and_they_are_taken_once():
    machine = make(a=0x10, b=0x11)
    for port, value in ((0x10, 1), (0x10, 3), (0x11, 1), (0x10, 2)):
        machine.write(port, 1, value)
    assert machine.take_moves() == (LineMove("a", 1), LineMove("b", 1), LineMove("a", 0))
    assert machine.take_moves() == ()
    assert machine.levels == {"a": 0, "b": 1}


def test_the_levels_that_are_told_are_a_copy():
    machine = make(a=0x10)
    machine.levels["a"] = 1
    assert machine.levels == {"a": 0}


def test_reset_resets_devices_but_not_the_time():
    machine = make(a=0x10)
    machine.write(0x10, 1, 1)
    machine.clock.advance(9)
    machine.reset()
    assert machine.slot("a").device.state == LatchState()
    assert machine.clock.now_ns == 9
    assert machine.levels == {"a": 0}


def test_a_stream_has_a_header_full_sections_with_footers_and_an_end():
    machine = make(a=0x10)
    machine.write(0x10, 1, 0x21)
    machine.read(0x10, 1)
    assert machine.save() == b"".join(
        (HEADER, TIMER, section(1, b"latch", 0, 1, b"\x21\x00\x01"), b"\0")
    )


def test_sections_can_be_framed_apart_from_their_machine():
    machine = make(a=0x10)
    assert frame(machine.save_sections()) == machine.save()
    assert frame([]) == HEADER + b"\0"


def test_higher_priority_is_saved_earlier():
    machine = make(a=0x10)
    urgent = VMStateDescription(name="urgent", fields=(VMSTATE_UINT8("value"),), priority=3)
    machine.add("u", Latch(0x11, Line("u"), urgent))
    assert [saved.slot.name for saved in machine.save_sections()] == ["u", "timer", "a"]


def test_a_section_that_is_not_needed_is_not_saved():
    machine = make(a=0x10)
    rare = VMStateDescription(
        name="rare", fields=(VMSTATE_UINT8("value"),), needed=lambda state: state.value != 0
    )
    machine.add("r", Latch(0x11, Line("r"), rare))
    assert [saved.slot.name for saved in machine.save_sections()] == ["timer", "a"]
    machine.write(0x11, 1, 1)
    assert [saved.slot.name for saved in machine.save_sections()] == ["timer", "a", "r"]


def test_a_device_that_is_not_migratable_blocks_the_whole_machine():
    saved = make(a=0x10).save()
    machine = make(a=0x10)
    machine.add("x", Latch(0x11, Line("x"), VMStateDescription(name="fixed", unmigratable=True)))
    with pytest.raises(EncodeError) as refused:
        machine.save()
    assert str(refused.value) == (
        "bench: can't save 'latch': section 'fixed' is not migratable and blocks the others"
    )
    with pytest.raises(StateError) as kept_out:
        machine.load(saved)
    assert str(kept_out.value) == (
        "machine state at offset 0x0: section 'fixed' is not migratable and blocks the others"
    )


def test_a_state_that_does_not_fit_is_not_saved():
    machine = make(a=0x10)
    machine.slot("a").device.state.value = 0x100
    with pytest.raises(EncodeError, match="latch/value: can't save 256"):
        machine.save()


def test_what_was_saved_is_loaded_into_another_machine():
    first, second = make(a=0x10, b=0x11), make(a=0x10, b=0x11)
    first.write(0x10, 2, 0x0102)
    first.clock.advance(5)
    second.load(first.save())
    assert second.read(0x10, 2) == 0x0102
    assert second.clock.now_ns == 5


def test_levels_after_a_load_are_those_that_the_state_stands_for_without_a_move():
    machine = make(a=0x10)
    machine.write(0x10, 1, 1)
    saved = machine.save()
    machine.reset()
    machine.take_moves()
    machine.load(saved)
    assert machine.levels == {"a": 1}
    assert machine.take_moves() == ()


def test_sections_may_come_in_any_order_and_some_may_be_missing():
    machine = make(a=0x10, b=0x11)
    machine.write(0x10, 1, 7)
    machine.load(HEADER + section(0, b"latch", 1, 1, b"\x09\x00\x00") + TIMER + b"\0")
    assert machine.read(0x10, 2) == 0x0907


def test_loading_uses_the_description_for_loading():
    machine = make(a=0x10)
    slot = machine.slot("a")
    slot.load_vmsd = VMStateDescription(
        name="latch", version_id=1, fields=(VMSTATE_UINT16("reads"), VMSTATE_UINT8("value"))
    )
    machine.load(HEADER + section(0, b"latch", 0, 1, b"\x00\x01\x02") + b"\0")
    assert (slot.device.state.reads, slot.device.state.value) == (1, 2)


def refused(data):
    with pytest.raises(StateError) as caught:
        make(a=0x10).load(data)
    return str(caught.value)


@pytest.mark.parametrize("data", [b"\0" * 8, HEADER[:4] + b"\0\0\0\4"])
def test_another_magic_or_version_is_refused(data):
    assert refused(data) == "machine state at offset 0x0: not a stream of version 3"


def test_another_kind_of_section_is_refused():
    assert refused(HEADER + b"\x01") == (
        "machine state at offset 0x8: section type 0x1, expected 0x4"
    )


def test_a_section_of_no_device_is_refused():
    assert refused(HEADER + section(0, b"latch", 4, 1, b"")) == (
        "machine state at offset 0x8: no device has section 'latch' 4"
    )


@pytest.mark.parametrize("tail", [b"\x7f\0\0\0\0", b"\x7e\0\0\0\x09"])
def test_a_missing_footer_is_refused(tail):
    whole = HEADER + section(0, b"latch", 0, 1, b"\1\2\3")
    assert refused(whole[:-5] + tail) == (
        "machine state at offset 0x1e: the footer of section 'latch' is missing"
    )


@pytest.mark.parametrize("size", range(0, 61, 3))
def test_a_stream_that_ends_early_is_refused(size):
    data = make(a=0x10).save()
    with pytest.raises(TruncatedStreamError, match="at offset"):
        make(a=0x10).load(data[:size])


@given(st.integers(0, 80), st.integers(0, 255))
@law
def test_a_damaged_stream_is_loaded_or_refused(position, byte):
    data = bytearray(make(a=0x10).save())
    data[min(position, len(data) - 1)] = byte
    machine = make(a=0x10)
    with contextlib.suppress(StateError, StreamError):
        machine.load(bytes(data))
    assert machine.save()[:8] == HEADER
