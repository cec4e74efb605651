"""The model guest: a machine of our own device models, in this process.

It speaks the same qtest commands as a QEMU, so that traces and findings are one language.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Sequence
from contextlib import contextmanager, nullcontext
from importlib.metadata import version
from typing import Self

from device_models import Machine, build
from device_models.errors import StateError
from device_models.machine import SavedSection, frame
from harness.command import Command
from harness.errors import GuestError, LoadError, QtestError, RaisedError, SaveError
from harness.fields import Column, DeviceState, LeafField, LiveObject, columns_of
from harness.guest import ReloadMode
from harness.guests.objects import described_paths, plain_device
from harness.observation import Move, Observation
from harness.regions import Owner, Region, RegionMap
from harness.streams.spoiling import Spoils, changes_of
from vmstate import EncodeError, StreamError
from vmstate.saved import Saved

#: How many of the states that were taken can still be decoded.
_REMEMBERED_STATES = 16


class ModelGuest:
    """A machine of device models.

    Args:
        machine: name of the machine, e.g. ``pc``.
        make: returns a new machine in its power-on state; by default the catalogue's.
    """

    has_clock = True
    restarts_quickly = True
    can_spoil = True
    chance = 0
    reload_mode: ReloadMode = "in-place"
    #: Its registers are where they are.
    boot = ()
    plugged = None
    crossing = None
    arguments: tuple[str, ...] = ()

    def __init__(self, machine: str, make: Callable[[], Machine] | None = None) -> None:
        self.spec = f"model:{machine}"
        self.version = f"pytest-vmstate {version('pytest-vmstate')}"
        self._make = make or (lambda: build(machine))
        self._machine = self._make()
        self._saved: dict[str, bytes] = {}
        self._spoils = Spoils()
        #: Whether it has loaded what no machine saved: then anything may be wrong with it.
        self._is_spoilt = False
        self._taken: dict[bytes, list[SavedSection]] = {}
        #: The state as it was last taken; None once anything has happened since.
        self._state: bytes | None = None
        self.map = RegionMap(tuple(_regions(self._machine)))

    @property
    def machine(self) -> Machine:
        """The machine as it stands."""
        return self._machine

    @property
    def sections(self) -> tuple[tuple[str, int], ...]:
        """Name (idstr) and instance id of every section."""
        return tuple((slot.idstr, slot.instance_id) for slot in self._machine.slots)

    def execute(self, commands: Sequence[Command]) -> list[Observation]:
        """Run *commands*; see :class:`~harness.guest.Guest`."""
        self._state = None
        self._machine.take_moves()
        sent = self._spoils.heard(commands)
        with _guarded(f"{len(sent)} commands") if self._is_spoilt else nullcontext():
            seen = [self._execute(command) for command in sent]
        return seen if sent is commands else self._spoils.answered(commands, seen)

    def _execute(self, command: Command) -> Observation:
        machine = self._machine
        answer: int | None = None
        if command.space == "io" and command.is_read:
            answer = machine.read(command.address, command.size)
        elif command.space == "io":
            machine.write(command.address, command.size, command.value)
        elif command.verb == "clock_step":
            answer = self._step(command)
        else:
            raise QtestError(str(command), "FAIL not a command of this machine")
        moves = tuple(Move(*move) for move in machine.take_moves())
        return Observation(answer, moves)

    def _step(self, command: Command) -> int:
        clock = self._machine.clock
        if command.operands:
            clock.advance(int(command.operands[0]))
        elif clock.deadline_ns is not None:
            clock.advance(max(0, clock.deadline_ns - clock.now_ns))
        return clock.now_ns

    def levels(self) -> dict[str, int]:
        """Return the level of each watched line."""
        return self._machine.levels

    def follow(self, commands: Sequence[Command]) -> tuple[dict[str, int], Sequence[Observation]]:
        """Return the levels, and what running *commands* then shows."""
        return self.levels(), tuple(self.execute(commands))

    def save(self, tag: str) -> None:
        """Save the machine under *tag*."""
        self._saved[tag] = self.state()
        self._spoils.saved(tag)

    def reset(self) -> None:
        """Reset every device."""
        self._state = None
        self._machine.reset()

    def load(self, tag: str) -> None:
        """Load what was saved under *tag*."""
        if tag not in self._saved:
            raise LoadError(f"nothing was saved as {tag!r}")
        self._state, self._is_spoilt = None, False
        try:
            self._machine.load(self._saved[tag])
        except (StreamError, StateError, EncodeError) as err:
            raise LoadError(str(err)) from err

    def reload(self, tag: str) -> None:
        """Reset every device and load what was saved under *tag*, spoilt if it is to be."""
        spoils = self._spoils.of(tag)
        if not spoils:
            self.rewind(tag)
            return
        saved = self._saved[tag]
        self._saved[tag] = self._spoilt(saved, spoils)
        try:
            with _guarded("load"):
                self.rewind(tag)
        finally:
            self._saved[tag] = saved
        self._is_spoilt = True

    def _spoilt(self, state: bytes, spoils: Sequence[Command]) -> bytes:
        """Return *state*, which was taken, with *spoils* in it."""
        sections = self._taken[state]
        bodies = {
            (one.slot.idstr, one.slot.instance_id): bytearray(one.saved.data) for one in sections
        }
        for change in changes_of(_decoded(sections).fields, spoils):
            field = change.field
            body = bodies[field.section, field.instance_id]
            body[field.offset : field.offset + len(change.data)] = change.data
        return frame(
            [
                SavedSection(one.slot, Saved(bytes(body), one.saved.layout))
                for one, body in zip(sections, bodies.values(), strict=True)
            ]
        )

    def mapping(self) -> str:
        """Return nothing: registers of a model stay where they are."""
        return ""

    def rewind(self, tag: str) -> None:
        """Reset every device and load what was saved under *tag*."""
        self.reset()
        self.load(tag)

    def state(self) -> bytes:
        """Return what would be saved now."""
        if self._state is not None:
            return self._state
        try:
            sections = self._machine.save_sections()
        except EncodeError as err:
            raise SaveError(str(err)) from err
        state = frame(sections)
        self._taken[state] = sections
        while len(self._taken) > _REMEMBERED_STATES:
            del self._taken[next(iter(self._taken))]
        self._state = state
        return state

    def inspect(self) -> DeviceState:
        """Return the state of all devices, field by field."""
        return _decoded(self._machine.save_sections())

    def decode(self, state: bytes) -> DeviceState | None:
        """Return *state* field by field; None if it is none of the latest that were taken."""
        sections = self._taken.get(state)
        return None if sections is None else _decoded(sections)

    def promised(
        self,
        sections: Collection[tuple[str, int]],  # noqa: ARG002 (protocol)
    ) -> frozenset[tuple[str, int, str]]:
        """Return nothing: nobody lists the fields of a machine that is not a QEMU."""
        return frozenset()

    def columns(self, state: bytes, only: Collection[tuple[str, int]]) -> tuple[Column, ...] | None:
        """Return the fields of some sections; see :class:`~harness.guest.Guest`."""
        decoded = self.decode(state)
        if decoded is None:
            return None
        return tuple(
            column
            for column in columns_of(decoded.fields)
            if not only or (column.section, column.instance_id) in only
        )

    def objects(self) -> dict[tuple[str, int], LiveObject]:
        """Return every device's live attributes, by its section."""
        return {
            (slot.idstr, slot.instance_id): LiveObject(
                plain_device(slot.device), frozenset(described_paths(slot.vmsd))
            )
            for slot in self._machine.slots
        }

    def hazard(self, command: Command) -> str | None:  # noqa: ARG002 (a model has none)
        """Return None: nothing that is written to a model can end it."""
        return None

    def incidents(self) -> tuple[str, ...]:
        """Return nothing: a model does nothing of its own accord."""
        return ()

    def restart(self, *, bare: bool = False) -> None:  # noqa: ARG002 (protocol)
        """Make the machine anew."""
        self._machine = self._make()
        self._state, self._is_spoilt = None, False
        self._spoils = Spoils()
        self._saved.clear()

    def close(self) -> None:
        """Nothing to end."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()


@contextmanager
def _guarded(doing: str) -> Iterator[None]:
    """Let what a spoilt model raises be an end of the guest.

    Raises:
        RaisedError: it raised what is no error of a guest.
    """
    try:
        yield
    except GuestError:
        raise
    except Exception as error:
        raise RaisedError(f"{type(error).__name__}: {error}", doing) from error


def _regions(machine: Machine) -> list[Region]:
    return [
        Region(
            "io",
            ports.start,
            ports.size,
            ports.name,
            ports.offset,
            Owner(slot.device.type, f"/machine/{slot.name}", slot.idstr, slot.instance_id),
        )
        for slot in machine.slots
        for ports in slot.device.ports
    ]


def _decoded(sections: Sequence[SavedSection]) -> DeviceState:
    return DeviceState(
        tuple(
            LeafField(
                section.slot.idstr,
                section.slot.instance_id,
                span.path,
                span.type,
                span.offset,
                section.saved.data[span.offset : span.offset + span.size],
            )
            for section in sections
            for span in section.saved.spans
        )
    )
