"""The EHCI driver: a ring of queue heads and their descriptors."""

from struct import unpack

from harness.qemu.drivers.driver import Draw
from harness.qemu.drivers.ehci import EhciDriver
from harness.qemu.pci.function import Address, Bar, Function
from tests.support.driven import ARENA, memory_after

DRIVER = EhciDriver()
FUNCTION = Function(
    Address(0, 4), 0x8086, 0x24CD, 0x0C0320, bars=(Bar(0, "memory", 0xE0000000, 0x1000),)
)


def words(memory, address, count):
    at = address - ARENA.base
    return unpack(f"<{count}I", memory[at : at + 4 * count])


def test_the_ring_has_one_head_and_comes_back_to_it():
    memory = memory_after(DRIVER.start(FUNCTION, ARENA))
    link, heads = 0x101002, []
    while not heads or link != 0x101002:
        heads.append(words(memory, link & ~0xF, 7))
        link = heads[-1][0]
    assert [head[1] >> 15 & 1 for head in heads] == [1] + [0] * 7
    assert [head[4] for head in heads[:5]] == [1, 0x112000, 0x114000, 0x116000, 1]
    assert [head[1] & 0x7F for head in heads[1:4]] == [0, 0, 1]


def test_the_frame_list_leads_to_an_interrupt_endpoint():
    memory = memory_after(DRIVER.start(FUNCTION, ARENA))
    assert set(words(memory, ARENA.base, 1024)) == {0x101482}
    head = words(memory, 0x101480, 7)
    assert (head[0], head[1] >> 8 & 0xF, head[2] & 0xFF) == (1, 1, 1)


def test_a_transfer_is_a_chain_of_three_descriptors_and_a_doorbell():
    commands = DRIVER.transfer(FUNCTION, ARENA).commands
    memory = memory_after(commands)
    link, chain = words(memory, 0x101200, 7)[4], []
    while not link & 1:
        chain.append(words(memory, link, 8))
        link = chain[-1][0]
    assert [token >> 8 & 3 for _, _, token, *_ in chain] == [2, 1, 0]
    assert [token >> 16 & 0x7FFF for _, _, token, *_ in chain] == [8, 18, 0]
    assert chain[0][3:5] == (0x118400, 0x119000)
    assert list(map(str, commands[-2:])) == ["writel 0xe0000024 0x3f", "writel 0xe0000020 0x80071"]


def test_a_message_takes_a_queue_head_for_each_of_its_packets():
    # no oddity, a message: inquiry
    memory = memory_after(DRIVER.request(FUNCTION, ARENA, Draw(bytes((0, 0, 4)))))
    heads = [words(memory, 0x101000 + 0x80 * slot, 7) for slot in (5, 6, 7)]
    assert [head[0] for head in heads] == [0x101302, 0x101382, 0x101002]
    assert [head[1] >> 8 & 0xF for head in heads] == [2, 1, 1]


def test_the_head_of_the_ring_is_left_alone():
    for slot in range(16):
        commands = DRIVER.request(FUNCTION, ARENA, Draw(bytes((0, 1, 0, 0, 0, slot))))
        assert all(one.address != 0x101000 for one in commands)


def test_an_interrupt_endpoint_may_be_in_the_frame_list():
    # no oddity, a message: eight bytes; in the list, which is the second choice
    memory = memory_after(DRIVER.request(FUNCTION, ARENA, Draw(bytes((0, 0, 0, 1)))))
    head = words(memory, 0x101480, 7)
    assert (head[0], head[4]) == (1, 0x122000)
