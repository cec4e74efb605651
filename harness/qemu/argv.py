"""Command lines: what a machine is, turned into QEMU's arguments.

Pure: values in, a tuple of strings out.  It opens nothing and starts nothing.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

#: Node name of the block device that holds the snapshots.
SNAPSHOT_NODE = "snapshots"

#: RAM of a machine under test, MiB.  No guest code runs, so it serves only DMA, and a save
#: or load takes a quarter longer with 16 MiB.  Below 1 MiB the firmware's shadow is cut off.
DEFAULT_MEMORY_MB = 4

#: Accelerator of a machine under test; no instruction is executed.
DEFAULT_ACCELERATOR = "tcg"

#: The accelerator whose clock moves by commands alone.
CLOCKED = "qtest"

#: Stands among a machine's arguments for a small file of zeros, for boards that refuse to
#: start without firmware.  Each process makes its own.
BLANK_IMAGE = "zeros.img"

#: Stands in a machine's arguments for a socket of the process's own, on which one of its character
#: devices listens and to which another connects.
PEER_SOCKET = "peer.sock"

#: Name of the file that a machine's RAM is in, beside its image, where that is kept by us.
MEMORY_FILE = "memory"


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine, as the user may choose it.

    Attributes:
        binary: the emulator.
        name: machine type as for ``-M``, e.g. ``pc`` or ``pc-q35-7.2``.
        devices: more arguments, e.g. ``("-device", "e1000")``, passed on as they are, but
            for ``BLANK_IMAGE`` and ``PEER_SOCKET``.
        memory_mb: RAM, MiB; a fraction for boards that have less, 0 for the machine's own.
        accelerator: as for ``-accel``.
        seed: what it draws its random numbers from, e.g. the address of an SD card or what a
            generator for guests returns: each start gives the same.
        keeps_memory: whether its RAM is in a file, and left out of what QEMU saves: the same
            machine for whoever looks from inside.
        has_clock: whether it runs, so that its clock can be stepped: the accelerator must be
            ``CLOCKED``, which carries out no guest code.
    """

    binary: Path
    name: str = "pc"
    devices: tuple[str, ...] = ()
    memory_mb: float = DEFAULT_MEMORY_MB
    accelerator: str = DEFAULT_ACCELERATOR
    seed: int = 1
    keeps_memory: bool = False
    has_clock: bool = False


@dataclass(frozen=True, slots=True)
class Wiring:
    """What a process has been given to be spoken to through.

    Attributes:
        qmp_fd: file descriptor of the monitor's socket, as the child will know it.
        qtest_fd: file descriptor of the qtest socket.
        image: the qcow2 file that snapshots go to.
    """

    qmp_fd: int
    qtest_fd: int
    image: Path


def command_line(machine: Machine, wiring: Wiring) -> tuple[str, ...]:
    """Return the argv that starts *machine*, stopped before its first instruction.

    The snapshots' block node belongs to no device, so it adds nothing to the machine
    under test.  ``-no-shutdown`` keeps the process when the guest powers itself off, so
    that this is seen as an event and not as a death.  The qtest character device must be
    called ``qtest``: QEMU looks it up by that name.  The monitor is asked for in the one way
    that all releases take without a warning: 11.1 prefers ``-object monitor-qmp``, which older
    ones do not know, to ``-mon``.  Machine types of before the vmdesc leave it out, and are told
    not to: without it, and without the footers that they leave out, too, nobody could say where
    a section ends.

    Source: QEMU 7.2 qemu-options.hx; softmmu/qtest.c, qtest_server_init; softmmu/vl.c,
    monitor_parse; hw/core/machine.c, suppress-vmdesc (5.2 to 11.1 alike).
    """
    node = {
        "driver": "qcow2",
        "node-name": SNAPSHOT_NODE,
        "file": {"driver": "file", "filename": str(wiring.image)},
    }
    blank = str(wiring.image.with_name(BLANK_IMAGE))
    socket = f"path={_value(wiring.image.with_name(PEER_SOCKET))}"
    own = [word.replace(f"path={PEER_SOCKET}", socket) for word in launch_arguments(machine)]
    return (
        str(machine.binary),
        *("-blockdev", json.dumps(node)),
        *("-chardev", f"socket,id=monitor,fd={wiring.qmp_fd}"),
        *("-qmp", "chardev:monitor"),
        *("-chardev", f"socket,id=qtest,fd={wiring.qtest_fd}"),
        *("-qtest", "chardev:qtest"),
        *("-qtest-log", "none"),
        *("-machine", "suppress-vmdesc=off"),
        *(blank if word == BLANK_IMAGE else word for word in own),
        *(_kept_memory(machine, wiring) if machine.keeps_memory else ()),
    )


def _kept_memory(machine: Machine, wiring: Wiring) -> tuple[str, ...]:
    """Return what puts a machine's RAM into a file.

    Source: QEMU 5.0 to 11.1 qemu-options.hx, ``-M memory-backend``; migration/ram.c,
    migrate_ram_is_ignored (ramblock_is_ignored up to 8.0).
    """
    path = _value(wiring.image.with_name(MEMORY_FILE))
    size = int(machine.memory_mb * (1 << 20))
    backend = f"memory-backend-file,id=kept,share=on,size={size},mem-path={path}"
    return ("-object", backend, "-machine", "memory-backend=kept")


def _value(path: Path) -> str:
    """Return *path* as an option's value, which ends at a comma; two stand for one."""
    return str(path).replace(",", ",,")


def launch_arguments(machine: Machine) -> tuple[str, ...]:
    """Return the part of the command line that says what *machine* is.

    It names no file, socket or process, so a reproducer can carry it.

    Source: QEMU 5.2 to 11.1 qemu-options.hx, ``-seed``; include/qemu/guest-random.h.
    """
    return (
        *("-M", machine.name),
        "-nodefaults",
        *("-display", "none"),
        "-S",
        "-no-shutdown",
        *_memory(machine),
        *_accelerator(machine),
        *("-rtc", "base=2020-01-01T00:00:00,clock=vm"),
        *("-seed", str(machine.seed)),
        *machine.devices,
    )


def own_arguments(machine: Machine) -> tuple[str, ...]:
    """Return what *machine* is given beyond what a machine of its name gets from us."""
    usual = Machine(machine.binary, machine.name)
    memory, accelerator = _memory(machine), _accelerator(machine)
    return (
        *(memory if memory != _memory(usual) else ()),
        *(accelerator if accelerator != _accelerator(usual) else ()),
        *machine.devices,
    )


def _memory(machine: Machine) -> tuple[str, ...]:
    mb = machine.memory_mb
    return ("-m", f"{mb:.0f}M" if mb == int(mb) else f"{mb * 1024:.0f}K") if mb else ()


def _accelerator(machine: Machine) -> tuple[str, ...]:
    return ("-accel", machine.accelerator)
