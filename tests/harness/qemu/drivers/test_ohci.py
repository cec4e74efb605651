"""The OHCI driver: endpoint and transfer descriptors."""

from struct import unpack

from harness.qemu.drivers.driver import Draw
from harness.qemu.drivers.ohci import OhciDriver
from harness.qemu.pci.function import Address, Bar, Function
from tests.support.driven import ARENA, memory_after

DRIVER = OhciDriver()
FUNCTION = Function(
    Address(0, 4), 0x106B, 0x3F, 0x0C0310, bars=(Bar(0, "memory", 0xE0000000, 0x100),)
)


def words(memory, address, count):
    at = address - ARENA.base
    return unpack(f"<{count}I", memory[at : at + 4 * count])


def test_the_control_list_and_the_interrupt_table_end():
    memory = memory_after(DRIVER.start(FUNCTION, ARENA))
    assert set(words(memory, ARENA.base, 32)) == {0x101080}
    assert words(memory, 0x101080, 4) == (0x400081, 0x120000, 0x120000, 0)
    link, heads = 0x101000, []
    while link:
        heads.append(words(memory, link, 4))
        link = heads[-1][3]
    # The first three have something to do.
    assert [head != tail for _, tail, head, _ in heads] == [True] * 3 + [False] * 5
    assert [flags & 0x7F for flags, *_ in heads[:3]] == [0, 0, 1]


def test_a_transfer_is_a_chain_of_three_descriptors():
    memory = memory_after(DRIVER.transfer(FUNCTION, ARENA).commands)
    _, tail, link, _ = words(memory, 0x101040, 4)
    chain = []
    while link != tail:
        chain.append(words(memory, link, 4))
        link = chain[-1][2]
    assert [flags >> 19 & 3 for flags, *_ in chain] == [0, 2, 1]
    assert [(last - first + 1 if first else 0) for _, first, _, last in chain] == [8, 18, 0]
    assert memory[0x18400:0x18408].hex() == "8006000100001200"


def test_a_message_takes_an_endpoint_descriptor_for_each_of_its_packets():
    # no oddity, a message: inquiry
    commands = DRIVER.request(FUNCTION, ARENA, Draw(bytes((0, 0, 4))))
    memory = memory_after(commands)
    heads = [words(memory, 0x101000 + 16 * slot, 4) for slot in (5, 6, 7)]
    assert [flags >> 7 & 0xF for flags, *_ in heads] == [2, 1, 1]
    assert [following for *_, following in heads] == [0x101060, 0x101070, 0]
    assert str(commands[-1]) == "writel 0xe0000008 0x6"


def test_an_interrupt_endpoint_may_be_on_the_table():
    # no oddity, a message: eight bytes; on the table, which is the second choice
    memory = memory_after(DRIVER.request(FUNCTION, ARENA, Draw(bytes((0, 0, 0, 1)))))
    assert words(memory, 0x101080, 4) == (0x400081, 0x120010, 0x120000, 0)
