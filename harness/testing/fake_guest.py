"""The fake guest: byte registers that behave as a script says, for tests of the engine.

Each register is one byte of a region of a device.  The script says which registers a
save forgets, which a reset leaves alone, which never answer alike, and what ends the
guest.  It knows no device and no QEMU; nothing in it is drawn or waited for.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Self

from harness.command import Command
from harness.errors import DeadlineError, DiedError, GuestError, LoadError, QtestError
from harness.fields import Column, DeviceState, LeafField, LiveObject, columns_of
from harness.observation import Move, Observation
from harness.regions import Owner, Region, RegionMap

#: What an address answers at which there is no register.
_OPEN_BUS = 0xFF
#: Bytes of a register's record in the state: its address and its value.
_RECORD = 3
#: Bytes of the clock at the head of the state.
_CLOCK = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class FakeRegister:
    """One byte at one I/O port.

    Attributes:
        address: the port.
        device: type of its device, which is the device's section too.
        region: name of its region; neighbours of one name form one region.
        value: what it holds at power-on and after a reset.
        is_saved: whether a field carries it.
        is_reset: whether a reset puts it back to *value*.
        is_readable: whether a read shows it; else a read shows 0.
        is_noisy: whether each read shows something else, as a host's clock does.
        counts_reads: whether each read adds one to it.
        shows: the address of another register that is read and written here instead.
        loads: the bits that loading takes over; the others become 0.
    """

    address: int
    device: str = "fake"
    region: str = "registers"
    value: int = 0
    is_saved: bool = True
    is_reset: bool = True
    is_readable: bool = True
    is_noisy: bool = False
    counts_reads: bool = False
    shows: int | None = None
    loads: int = 0xFF

    @property
    def path(self) -> str:
        """The path of the field that carries it."""
        return f"r{self.address:x}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Script:
    """How a fake guest behaves.

    Attributes:
        registers: what there is.
        lines: interrupt lines by name, with the addresses of the registers that must all
            hold something for it to be high.  A write to one of them drives the line, and
            so does a reset; loading drives none.
        has_clock: whether ``clock_step`` works.  It answers the time, which is saved.
        layout_is_known: whether states can be decoded before the first ``inspect``.
        shows_objects: whether live objects can be seen.
        incidents: what the guest does of its own accord when an address is written.
        errors: what ends it when an address is touched.
        accidents: what ends it when it has run so many commands since it was made; a
            restart does not set the count back, so that none comes twice.
        save_errors: what comes of saving while the register at an address is not 0.
        load_errors: what comes of loading a state in which it is not 0.
        hazards: addresses that must not be touched, with why.
        sections: sections that it saves besides those of its devices.
    """

    registers: tuple[FakeRegister, ...]
    lines: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    has_clock: bool = False
    layout_is_known: bool = True
    shows_objects: bool = False
    incidents: Mapping[int, str] = field(default_factory=dict)
    errors: Mapping[int, GuestError] = field(default_factory=dict)
    accidents: Mapping[int, GuestError] = field(default_factory=dict)
    save_errors: Mapping[int, GuestError] = field(default_factory=dict)
    load_errors: Mapping[int, GuestError] = field(default_factory=dict)
    hazards: Mapping[int, str] = field(default_factory=dict)
    sections: tuple[tuple[str, int], ...] = ()


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
    boot = ()
    plugged = None
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
        self._start()

    def _start(self) -> None:
        self._values = {register.address: register.value for register in self.script.registers}
        self._now_ns = 0
        self._saved: dict[str, _Snapshot] = {}
        self._incidents: list[str] = []
        self._moves: list[Move] = []
        self._levels: dict[str, int] = {}
        #: The error after which it can't be used; None while it can.
        self._error: GuestError | None = None
        self._drive(self.script.lines)

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
        return [self._observe(command) for command in commands]

    def _observe(self, command: Command) -> Observation:
        self.log.append(command)
        self._raise(self.script.accidents.get(len(self.log)))
        if command.verb == "clock_step" and self.has_clock:
            self._now_ns += int(command.operands[0])
            return Observation(self._now_ns)
        if command.space != "io":
            self._raise(QtestError(str(command), "FAIL not a command of this machine"))
        answer = 0
        for index in range(command.size):
            address = command.address + index
            self._raise(self.script.errors.get(address))
            if command.is_write:
                self._write(address, (command.value >> (8 * index)) & 0xFF)
            else:
                answer |= self._read(address) << (8 * index)
        moves = tuple(self._moves)
        self._moves.clear()
        return Observation(answer if command.is_read else None, moves)

    def _read(self, address: int) -> int:
        register = self._registers.get(address)
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
        register = self._registers.get(address)
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

    def save(self, tag: str) -> None:
        """Save what the script says under *tag*."""
        self._check()
        self._raise_for(self.script.save_errors, self._values)
        self._saved[tag] = _Snapshot(dict(self._values), self._now_ns)

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

    def rewind(self, tag: str) -> None:
        """Reset and load at once."""
        self.reset()
        self.load(tag)

    def state(self) -> bytes:
        """Return the time and every register that is saved."""
        self._check()
        self._raise_for(self.script.save_errors, self._values)
        records = [
            address.to_bytes(2) + self._values[address].to_bytes(1)
            for address, register in sorted(self._registers.items())
            if register.is_saved and register.shows is None
        ]
        return self._now_ns.to_bytes(_CLOCK) + b"".join(records)

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

    def restart(self, *, bare: bool = False) -> None:  # noqa: ARG002 (protocol)
        """Start again from nothing."""
        self.restarts += 1
        self._start()

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
