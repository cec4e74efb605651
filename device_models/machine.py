"""Machines: devices on an I/O bus, a clock, and interrupt lines that are watched.

A machine reads and writes ports, lets time pass, and saves and loads the state of all its
devices as QEMU's stream does.  It knows nothing of qtest, traces or oracles.

Source: QEMU 7.2 migration/savevm.c for the frame of the stream (the subset that
``xen-save-devices-state`` writes: header, full sections with footers, end).
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from dataclasses import field as dataclass_field
from typing import NamedTuple

from device_models.clock import CLOCK_VMSD, VirtualClock
from device_models.device import Device, Ports
from device_models.errors import SpecError, StateError
from device_models.lines import Line
from vmstate import (
    DescriptionError,
    EncodeError,
    Saved,
    SectionId,
    VMStateDescription,
    first_blocker,
    name_section,
    saving_order,
)
from vmstate.compiler import Compiled
from vmstate.cursor import Reader, Writer

_MAGIC, _VERSION = 0x5145564D, 3
_END, _FULL, _FOOTER = 0x00, 0x04, 0x7E
_OPEN_BUS = 0xFF


class LineMove(NamedTuple):
    """A watched line took a new level."""

    line: str
    level: int


@dataclass(slots=True)
class Slot:
    """A device in a machine, and the descriptions by which it is saved and loaded.

    Attributes:
        name: the device's name within the machine, e.g. ``dma1``.
        device: the device.
        section: its section in the stream.
        vmsd: description by which it is saved.
        load_vmsd: description by which it is loaded; the same but under test.
    """

    name: str
    device: Device
    section: SectionId
    vmsd: VMStateDescription
    load_vmsd: VMStateDescription
    _codecs: dict[int, Compiled] = dataclass_field(
        default_factory=dict, init=False, repr=False, compare=False
    )

    def save(self) -> Saved:
        """Save the device's state.

        Raises:
            EncodeError: it does not fit its description.
        """
        return self._codec(self.vmsd).save(self.device.state)

    def load(self, reader: Reader, version_id: int) -> None:
        """Load the device's state, of which *reader* has version *version_id*.

        Raises:
            StreamError: the bytes are not what the description asks for.
        """
        self._codec(self.load_vmsd).load(self.device.state, reader, version_id)

    def _codec(self, vmsd: VMStateDescription) -> Compiled:
        codec = self._codecs.get(id(vmsd))
        if codec is None:
            # It holds the description, so that no other one comes to have its identity.
            codec = self._codecs[id(vmsd)] = Compiled(vmsd)
        return codec

    @property
    def idstr(self) -> str:
        """The name of its section."""
        return self.section.idstr

    @property
    def instance_id(self) -> int:
        """Which of the sections of that name."""
        return self.section.instance_id


@dataclass(frozen=True, slots=True)
class SavedSection:
    """The state of one device as it was saved."""

    slot: Slot
    saved: Saved


class _ClockDevice:
    """The clock as a device without ports; reset leaves the time alone."""

    type = "timer"
    vmsd = CLOCK_VMSD
    ports: tuple[Ports, ...] = ()

    def __init__(self, clock: VirtualClock) -> None:
        self.state = clock.state

    def reset(self) -> None:
        """Nothing: time goes on."""


class Machine:
    """Devices wired together.

    Args:
        name: e.g. ``pc``.
        clock: the time that all devices share.
    """

    def __init__(self, name: str, clock: VirtualClock) -> None:
        self.name = name
        self.clock = clock
        self.slots: list[Slot] = []
        self._ports: dict[int, Ports] = {}
        self._levels: dict[str, int] = {}
        self._sources: dict[str, Callable[[], int]] = {}
        self._moves: list[LineMove] = []
        self.add("timer", _ClockDevice(clock))

    def add(self, name: str, device: Device, instance_id: int = 0) -> None:
        """Put *device* into the machine.

        Raises:
            SpecError: a port or a section is taken.
        """
        sections = [slot.section for slot in self.slots]
        try:
            section = name_section(device.vmsd.name, sections, instance_id=instance_id)
        except DescriptionError as err:
            raise SpecError(self.name, "; ".join(err.faults)) from err
        for ports in device.ports:
            for port in range(ports.start, ports.start + ports.size):
                if port in self._ports:
                    taken = self._ports[port].name
                    raise SpecError(self.name, f"port {port:#x} is claimed by {taken} and {name}")
                self._ports[port] = ports
        self.slots.append(Slot(name, device, section, device.vmsd, device.vmsd))

    def watch(self, line: Line, level: Callable[[], int]) -> None:
        """Note every change of level of *line* from now on.

        Args:
            line: a line that is low now.
            level: gives the level that its driver's state stands for.  Loading drives no
                line (the receivers' own state says what they saw), so it is asked then.
        """
        self._levels[line.name] = 0
        self._sources[line.name] = level
        line.connect(self._watcher(line.name))

    def _watcher(self, name: str) -> Callable[[int], None]:
        def note(level: int) -> None:
            if self._levels[name] != level:
                self._levels[name] = level
                self._moves.append(LineMove(name, level))

        return note

    def slot(self, name: str) -> Slot:
        """Return the slot of that name.

        Raises:
            KeyError: there is none.
        """
        for slot in self.slots:
            if slot.name == name:
                return slot
        raise KeyError(name)

    def _slot_of(self, idstr: str, instance_id: int) -> Slot | None:
        """Return the slot that a stream means."""
        matches = (slot for slot in self.slots if slot.section.answers_to(idstr, instance_id))
        return next(matches, None)

    @property
    def levels(self) -> dict[str, int]:
        """The level that each watched line was last driven to."""
        return dict(self._levels)

    def take_moves(self) -> tuple[LineMove, ...]:
        """Return, once, the moves of watched lines since the last call, in order."""
        moves = tuple(self._moves)
        self._moves.clear()
        return moves

    def read(self, address: int, size: int) -> int:
        """Read *size* bytes from the I/O ports, byte by byte, low address first."""
        value = 0
        for index in range(size):
            ports = self._ports.get(address + index)
            if ports is None:
                byte = _OPEN_BUS
            else:
                byte = ports.read(address + index - ports.start + ports.offset)
            value |= byte << (8 * index)
        return value

    def write(self, address: int, size: int, value: int) -> None:
        """Write *size* bytes to the I/O ports, byte by byte, low address first."""
        for index in range(size):
            ports = self._ports.get(address + index)
            if ports is not None:
                offset = address + index - ports.start + ports.offset
                ports.write(offset, (value >> (8 * index)) & 0xFF)

    def reset(self) -> None:
        """Reset every device, in the order in which they were added."""
        for slot in self.slots:
            slot.device.reset()

    def save_sections(self) -> list[SavedSection]:
        """Save every device; the order is priority, then the order of adding.

        Raises:
            EncodeError: a state does not fit its description, or a device is not migratable.
        """
        blocker = first_blocker(self.slots, _saved_by)
        if blocker is not None:
            why = f"section {blocker.idstr!r} is not migratable and blocks the others"
            raise EncodeError(self.name, blocker.device.type, why)
        return [
            SavedSection(slot, slot.save())
            for slot in saving_order(self.slots, _saved_by)
            if slot.vmsd.is_needed(slot.device.state)
        ]

    def save(self) -> bytes:
        """Save the whole machine as a stream of device sections.

        Raises:
            EncodeError: a state does not fit its description, or a device is not migratable.
        """
        return frame(self.save_sections())

    def load(self, data: bytes) -> None:
        """Load the whole machine.

        Raises:
            StateError: the frame is not that of this machine's stream, or a device is not
                migratable.
            StreamError: a section's bytes are not what its description asks for.
        """
        blocker = first_blocker(self.slots, _loaded_by)
        if blocker is not None:
            why = f"section {blocker.idstr!r} is not migratable and blocks the others"
            raise StateError(why, 0)
        reader = Reader(data)
        reader.path = "header"
        if (reader.unsigned(4), reader.unsigned(4)) != (_MAGIC, _VERSION):
            raise StateError("not a stream of version 3", 0)
        while True:
            reader.path = "section"
            start = reader.offset
            kind = reader.unsigned(1)
            if kind == _END:
                break
            if kind != _FULL:
                raise StateError(f"section type {kind:#x}, expected {_FULL:#x}", start)
            number = reader.unsigned(4)
            name, instance_id = reader.counted_string(), reader.unsigned(4)
            slot = self._slot_of(name, instance_id)
            if slot is None:
                raise StateError(f"no device has section {name!r} {instance_id}", start)
            slot.load(reader, reader.unsigned(4))
            reader.path = f"{name} footer"
            start = reader.offset
            if (reader.unsigned(1), reader.unsigned(4)) != (_FOOTER, number):
                raise StateError(f"the footer of section {name!r} is missing", start)
        self._levels = {name: level() for name, level in self._sources.items()}


def _saved_by(slot: Slot) -> VMStateDescription:
    return slot.vmsd


def _loaded_by(slot: Slot) -> VMStateDescription:
    return slot.load_vmsd


def frame(sections: Sequence[SavedSection]) -> bytes:
    """Return *sections* as a stream: header, full sections with footers, end."""
    writer = Writer()
    writer.integer(_MAGIC, 4)
    writer.integer(_VERSION, 4)
    for number, section in enumerate(sections):
        writer.integer(_FULL, 1)
        writer.integer(number, 4)
        writer.counted_string(section.slot.idstr)
        writer.integer(section.slot.instance_id, 4)
        writer.integer(section.slot.vmsd.version_id, 4)
        writer.put(section.saved.data)
        writer.integer(_FOOTER, 1)
        writer.integer(number, 4)
    writer.integer(_END, 1)
    return bytes(writer)
