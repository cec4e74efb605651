"""A real QEMU's ``pc``, driven with the same programs as our boards."""

from __future__ import annotations

from collections.abc import Iterable

from harness.command import Command
from harness.qemu.guest import QemuGuest
from tests.support.boards import Action, Program

_POWER_ON = "power_on"


class RealPc:
    """A machine that goes back to its power-on state whenever it is told to.

    Both the reset and the load are needed: QEMU's reset leaves some registers alone, and
    its section lacks others.
    """

    def __init__(self) -> None:
        self.guest = QemuGuest()
        self.guest.save(_POWER_ON)
        owners = {region.start: region.owner.path for region in self.guest.map.regions}
        self._controllers = owners[0x20], owners[0xA0]

    def __enter__(self) -> RealPc:
        return self

    def __exit__(self, *exc: object) -> None:
        self.guest.close()

    def power_on(self) -> None:
        self.guest.reset()
        self.guest.load(_POWER_ON)

    def run(self, program: Program) -> list[int | bytes | None]:
        """Run *program*; inputs are those of the two interrupt controllers."""
        commands = [self._command(action) for action in program]
        return [observation.answer for observation in self.guest.execute(commands)]

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
        name = bytes([len(idstr)]) + idstr.encode()
        found = []
        for instance_id in instances:
            head = name + instance_id.to_bytes(4)
            assert stream.count(head) == 1, f"section {idstr} {instance_id}"
            at = stream.index(head)
            start = at + len(head) + 4
            footer = b"\x7e" + stream[at - 4 : at]
            assert stream[start + size :].startswith(footer), f"the size of {idstr}"
            found.append(stream[start : start + size])
        return found
