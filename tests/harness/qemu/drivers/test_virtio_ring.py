"""Virtqueues: what lies where after some chains have been offered."""

import struct

import pytest

from harness.qemu.drivers.virtio_ring import Buffer, PackedRing, SplitRing

BASE = 0x100000
OUT, INTO = Buffer(0x5000, 16, writable=False), Buffer(0x6000, 32, writable=True)


class Memory:
    """Guest memory that obeys the commands of rings."""

    def __init__(self):
        self.bytes = {}

    def run(self, commands):
        for command in commands:
            address, size = command.operands[:2]
            if command.verb == "memset":
                data = bytes([command.operands[2]]) * size
            else:
                data = bytes.fromhex(command.operands[2][2:])
                assert len(data) == size
            for n, byte in enumerate(data):
                self.bytes[address + n] = byte

    def read(self, form, address):
        size = struct.calcsize(form)
        return struct.unpack(form, bytes(self.bytes.get(address + n, 0) for n in range(size)))


@pytest.fixture
def memory():
    return Memory()


def test_a_split_ring_lies_as_the_legacy_interface_wants_it():
    assert SplitRing(BASE, 256).areas == (BASE, BASE + 0x1000, BASE + 0x2000)
    assert SplitRing(BASE, 8).areas == (BASE, BASE + 0x80, BASE + 0x1000)


def test_a_chain_in_a_split_ring_is_linked_and_made_available(memory):
    ring = SplitRing(BASE, 8)
    table, available, used = ring.areas
    memory.run(ring.offer((OUT, INTO)))
    assert memory.read("<QIHH", table) == (0x5000, 16, 1, 1)
    assert memory.read("<QIHH", table + 16) == (0x6000, 32, 2, 2)
    assert memory.read("<HHH", available) == (0, 1, 0)
    memory.run(ring.offer((INTO,)))
    assert memory.read("<QIHH", table + 32)[2:] == (2, 3)
    assert memory.read("<HHHH", available) == (0, 2, 0, 2)
    assert ring.room == 5
    assert str(ring.completed().command) == f"readl {used + 12:#x}"


def test_a_split_ring_goes_round(memory):
    ring = SplitRing(BASE, 8)
    for _ in range(9):
        memory.run(ring.offer((INTO,)))
    assert memory.read("<HHH", ring.areas[1]) == (0, 9, 0)
    assert str(ring.completed().command) == f"readl {ring.areas[2] + 4:#x}"


def test_an_indirect_chain_takes_one_descriptor(memory):
    ring = SplitRing(BASE, 8)
    memory.run(ring.offer((OUT, INTO), 0x7000))
    assert memory.read("<QIHH", BASE) == (0x7000, 32, 4, 0)
    assert memory.read("<QIHH", 0x7000) == (0x5000, 16, 1, 1)
    assert memory.read("<QIHH", 0x7010)[2] == 2
    assert ring.room == 7


def test_a_split_ring_is_emptied_but_tells_what_was_used(memory):
    ring = SplitRing(BASE, 8)
    _, available, used = ring.areas
    memory.run([ring.clear(), ring.forget()])
    check = ring.completed()
    memory.run(ring.offer((INTO,)))
    assert memory.read("<I", used + 4)[0] & check.mask != check.expected
    # The device's side.
    memory.bytes.update({used + 2: 1, used + 4: 0, used + 5: 0, used + 6: 0, used + 7: 0})
    memory.run(ring.rewind())
    assert memory.read("<H", available + 2) == memory.read("<H", used + 2) == (0,)
    assert memory.read("<I", used + 4)[0] & check.mask == check.expected
    memory.run([ring.clear()])
    assert not any(memory.bytes.values())


def test_a_packed_ring_marks_descriptors_as_available(memory):
    ring = PackedRing(BASE, 8)
    assert ring.areas == (BASE, BASE + 128, BASE + 132)
    commands = ring.offer((OUT, INTO))
    memory.run(commands)
    assert memory.read("<QIHH", BASE) == (0x5000, 16, 0, 0x81)
    assert memory.read("<QIHH", BASE + 16) == (0x6000, 32, 0, 0x82)
    # The first is written last: from then on the device may read them all.
    assert commands[-1].address == BASE
    memory.run(ring.offer((INTO,)))
    assert memory.read("<QIHH", BASE + 32) == (0x6000, 32, 1, 0x82)
    assert ring.room == 5


def test_a_packed_ring_turns_its_marks_round(memory):
    ring = PackedRing(BASE, 2)
    memory.run(ring.offer((OUT, INTO)))
    first = ring.completed()
    assert (first.expected, first.mask) == (0x8080, 0x8080)
    memory.run(ring.offer((INTO,)))
    assert memory.read("<QIHH", BASE)[3] == 0x8002
    second = ring.completed()
    assert str(second.command) == f"readw {BASE + 14:#x}"
    assert memory.read("<H", BASE + 14)[0] & second.mask != second.expected == 0


def test_an_indirect_chain_in_a_packed_ring(memory):
    ring = PackedRing(BASE, 8)
    memory.run(ring.offer((OUT, INTO), 0x7000))
    assert memory.read("<QIHH", BASE) == (0x7000, 32, 0, 0x84)
    assert memory.read("<QIHH", 0x7000)[3] == 0
    assert memory.read("<QIHH", 0x7010)[3] == 2


def test_a_packed_ring_is_emptied_as_a_whole(memory):
    ring = PackedRing(BASE, 8)
    for emptied in ((ring.clear(),), ring.rewind(), (ring.forget(),)):
        memory.run(ring.offer((OUT,)))
        memory.run(emptied)
        assert not any(memory.bytes.values())
