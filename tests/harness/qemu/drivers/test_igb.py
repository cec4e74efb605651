"""The 82576 driver: rings of its own, advanced descriptors."""

import struct

from harness.qemu.drivers.igb import Igb
from tests.support.driver_laws import ARENA, assert_lawful, function_of, requests

MEMORY = 0xE0000000
FUNCTION = function_of(0x8086, 0x10C9, (0, "memory", 0x20000))


def test_it_drives_the_card_by_the_laws():
    assert_lawful(Igb(), FUNCTION)
    assert not Igb().fits(function_of(0x8086, 0x10D3, (0, "memory", 0x20000)))


def test_the_queues_are_enabled_before_they_are_used():
    texts = [str(command) for command in Igb().start(FUNCTION, ARENA)]
    enabled = texts.index(f"writel {MEMORY + 0xC028:#x} 0x2000000")
    assert f"writel {MEMORY + 0xE028:#x} 0x2000000" in texts
    assert enabled < texts.index(f"writel {MEMORY + 0xC018:#x} 0x7")


def test_frames_are_sent_with_advanced_descriptors():
    commands = Igb().transfer(FUNCTION, ARENA).commands
    ring = [c for c in commands if c.verb == "write" and c.address in range(ARENA.base, 0x100080)]
    assert len(ring) == 8
    for command in ring:
        _, lower, upper = struct.unpack("<QII", bytes.fromhex(command.operands[2][2:]))
        assert lower >> 20 & 0xF == 3
        assert lower & 1 << 29
        assert upper >> 14 == lower & 0xFFFF == 96


def test_requests_use_contexts_and_descriptors_of_the_old_kind_too():
    kinds = set()
    for commands in requests(Igb(), FUNCTION):
        for command in commands:
            if command.verb == "write" and command.size == 16:
                (lower,) = struct.unpack_from("<I", bytes.fromhex(command.operands[2][2:]), 8)
                kinds.add((bool(lower & 1 << 29), lower >> 20 & 0xF))
    assert {(True, 2), (True, 3), (False, 0)} <= kinds


def test_interrupts_are_mapped_to_vectors_before_they_are_enabled():
    mapped = 0
    for commands in requests(Igb(), FUNCTION):
        texts = [str(command) for command in commands]
        ivar, eims = f"writel {MEMORY + 0x1700:#x} ", f"writel {MEMORY + 0x1524:#x} 0xffffffff"
        if eims in texts:
            mapped += 1
            assert any(text.startswith(ivar) for text in texts[: texts.index(eims)])
    assert 5 < mapped < 35
