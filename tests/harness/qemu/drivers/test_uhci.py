"""The UHCI driver: frame list, queue heads and descriptors."""

from struct import unpack

from harness.qemu.drivers.driver import Draw
from harness.qemu.drivers.uhci import UhciDriver
from harness.qemu.pci.function import Address, Bar, Function
from tests.support.driven import ARENA, memory_after

DRIVER = UhciDriver()
FUNCTION = Function(Address(0, 4), 0x8086, 0x7020, 0x0C0300, bars=(Bar(4, "io", 0xC000, 0x20),))


def words(memory, address, count):
    at = address - ARENA.base
    return unpack(f"<{count}I", memory[at : at + 4 * count])


def test_each_frame_leads_to_a_row_of_queue_heads_that_ends():
    memory = memory_after(DRIVER.start(FUNCTION, ARENA))
    assert set(words(memory, ARENA.base, 1024)) == {0x101002}
    link, heads = 0x101002, []
    while not link & 1:
        heads.append(words(memory, link & ~0xF, 2))
        link = heads[-1][0]
    assert [element for _, element in heads] == [0x110000, 0x112000, 0x114000, 1, 1, 1, 1, 1]


def test_a_transfer_is_a_chain_of_three_descriptors():
    memory = memory_after(DRIVER.transfer(FUNCTION, ARENA).commands)
    assert words(memory, 0x101044, 1) == (0x118000,)
    link, chain = 0x118000, []
    while not link & 1:
        chain.append(words(memory, link & ~0xF, 4))
        link = chain[-1][0]
    assert [token & 0xFF for _, _, token, _ in chain] == [0x2D, 0x69, 0xE1]
    assert [(token >> 21) + 1 & 0x7FF for _, _, token, _ in chain] == [8, 18, 0]
    assert [control >> 23 & 3 for _, control, _, _ in chain] == [1, 1, 3]
    assert memory[0x18400:0x18408].hex() == "8006000100001200"


def test_a_message_takes_a_queue_head_for_each_of_its_packets():
    # no oddity, a message: inquiry
    commands = DRIVER.request(FUNCTION, ARENA, Draw(bytes((0, 0, 4))))
    memory = memory_after(commands)
    heads = [words(memory, 0x101004 + 16 * slot, 1)[0] for slot in (5, 6, 7)]
    tokens = [words(memory, head, 3)[2] for head in heads]
    places = [(token & 0xFF, token >> 15 & 0xF) for token in tokens]
    assert places == [(0xE1, 2), (0x69, 1), (0x69, 1)]
