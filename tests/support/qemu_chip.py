"""One chip in a real QEMU beside its model: the same accesses to both, and its section."""

from __future__ import annotations

from collections.abc import Sequence

from device_models.device import Device
from harness.command import Command
from harness.qemu.guest import QemuGuest
from tests.support.boards import Board
from vmstate import load, save
from vmstate.cursor import Reader

#: ``(port, value)`` writes, ``(port,)`` reads.
Access = tuple[int, ...]
#: What an access answered, and the levels that the line took.
Answer = tuple[int | None, tuple[int, ...]]


def section(guest: QemuGuest, device: Device) -> bytes:
    """Load the chip's section, as the guest has it now, into *device*; return its body.

    Fails unless *device* reads exactly the bytes up to the section's footer.
    """
    stream = guest.state()
    name = device.vmsd.name.encode()
    start = stream.index(bytes([len(name)]) + name + bytes(4)) + len(name) + 5
    number = stream[start - len(name) - 9 : start - len(name) - 5]
    reader = Reader(stream, start)
    version = reader.unsigned(4)
    load(device.vmsd, device.state, reader, version)
    assert stream[reader.offset : reader.offset + 5] == b"\x7e" + number
    return stream[start + 4 : reader.offset]


def saved(device: Device) -> bytes:
    """Return the chip's section as the model saves it."""
    return save(device.vmsd, device.state).data


def guest_answers(guest: QemuGuest, accesses: Sequence[Access], line: str) -> list[Answer]:
    """Run *accesses* in the guest; *line* is the observed line, e.g. ``ioapic[8]``."""
    observations = guest.execute(
        [
            Command("outb", access) if len(access) == 2 else Command("inb", access)
            for access in accesses
        ]
    )
    return [
        (
            observation.answer if isinstance(observation.answer, int) else None,
            tuple(move.level for move in observation.moves if move.line == line),
        )
        for observation in observations
    ]


def model_answers(board: Board, accesses: Sequence[Access]) -> list[Answer]:
    """Run *accesses* in the model, whose only watched line is the chip's."""
    program = [("out", *access) if len(access) == 2 else ("in", *access) for access in accesses]
    return [(answer, tuple(move.level for move in moves)) for answer, moves in board.run(program)]
