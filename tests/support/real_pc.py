"""A real QEMU's ``pc``, driven with the same programs as our boards."""

from __future__ import annotations

from collections.abc import Iterable

from device_models.device import Device
from harness.command import Command
from harness.observation import Observation
from harness.qemu.guest import GuestOptions, QemuGuest
from tests.support.boards import Action, Answer, Program
from vmstate import load
from vmstate.cursor import Reader

_POWER_ON = "power_on"
#: What an action answered, and the levels that one line took.
Watched = tuple[int | bytes | None, tuple[int, ...]]


class RealPc:
    """A machine that goes back to its power-on state whenever it is told to.

    Both the reset and the load are needed: QEMU's reset leaves some registers alone, and
    its section lacks others.
    """

    def __init__(self, *devices: str) -> None:
        """Start the machine with *devices* (arguments of the command line) besides its own."""
        self.guest = QemuGuest(GuestOptions(devices=devices))
        self.guest.save(_POWER_ON)
        owners = {region.start: region.owner.path for region in self.guest.map.regions}
        self._controllers = owners[0x20], owners[0xA0]

    def __enter__(self) -> RealPc:
        return self

    def __exit__(self, *exc: object) -> None:
        self.guest.close()

    def power_on(self, twin: Device | None = None) -> None:
        """Go back to the power-on state; *twin*, a model of one chip, takes the chip's."""
        self.guest.reset()
        self.guest.load(_POWER_ON)
        if twin is not None:
            self.load_section(twin)

    def run(self, program: Program) -> list[int | bytes | None]:
        """Run *program*; inputs are those of the two interrupt controllers."""
        return [observation.answer for observation in self._execute(program)]

    def run_watched(self, program: Program, line: str) -> list[Watched]:
        """Run *program* with an eye on one observed line, e.g. ``ioapic[8]``."""
        return [
            (
                observation.answer,
                tuple(move.level for move in observation.moves if move.line == line),
            )
            for observation in self._execute(program)
        ]

    def _execute(self, program: Program) -> list[Observation]:
        return self.guest.execute([self._command(action) for action in program])

    def _command(self, action: Action) -> Command:
        match action:
            case ("out", port, value):
                return Command("outb", (port, value))
            case ("in", port):
                return Command("inb", (port,))
            case ("input", int(number), level):
                path = self._controllers[number // 8]
                return Command("set_irq_in", (path, "unnamed-gpio-in", number % 8, level))
        raise ValueError(f"not an action of a machine whose clock stands: {action}")

    def bodies(self, idstr: str, size: int, instances: Iterable[int] = (0,)) -> list[bytes]:
        """Return the bodies of sections that are *size* bytes long."""
        stream = self.guest.state()
        found = []
        for instance_id in instances:
            start, footer = _located(stream, idstr, instance_id)
            assert stream.startswith(footer, start + size), f"the size of {idstr}"
            found.append(stream[start : start + size])
        return found

    def load_section(self, twin: Device) -> bytes:
        """Load a chip's section, as it is now, into its model *twin*; return the body.

        Fails unless *twin* reads exactly the bytes up to the section's footer.
        """
        stream = self.guest.state()
        start, footer = _located(stream, twin.vmsd.name, 0)
        reader = Reader(stream, start - 4)
        load(twin.vmsd, twin.state, reader, reader.unsigned(4))
        assert stream.startswith(footer, reader.offset), f"the size of {twin.vmsd.name}"
        return stream[start : reader.offset]


def levels_of(answers: Iterable[Answer]) -> list[Watched]:
    """Return what a board with one line answered, as :meth:`RealPc.run_watched` has it."""
    return [(answer, tuple(move.level for move in moves)) for answer, moves in answers]


def _located(stream: bytes, idstr: str, instance_id: int) -> tuple[int, bytes]:
    """Return where a section's body begins, after its version, and the footer it must have."""
    head = bytes([len(idstr)]) + idstr.encode() + instance_id.to_bytes(4)
    assert stream.count(head) == 1, f"section {idstr} {instance_id}"
    at = stream.index(head)
    return at + len(head) + 4, b"\x7e" + stream[at - 4 : at]
