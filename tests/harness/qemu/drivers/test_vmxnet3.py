"""The vmxnet3 driver: what is shared with the card, and its rings."""

import struct

from harness.qemu.drivers.vmxnet3 import Vmxnet3
from tests.support.driver_laws import ARENA, assert_lawful, function_of, requests

BAR0, BAR1 = 0xE0000000, 0xE0001000
FUNCTION = function_of(0x15AD, 0x07B0, (0, "memory", 0x1000), (1, "memory", 0x1000))


def data_at(commands, address):
    return next(bytes.fromhex(c.operands[2][2:]) for c in commands if c.address == address)


def sent(commands):
    """Transmit descriptors, in the order in which they are written."""
    return [
        struct.unpack("<QII", bytes.fromhex(c.operands[2][2:]))
        for c in commands
        if c.verb == "write" and 0x1000 <= c.address - ARENA.base < 0x1040
    ]


def test_it_drives_the_card_by_the_laws():
    assert_lawful(Vmxnet3(), FUNCTION)
    assert not Vmxnet3().fits(function_of(0x15AD, 0x07B1, (0, "memory", 0x1000)))
    assert not Vmxnet3().fits(function_of(0x15AD, 0x07B0, (0, "memory", 0x1000)))


def test_the_shared_memory_is_laid_out_as_the_card_reads_it():
    shared = data_at(Vmxnet3().start(FUNCTION, ARENA), ARENA.base)
    assert struct.unpack_from("<I", shared) == (0xBABEFEE1,)
    assert struct.unpack_from("<Q", shared, 40) == (ARENA.base + 0x400,)
    assert struct.unpack_from("<IHBB", shared, 56) == (1500, 2, 1, 1)
    assert struct.unpack_from("<IHHQ", shared, 120) == (0x1F, 12, 0, ARENA.base + 0x800)
    assert len(shared) == 720


def test_the_queues_are_laid_out_as_the_card_reads_them():
    queues = data_at(Vmxnet3().start(FUNCTION, ARENA), ARENA.base + 0x400)
    assert struct.unpack_from("<QQQ", queues, 16) == (ARENA.base + 0x1000, 0, ARENA.base + 0x1200)
    assert struct.unpack_from("<III", queues, 56) == (4, 0, 4)
    assert struct.unpack_from("<QQQ", queues, 256 + 16) == (
        *(ARENA.base + 0x1400, ARENA.base + 0x1600),
        ARENA.base + 0x1800,
    )
    # Interrupt 0 for both: any other ends the card's emulation.
    assert queues[72] == queues[256 + 72] == 0


def test_the_card_is_reset_before_it_is_activated():
    commands = [c for c in Vmxnet3().start(FUNCTION, ARENA) if c.address == BAR1 + 0x20]
    assert [c.value for c in commands if c.is_write] == [0xCAFE0002, 0xCAFE0000]


def test_the_generation_turns_round_with_the_ring():
    transfer = Vmxnet3().transfer(FUNCTION, ARENA)
    generations = [size >> 14 & 1 for _, size, _ in sent(transfer.commands)]
    assert generations == [1, 1, 1, 1, 0, 0, 0, 0]
    kicks = [c for c in transfer.commands if c.address == BAR0 + 0x600]
    assert len(kicks) == 2


def test_offload_mode_1_is_never_asked_for():
    modes = {
        flags >> 10 & 3
        for commands in requests(Vmxnet3(), FUNCTION)
        for _, _, flags in sent(commands)
    }
    assert modes == {0, 2, 3}
