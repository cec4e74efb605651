"""The fake guest: byte registers that behave as a script says, for tests of the engine.

It knows no device and no QEMU; nothing in it is drawn or waited for.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import chain
from typing import Self

from harness.command import Command
from harness.errors import DeadlineError, DiedError, GuestError, LoadError, QtestError
from harness.fields import Column, DeviceState, LeafField, LiveObject, columns_of
from harness.guest import Crossing, Plugged, ReloadMode
from harness.observation import Move, Observation
from harness.regions import Owner, Region, RegionMap
from harness.streams.spoiling import Spoils, changes_of
from harness.testing.script import FakeRegister, Script

#: What an address answers at which there is no register.
_OPEN_BUS = 0xFF
#: Bytes of a register's record in the state: its address and its value.
_RECORD = 3
#: Bytes of the clock at the head of the state.
_CLOCK = 8


@dataclass(frozen=True, slots=True)
class _Snapshot:
    """What a save keeps: values by address, and the time."""

    values: Mapping[int, int]
    now_ns: int


class FakeGuest:
    """A guest that behaves as *script* says.

    It holds its caller to the protocol: after an error it takes no call but ``restart``,
    ``close`` and, where its process would live on, ``incidents``.

    Args:
        script: how it behaves.
        spec: the guest's spec.
        version: what it says that it runs.
    """

    restarts_quickly = False
    can_spoil = True
    chance = 0
    crossing: Crossing | None = None
    arguments: tuple[str, ...] = ()

    def __init__(
        self, script: Script, *, spec: str = "fake:registers", version: str = "Fake 1.0"
    ) -> None:
        self.spec = spec
        self.version = version
        self.script = script
        #: How often it was started again.
        self.restarts = 0
        #: Every command that it was given, in order.
        self.log: list[Command] = []
        self._registers = {register.address: register for register in script.registers}
        self._layout_is_known = script.layout_is_known
        self._noise = 0
        self.map = RegionMap(_regions(script.registers))
        self._start(bare=False)

    def _start(self, *, bare: bool) -> None:
        self._values = {register.address: register.value for register in self.script.registers}
        self._now_ns = 0
        self._saved: dict[str, _Snapshot] = {}
        self._spoils = Spoils()
        self._incidents: list[str] = []
        self._moves: list[Move] = []
        self._levels: dict[str, int] = {}
        #: The error after which it can't be used; None while it can.
        self._error: GuestError | None = None
        self._drive(self.script.lines)
        for command in () if bare else chain.from_iterable(self.boot):
            self._write_all(command)

    @property
    def boot(self) -> tuple[tuple[Command, ...], ...]:
        """What the script says that every restart does."""
        return self.script.boot

    @property
    def plugged(self) -> Plugged | None:
        """The device that the script calls plugged in; None if it calls none so."""
        device = self.script.plugged
        if not device:
            return None
        own = tuple(region for region in self.map.regions if region.owner.type == device)
        return Plugged(device, f"/machine/{device}", own, ((device, 0),), self.script.works)

    @property
    def has_clock(self) -> bool:
        """Whether ``clock_step`` works."""
        return self.script.has_clock

    @property
    def sections(self) -> tuple[tuple[str, int], ...]:
        """Its devices' sections, and those that the script adds."""
        return (*((name, 0) for name in self._devices()), *self.script.sections)

    def _devices(self) -> list[str]:
        return list(dict.fromkeys(register.device for register in self.script.registers))

    def execute(self, commands: Sequence[Command]) -> list[Observation]:
        """Run *commands*; see :class:`~harness.guest.Guest`."""
        self._check()
        self._moves.clear()
        sent = self._spoils.heard(commands)
        seen = [self._observe(command) for command in sent]
        return seen if sent is commands else self._spoils.answered(commands, seen)

    def _observe(self, command: Command) -> Observation:
        self.log.append(command)
        self._raise(self.script.accidents.get(len(self.log)))
        if command.verb == "clock_step" and self.has_clock:
            self._now_ns += int(command.operands[0])
            return Observation(self._now_ns)
        if command.space != "io":
            self._raise(QtestError(str(command), "FAIL not a command of this machine"))
        for address in range(command.address, command.address + command.size):
            self._raise(self.script.errors.get(address))
        answer = 0
        if command.is_write:
            self._write_all(command)
        else:
            for index in range(command.size):
                answer |= self._read(command.address + index) << (8 * index)
        moves = tuple(self._moves)
        self._moves.clear()
        return Observation(answer if command.is_read else None, moves)

    def _write_all(self, command: Command) -> None:
        for index in range(command.size):
            self._write(command.address + index, (command.value >> (8 * index)) & 0xFF)

    def _reached(self, address: int) -> FakeRegister | None:
        """Return the register at *address*; None if there is none or it is not enabled."""
        register = self._registers.get(address)
        if register is None or register.enabled_by is None:
            return register
        return register if self._values[register.enabled_by] else None

    def _read(self, address: int) -> int:
        register = self._reached(address)
        if register is None:
            return _OPEN_BUS
        if register.is_noisy:
            self._noise += 1
            return self._noise & 0xFF
        if not register.is_readable:
            return 0
        target = address if register.shows is None else register.shows
        value = self._values[target]
        if register.counts_reads:
            self._values[target] = (value + 1) & 0xFF
        return value

    def _write(self, address: int, value: int) -> None:
        if address in self.script.incidents:
            self._incidents.append(self.script.incidents[address])
        register = self._reached(address)
        if register is None:
            return
        target = address if register.shows is None else register.shows
        self._values[target] = value
        self._drive({n: needs for n, needs in self.script.lines.items() if target in needs})

    def _drive(self, lines: Mapping[str, tuple[int, ...]]) -> None:
        for line, needs in lines.items():
            level = int(all(self._values[address] for address in needs))
            if level != self._levels.get(line, 0):
                self._levels[line] = level
                self._moves.append(Move(line, level))

    def levels(self) -> dict[str, int]:
        """Return the level that each line was last driven to."""
        self._check()
        return dict(self._levels)

    def follow(self, commands: Sequence[Command]) -> tuple[dict[str, int], Sequence[Observation]]:
        """Return the levels, and what running *commands* then shows."""
        return self.levels(), tuple(self.execute(commands))

    def save(self, tag: str) -> None:
        """Save what the script says under *tag*."""
        self._check()
        self._raise_for(self.script.save_errors, self._values)
        self._saved[tag] = _Snapshot(dict(self._values), self._now_ns)
        self._spoils.saved(tag)

    def reset(self) -> None:
        """Reset the registers that the script says."""
        self._check()
        for address, register in self._registers.items():
            if register.is_reset:
                self._values[address] = register.value
        self._drive(self.script.lines)

    def load(self, tag: str) -> None:
        """Load what was saved under *tag*."""
        self._check()
        snapshot = self._saved.get(tag)
        if snapshot is None:
            self._raise(LoadError(f"nothing was saved as {tag!r}"))
        else:
            self._raise_for(self.script.load_errors, snapshot.values)
            self._now_ns = snapshot.now_ns
            for register in self._registers.values():
                if register.is_saved:
                    value = snapshot.values[register.address] & register.loads
                    self._values[register.address] = value

    @property
    def reload_mode(self) -> ReloadMode:
        """What the script says that a reload is."""
        return self.script.reload_mode

    def reload(self, tag: str) -> None:
        """Reset, or make every register anew, as the script says; and load."""
        saved = self._saved.get(tag)
        if saved is not None and (spoils := self._spoils.of(tag)):
            self._saved[tag] = self._spoilt(saved, spoils)
        try:
            self._reload(tag)
        finally:
            if saved is not None:
                self._saved[tag] = saved

    def _spoilt(self, saved: _Snapshot, spoils: Sequence[Command]) -> _Snapshot:
        values = dict(saved.values)
        fields = self._decoded(self._encoded(values, saved.now_ns)).fields
        addresses = {register.path: address for address, register in self._registers.items()}
        for change in changes_of(fields, spoils):
            values[addresses[change.field.path]] = change.data[0]
        return _Snapshot(values, saved.now_ns)

    def _reload(self, tag: str) -> None:
        if self.reload_mode == "fresh":
            self._check()
            self._values = {one.address: one.value for one in self.script.registers}
            self._levels.clear()
            self._drive(self.script.lines)
            self.load(tag)
        else:
            self.rewind(tag)

    def mapping(self) -> str:
        """Return which registers answer."""
        return " ".join(f"{address:#x}" for address in self._registers if self._reached(address))

    def rewind(self, tag: str) -> None:
        """Reset and load at once."""
        self.reset()
        self.load(tag)

    def state(self) -> bytes:
        """Return the time and every register that is saved."""
        self._check()
        self._raise_for(self.script.save_errors, self._values)
        return self._encoded(self._values, self._now_ns)

    def _encoded(self, values: Mapping[int, int], now_ns: int) -> bytes:
        records = [
            address.to_bytes(2) + values[address].to_bytes(1)
            for address, register in sorted(self._registers.items())
            if register.is_saved and register.shows is None
        ]
        return now_ns.to_bytes(_CLOCK) + b"".join(records)

    def inspect(self) -> DeviceState:
        """Return the state field by field, and know its layout from then on."""
        self._layout_is_known = True
        return self._decoded(self.state())

    def decode(self, state: bytes) -> DeviceState | None:
        """Return *state* field by field; None while its layout is not known."""
        return self._decoded(state) if self._layout_is_known else None

    def _decoded(self, state: bytes) -> DeviceState:
        leaves = [LeafField("timer", 0, "now_ns", "uint64", 0, state[:_CLOCK])]
        for start in range(_CLOCK, len(state), _RECORD):
            register = self._registers[int.from_bytes(state[start : start + 2])]
            data = state[start + 2 : start + _RECORD]
            leaves.append(LeafField(register.device, 0, register.path, "uint8", start + 2, data))
        return DeviceState(tuple(leaves))

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
        """Return every register by its device, saved or not, if the script lets them be seen."""
        self._check()
        return {(device, 0): self._live(device) for device in self._seen_devices()}

    def _seen_devices(self) -> list[str]:
        return self._devices() if self.script.shows_objects else []

    def _live(self, device: str) -> LiveObject:
        own = [
            register
            for register in self.script.registers
            if register.device == device and register.shows is None
        ]
        return LiveObject(
            {register.path: self._values[register.address] for register in own},
            frozenset(register.path for register in own if register.is_saved),
        )

    def hazard(self, command: Command) -> str | None:
        """Return why *command* must not be sent, or None."""
        for address in range(command.address, command.address + command.size):
            if address in self.script.hazards:
                return self.script.hazards[address]
        return None

    def incidents(self) -> tuple[str, ...]:
        """Return, once, what it did of its own accord."""
        if isinstance(self._error, DiedError | DeadlineError):
            self._check()
        incidents = tuple(self._incidents)
        self._incidents.clear()
        return incidents

    def restart(self, *, bare: bool = False) -> None:
        """Start again from nothing; do what the script says unless *bare*."""
        self.restarts += 1
        self._start(bare=bare)

    def close(self) -> None:
        """Nothing to end."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()

    def _check(self) -> None:
        if self._error is not None:
            raise RuntimeError(
                f"the guest was used after an error ({self._error}); "
                "only restart and close are allowed then"
            )

    def _raise_for(self, errors: Mapping[int, GuestError], values: Mapping[int, int]) -> None:
        for address, error in errors.items():
            if values[address]:
                self._raise(error)

    def _raise(self, error: GuestError | None) -> None:
        if error is not None:
            self._error = error
            # A new one each time, so that no traceback grows from one use to the next.
            raise type(error)(*error.args)


def _regions(registers: tuple[FakeRegister, ...]) -> tuple[Region, ...]:
    """Return the regions: runs of neighbouring registers of one device and one name."""
    regions: list[Region] = []
    for register in sorted(registers, key=lambda register: register.address):
        last = regions[-1] if regions else None
        owner = Owner(register.device, f"/machine/{register.device}", register.device)
        if last and (last.end, last.name, last.owner) == (register.address, register.region, owner):
            regions[-1] = replace(last, size=last.size + 1)
        else:
            regions.append(Region("io", register.address, 1, register.region, 0, owner))
    return tuple(regions)
