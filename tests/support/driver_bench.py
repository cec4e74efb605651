"""A machine with one PCI device under test, put on a bench: mapped, driven, cycled.

The device is the one that was given ``id=dut``; its function is found by QOM path.
"""

import time

from harness.qemu.argv import Machine
from harness.qemu.binaries import find_one
from harness.qemu.drivers.driver import Arena
from harness.qemu.pci.firmware import boot
from harness.qemu.pci.function import Address
from harness.qemu.pci.host import COMMAND as HOST_COMMAND
from harness.qemu.pci.host import find_host
from harness.qemu.qtest import value, value_bytes
from harness.qemu.session import Session

ARENA = Arena(0x100000, 0x2C0000)


class Bench:
    """A session, and the function of the device under test."""

    def __init__(self, devices, *, machine="q35", binary=None, deadline_s=20.0):
        path = binary or find_one().path
        self.session = Session(Machine(path, machine, tuple(devices)), deadline_s)
        try:
            self.function = self._map()
        except BaseException:
            self.session.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.session.close()

    def send(self, commands):
        """Send *commands*; each must be taken. Return the answers."""
        answers = self.session.exchange([str(one) for one in commands], "driving")
        for command, answer in zip(commands, answers, strict=True):
            assert answer.text.startswith("OK"), (str(command), answer.text)
        return answers

    def cycle(self):
        """Save, reset, load."""
        complaint = self.session.hmp("savevm x", "saving").strip()
        assert not complaint, complaint
        self.session.reset("resetting")
        self.session.hmp("info status", "waiting for the reset")
        complaint = self.session.hmp("loadvm x", "loading").strip()
        assert not complaint, complaint

    def holds(self, check):
        """Whether *check* holds now; and what was read."""
        answer = self.send([check.command])[0]
        if isinstance(check.expected, bytes):
            seen = value_bytes(check.command, answer)
            return seen == check.expected, seen
        seen = value(check.command, answer)
        mask = -1 if check.mask is None else check.mask
        return seen & mask == check.expected, seen

    def failing(self, checks, within_s=3.0):
        """Poll until all *checks* hold; return those that don't, with what was read."""
        end = time.monotonic() + within_s
        while True:
            wrong = []
            for check in checks:
                holds, seen = self.holds(check)
                if not holds:
                    wrong.append((str(check.command), check.expected, check.mask, seen))
            if not wrong or time.monotonic() > end:
                return wrong
            self.session.hmp("info status", "letting the main loop turn")

    def _map(self):
        """Do what a firmware does; return the function of the device under test."""
        host = find_host(self.session.hmp(HOST_COMMAND, "looking for PCI"))
        firmware = boot(host, self._run, self.session.pci_roots())
        lines = self.session.hmp("info qtree", "finding the device").splitlines()
        at = next(n for n, line in enumerate(lines) if line.strip().endswith('id "dut"'))
        where = next(line for line in lines[at:] if "addr = " in line)
        device = int(where.split()[2].split(".")[0], 16)
        return next(one for one in firmware.functions if one.address == Address(0, device))

    def _run(self, commands):
        answers = self.send(commands)
        return [
            value(command, answer) or 0 if command.is_read else 0
            for command, answer in zip(commands, answers, strict=True)
        ]
