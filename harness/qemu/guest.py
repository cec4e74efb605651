"""A real QEMU that obeys the ``Guest`` protocol.

Its CPU never runs; we are the bus master.  This module owns what the protocol's calls
mean for QEMU, and turns lost connections and passed deadlines into guest errors.  What
is on the wires belongs to :mod:`harness.qemu.monitor` and :mod:`harness.qemu.qtest`.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Self

from harness.command import Command
from harness.errors import HarnessError, LoadError, SaveError
from harness.fields import Column, DeviceState, LiveObject
from harness.guest import Crossing, Plugged, ReloadMode
from harness.observation import Observation
from harness.qemu import mtree, qtest
from harness.qemu.argv import DEFAULT_ACCELERATOR, DEFAULT_MEMORY_MB, Machine
from harness.qemu.binaries import Binary, find_one
from harness.qemu.clock import without_host_time
from harness.qemu.hazards import Hazards
from harness.qemu.image import checked_tag
from harness.qemu.layout import Layouts
from harness.qemu.pci.function import Function
from harness.qemu.reply import Observations, Run, moves_before, without_moves
from harness.qemu.session import Session
from harness.qemu.spare import Spare
from harness.qemu.survey import Survey, survey
from harness.regions import RegionMap
from vmstate.errors import StreamError

#: Seconds that one operation may take before the guest counts as hanging.
DEFAULT_DEADLINE_S = 10.0

#: Events that the guest itself has brought about, as incidents.
_INCIDENTS = {"RESET": "guest reset", "SHUTDOWN": "shutdown"}


@dataclass(frozen=True, slots=True)
class GuestOptions:
    """How to make a guest.

    Attributes:
        machine: machine type as for ``-M``.
        binary: which QEMU; None for the one that is used where none is named.
        devices: more QEMU arguments, e.g. ``("-device", "e1000")``.
        needs: QEMU arguments that every machine of that type is given, so that it starts.
        memory_mb: RAM, MiB.
        accelerator: as for ``-accel``.
        deadline_s: seconds that one operation may take.
        name: the guest's spec; empty for ``qemu:`` and the machine.
        keeps_memory: whether its RAM is kept by us and not by QEMU.
        has_clock: whether its clock can be stepped, which ``accelerator`` must allow.
    """

    machine: str = "pc"
    binary: Binary | None = None
    devices: tuple[str, ...] = ()
    needs: tuple[str, ...] = ()
    memory_mb: float = DEFAULT_MEMORY_MB
    accelerator: str = DEFAULT_ACCELERATOR
    deadline_s: float = DEFAULT_DEADLINE_S
    name: str = ""
    keeps_memory: bool = False
    has_clock: bool = False


class QemuGuest:
    """A machine in a QEMU process of its own.

    Started when made.  Virtual time stands still, but for the commands that step it where there
    are any.
    """

    restarts_quickly = False
    can_spoil = False
    reload_mode: ReloadMode = "in-place"

    def __init__(self, options: GuestOptions | None = None) -> None:
        """Start the machine.

        Raises:
            ConfigError: no binary was named and there is none on PATH.
            LaunchError: QEMU refused its command line or ended before it answered.
        """
        options = options or GuestOptions()
        self.chance = 0
        self.has_clock = options.has_clock
        binary = options.binary or find_one()
        self._deadline_s = options.deadline_s
        self._release = binary.version[0], binary.version[1]
        self._machine = Machine(
            binary.path,
            options.machine,
            (*options.needs, *options.devices),
            options.memory_mb,
            options.accelerator,
            keeps_memory=options.keeps_memory,
            has_clock=options.has_clock,
        )
        self.spec = (options.name or f"qemu:{options.machine}").partition("@")[0]
        self.arguments = options.devices
        self.version = f"QEMU {'.'.join(map(str, binary.version))}"
        self._levels: dict[str, int] = {}
        #: The latest checkpoint, until its layout is known.
        self._tag = ""
        #: Whether lines may have moved since they were last read.
        self._may_have_moved = False
        self._latest = Run((), qtest.encode([qtest.BARRIER]))
        self._layouts = Layouts()
        self._survey: Survey = survey(self._machine, self._deadline_s)
        self._hazards = Hazards(self._survey.whole_map, self._survey.deadly)
        self._spare = Spare(self._machine)
        self._session = self._start(bare=False)

    @property
    def crossing(self) -> Crossing | None:
        """Nothing: one release does all."""
        return None

    @property
    def boot(self) -> tuple[tuple[Command, ...], ...]:
        """What a firmware does: it gives the registers of PCI functions their addresses."""
        return self._survey.boot

    @property
    def functions(self) -> tuple[Function, ...]:
        """The functions of the machine's PCI devices."""
        return self._survey.functions

    @property
    def plugged(self) -> Plugged | None:
        """The device that was plugged into the machine to be tested; None if none was."""
        return self._survey.plugged

    @property
    def map(self) -> RegionMap:
        """Its registers and their owners, as of power-on, without the hazardous ones."""
        return self._survey.safe_map

    def hazard(self, command: Command) -> str | None:
        """Return why *command* must not be sent to this machine, or None if it may."""
        return self._hazards.of(command)

    def execute(self, commands: Sequence[Command]) -> list[Observation]:
        """Run *commands* in order; return one observation for each.

        Raises:
            QtestError: a command was refused; those after it have been carried out.
            DiedError: the process ended.
            DeadlineError: it did not answer in time.
        """
        return list(self.follow(commands)[1])

    def follow(self, commands: Sequence[Command]) -> tuple[dict[str, int], Sequence[Observation]]:
        """Return the levels of the lines, and what running *commands* then shows, in one go.

        Raises:
            QtestError: a command was refused; those after it have been carried out.
            DiedError: the process ended.
            DeadlineError: it did not answer in time.
        """
        # Encoded once for a run and the run again after a reload; lists may have changed.
        if self._latest.commands is not commands or not isinstance(commands, tuple):
            self._latest = Run(commands, qtest.encode([qtest.BARRIER, *map(str, commands)]))
        run = self._latest
        reply = self._session.transact(run.request, 1 + len(commands), f"{len(commands)} commands")
        self._may_have_moved = False
        reply = without_moves(reply, self._survey.restless)
        end = qtest.first_answer(reply)
        if not reply.startswith(b"OK"):
            self._note_moves(*qtest.QtestCodec().feed(reply[:end]))
        levels = dict(self._levels)
        if run.reply != reply[end:]:
            run.observations = Observations(commands, reply[end:])
            run.reply = reply[end:]
        self._levels.update(run.observations.moves)
        return levels, run.observations

    def levels(self) -> dict[str, int]:
        """Return the level that each observed line was last seen at; low if absent."""
        if self._may_have_moved:
            self._note_moves(self._session.exchange([qtest.BARRIER], "reading interrupt lines")[0])
            self._may_have_moved = False
        return dict(self._levels)

    def _note_moves(self, answer: qtest.Answer) -> None:
        restless = self._survey.restless
        heard = tuple(move for move in answer.moves if move.number not in restless)
        self._levels.update(moves_before(answer._replace(moves=heard)))

    def mapping(self) -> str:
        """Return what decodes which addresses; raises as :meth:`reset`."""
        # QEMU's own words come in another order each time.
        ranges = mtree.parse(self._session.hmp(mtree.COMMAND, "reading the memory tree"))
        return "\n".join(sorted(map(str, ranges)))

    def save(self, tag: str) -> None:
        """Save all device state under *tag* (``savevm``, or a job).

        Raises:
            SaveError: QEMU said why it could not.
            DiedError: the process ended.
            DeadlineError: it did not answer in time.
        """
        complaint = self._session.save(checked_tag(tag))
        if complaint:
            raise SaveError(complaint)
        self._tag = tag

    def reset(self) -> None:
        """Reset all devices (``system_reset``) and wait until that is done.

        Raises:
            DiedError: the process ended.
            DeadlineError: it did not answer in time.
        """
        self._may_have_moved = True
        self._session.reset("reset")

    def load(self, tag: str) -> None:
        """Load what was saved under *tag* (``loadvm``, or a job).

        Raises:
            LoadError: QEMU said why it could not.
            DiedError: the process ended.
            DeadlineError: it did not answer in time.
        """
        self._may_have_moved = True
        complaint = self._session.load(checked_tag(tag))
        if complaint:
            raise LoadError(complaint)

    def reload(self, tag: str) -> None:
        """Bring back what was saved under *tag*: reset all devices and load it.

        Raises:
            LoadError: QEMU said why it could not.
            DiedError: the process ended.
            DeadlineError: it did not answer in time.
        """
        self.reset()
        self.load(tag)

    def rewind(self, tag: str) -> None:
        """Reset all devices and load *tag*; the next call waits until that is done.

        Raises:
            DiedError: the process ended.
            DeadlineError: it did not take the commands in time.
        """
        self._may_have_moved = True
        self._session.rewind(checked_tag(tag))

    def state(self) -> bytes:
        """Return the device state as of now, as QEMU itself would save it.

        Raises:
            SaveError: QEMU could not write it.
            DiedError: the process ended.
            DeadlineError: it did not answer in time.
        """
        return self._own(self._session.device_stream("reading the state"))

    def _own(self, stream: bytes) -> bytes:
        """Return what of *stream* is the machine's: the host's time is not, if it has its own."""
        return without_host_time(stream) if self.has_clock else stream

    def inspect(self) -> DeviceState:
        """Return the device state as of now, field by field.

        The machine is migrated to a file, after which it can't be saved until
        :meth:`restart`.

        Raises:
            SaveError: the migration failed.
            UnreadableError: QEMU wrote a stream that can't be read.
            DiedError: the process ended.
            DeadlineError: it did not answer in time.
        """
        data = self._own(self._session.migration_stream("inspecting the state"))
        return self._layouts.inspected(data)

    def promised(self, sections: Collection[tuple[str, int]]) -> frozenset[tuple[str, int, str]]:
        """Return the leaf fields that the binary lists as always sent, of some sections or all."""
        return frozenset(
            (*section, path)
            for section, paths in self._survey.promised.items()
            if not sections or section in sections
            for path in paths
        )

    def columns(self, state: bytes, only: Collection[tuple[str, int]]) -> tuple[Column, ...] | None:
        """Return the fields of some sections; None if one in *state* has no known layout.

        The checkpoint that was saved last describes itself, which costs nothing but reading.
        One that can't be read, or that is gone with a process that died, teaches nothing.
        """
        found = self._layouts.columns(state, only)
        if found is None and self._tag:
            with suppress(StreamError):
                self._layouts.learn(self._saver(self._tag).snapshot(self._tag))
            self._tag = ""
            found = self._layouts.columns(state, only)
        return found

    def _saver(self, tag: str) -> Session:  # noqa: ARG002 (for guests of several processes)
        """Return the process in whose image *tag* was saved."""
        return self._session

    def decode(self, state: bytes) -> DeviceState | None:
        """Return *state* field by field; None if a section in it has no known layout."""
        return self._layouts.decode(state)

    def objects(self) -> dict[tuple[str, int], LiveObject]:
        """Return nothing: a process's objects can't be seen."""
        return {}

    @property
    def sections(self) -> tuple[tuple[str, int], ...]:
        """Name (idstr) and instance id of every section in its stream at power-on."""
        return self._survey.sections

    @property
    def machine(self) -> Machine:
        """What was started."""
        return self._machine

    @property
    def intercept(self) -> str:
        """QOM path of the device whose interrupt inputs are watched; empty for none."""
        return self._survey.intercept

    def incidents(self) -> tuple[str, ...]:
        """Return, once, resets and shutdowns that the guest asked for, and its own faults.

        Those asked for before the latest save, reset, load or reading of the state are in it.
        """
        asked = [
            _INCIDENTS[event.name]
            for event in self._session.events()
            if event.name in _INCIDENTS and event.data.get("guest") is True
        ]
        return (*asked, *self._session.faults())

    def restart(self, *, bare: bool = False) -> None:
        """Start again in a new process; the one there is stays if nothing was asked of it yet.

        Args:
            bare: leave :attr:`boot` out.

        Raises:
            LaunchError: QEMU did not start.
        """
        if not self._session.is_unused or self._started_as != (bare, self.chance):
            self._session.close()
            self._session = self._start(bare=bare)

    def _start(self, *, bare: bool) -> Session:
        self._levels.clear()
        self._tag = ""
        machine = replace(self._machine, seed=self._machine.seed + self.chance)
        session = Session(machine, self._deadline_s, self._spare.take(machine))
        self._intercept(session, self.intercept)
        if self.boot and not bare:
            lines = [str(command) for group in self.boot for command in group]
            for answer in session.exchange(lines, "mapping PCI functions"):
                # A line that it raises is high from the start.
                self._note_moves(answer)
        self._started_as = bare, self.chance
        session.mark_started()
        self._spare.prepare()
        return session

    def _intercept(self, session: Session, controller: str) -> None:
        """Have *session* tell of *controller*'s lines; it is closed where that fails."""
        if controller:
            command = f"irq_intercept_in {controller}"
            try:
                qtest.value(command, session.exchange([command], "intercepting interrupts")[0])
            except HarnessError:
                session.close()
                raise

    def close(self) -> None:
        """End the process and remove its files; safe to call twice."""
        self._spare.close()
        self._session.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *exc: object) -> None:
        self.close()
