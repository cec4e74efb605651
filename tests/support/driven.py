"""A real QEMU with one PCI function under a driver, and the laws that drivers obey."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from pathlib import Path

from harness.command import Command
from harness.qemu.argv import SNAPSHOT_NODE, Machine
from harness.qemu.binaries import find_one
from harness.qemu.drivers.driver import Arena, Check, Draw, Driver
from harness.qemu.pci.firmware import boot
from harness.qemu.pci.function import Function
from harness.qemu.pci.host import COMMAND as HOST_COMMAND
from harness.qemu.pci.host import find_hosts
from harness.qemu.session import Session

ARENA = Arena(0x100000, 0x2C0000)


def drawn(count: int, size: int = 64) -> list[bytes]:
    """Return *count* byte strings that look random and are always the same."""
    import random

    source = random.Random(20200101)
    return [source.randbytes(size) for _ in range(count)]


def assert_lawful(driver: Driver, function: Function, extra: Sequence[range] = ()) -> None:
    """Any drawn bytes give commands that parse, in the arena, the BARs or *extra*."""
    assert driver.fits(function)
    transfer = driver.transfer(function, ARENA)
    given = [driver.start(function, ARENA)]
    if transfer is not None:
        assert transfer.start[: len(given[0])] == given[0]
        given.append(transfer.start)
        given += [transfer.commands, [check.command for check in transfer.checks]]
        assert all(check.command.is_read for check in transfer.checks)
    different = set()
    for data in (b"", *drawn(250), *(bytes((n,)) * 64 for n in range(0, 256, 5))):
        commands = driver.request(function, ARENA, Draw(data))
        assert commands == driver.request(function, ARENA, Draw(data))
        assert commands
        different.add(commands)
        given.append(commands)
    assert len(different) > 20
    memory = [range(ARENA.base, ARENA.base + ARENA.size), *extra]
    ports = list(extra)
    for bar in function.bars:
        where = ports if bar.space == "io" else memory
        where.append(range(bar.address, bar.address + bar.size))
    for command in (one for commands in given for one in commands):
        assert Command.parse(str(command)) == command
        first, last = command.address, command.address + command.size - 1
        spaces = ports if command.space == "io" else memory
        assert command.space is None or any(first in one and last in one for one in spaces), command


def memory_after(commands: Sequence[Command]) -> bytearray:
    """Return what the arena holds after *commands*, from nothing but zeros."""
    memory = bytearray(ARENA.size)
    for one in commands:
        if one.space == "memory" and ARENA.base <= one.address < ARENA.base + ARENA.size:
            at = one.address - ARENA.base
            if one.verb == "memset":
                memory[at : at + one.size] = bytes((int(one.operands[2]),)) * one.size
            elif one.verb == "write":
                memory[at : at + one.size] = bytes.fromhex(str(one.operands[2])[2:])
    return memory


#: A BIOS that halts the CPU for good: ``cli; hlt; jmp`` in all its 64 KiB.
_HALT = bytes.fromhex("faf4ebfc")


class Bench:
    """A machine with one function mapped and a driver's commands to send to it.

    With *ticking*, the machine can be let run for its timers: its CPU only halts.
    """

    def __init__(
        self,
        tmp_path: Path,
        wanted: tuple[int, int],
        *devices: str,
        machine: str = "pc",
        ticking: bool = False,
        binary: Path | None = None,
    ) -> None:
        self._ticking = ticking
        self._jobs = 0
        if ticking:
            bios = tmp_path / "halt.bin"
            bios.write_bytes(_HALT * (65536 // len(_HALT)))
            devices += ("-bios", str(bios))
        self.session = Session(Machine(binary or find_one().path, machine, devices), 20)
        try:
            self.function = self.map(wanted)
        except BaseException:
            self.session.close()
            raise

    def __enter__(self) -> Bench:
        return self

    def __exit__(self, *exc: object) -> None:
        self.session.close()

    def ask(self, line: str) -> str:
        return self.session.exchange([line], line)[0].text

    def map(self, wanted: tuple[int, int]) -> Function:
        (host,) = find_hosts(self.session.hmp(HOST_COMMAND, "looking for PCI"))
        functions = boot(host, self._run).functions
        return next(one for one in functions if (one.vendor_id, one.device_id) == wanted)

    def _run(self, commands: Sequence[Command]) -> list[int]:
        answers = self.session.exchange([str(one) for one in commands], "mapping")
        return [int(answer.text[3:] or "0", 0) for answer in answers]

    def send(self, commands: Sequence[Command]) -> None:
        answers = self.session.exchange([str(one) for one in commands], "a driver's commands")
        wrong = [
            f"{one}: {answer.text}"
            for one, answer in zip(commands, answers, strict=True)
            if not answer.text.startswith("OK")
        ]
        assert not wrong

    def holds(self, check: Check) -> bool:
        text = self.ask(str(check.command)).split()[1]
        if isinstance(check.expected, bytes):
            return bytes.fromhex(text[2:]) == check.expected
        mask = -1 if check.mask is None else check.mask
        return int(text, 0) & mask == check.expected & mask

    def settles(self, checks: Sequence[Check], within_s: float = 5) -> list[str]:
        """Return the checks that do not hold within the deadline, with what they read."""
        if self._ticking:
            assert not self.session.hmp("cont", "running").strip()
        end = time.monotonic() + within_s
        while not all(map(self.holds, checks)) and time.monotonic() < end:
            pass
        if self._ticking:
            self.session.hmp("stop", "stopping")
        return [
            f"{one.command}: {self.ask(str(one.command))}, expected {one.expected!r}"
            for one in checks
            if not self.holds(one)
        ]

    def pass_time(self) -> None:
        """Let a machine that ticks run for a few commands of the monitor."""
        if self._ticking:
            self.session.hmp("cont", "running")
            for _ in range(20):
                self.session.hmp("info name", "passing time")
            self.session.hmp("stop", "stopping")

    def cycle(self) -> None:
        self._snapshot("save")
        self.session.reset("resetting")
        self._snapshot("load")

    def _snapshot(self, which: str) -> None:
        """Save or load through a job: ``savevm`` wants all writable nodes to take part."""
        monitor = self.session._monitor
        self._jobs += 1
        job = f"job{self._jobs}"
        tag = f"shot{(self._jobs - 1) // 2}"
        nodes = {"vmstate": SNAPSHOT_NODE, "devices": [SNAPSHOT_NODE]}
        monitor.execute(f"snapshot-{which}", **{"job-id": job}, tag=tag, **nodes)
        end = time.monotonic() + 10
        state = {}
        while state.get("status") != "concluded" and time.monotonic() < end:
            state = next(one for one in monitor.execute("query-jobs") if one["id"] == job)
        assert state["status"] == "concluded"
        assert "error" not in state, state["error"]
        monitor.execute("job-dismiss", id=job)


def assert_drives(
    bench: Bench, driver: Driver, *, cycle: Callable[[Bench], None] = Bench.cycle
) -> None:
    """A transfer is done, and once more after a cycle without a start.

    Then a hundred requests, with a cycle after every twenty, leave QEMU alive.
    """
    assert driver.fits(bench.function)
    transfer = driver.transfer(bench.function, ARENA)
    assert transfer is not None
    bench.send(transfer.start)
    assert not all(map(bench.holds, transfer.checks))
    bench.send(transfer.commands)
    assert (left := bench.settles(transfer.checks)) == [], left
    cycle(bench)
    bench.send(transfer.commands)
    assert (left := bench.settles(transfer.checks)) == [], left
    for number, data in enumerate(drawn(100)):
        bench.send(driver.request(bench.function, ARENA, Draw(data)))
        if number % 20 == 10:
            bench.pass_time()
        if number % 20 == 19:
            cycle(bench)
    assert bench.ask("endianness").startswith("OK")
