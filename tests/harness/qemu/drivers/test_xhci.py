"""The xHCI driver: rings, contexts and doorbells."""

from struct import unpack

from harness.qemu.drivers.driver import Draw
from harness.qemu.drivers.xhci import XhciDriver
from harness.qemu.pci.function import Address, Bar, Function
from tests.support.driven import ARENA, assert_lawful, memory_after

DRIVER = XhciDriver()
FUNCTION = Function(
    Address(0, 4), 0x1B36, 0xD, 0x0C0330, bars=(Bar(0, "memory", 0xE0000000, 0x4000),)
)


def blocks(memory, address):
    at = address - ARENA.base
    found = []
    while memory[at + 12] & 1:
        found.append(unpack("<QII", memory[at : at + 16]))
        at += 16
    return found


def kinds(memory, address):
    return [control >> 10 & 0x3F for _, _, control in blocks(memory, address)]


def test_any_drawn_bytes_give_commands_within_bounds():
    assert_lawful(DRIVER, FUNCTION)


def test_other_functions_and_unmapped_ones_do_not_fit():
    assert not DRIVER.fits(Function(Address(0, 4), 0x1B36, 0xD, 0x0C0330))
    assert not DRIVER.fits(Function(Address(0, 4), 1, 2, 0x0C0300, bars=FUNCTION.bars))


def test_a_start_has_two_slots_enabled_addressed_and_configured():
    start = DRIVER.start(FUNCTION, ARENA)
    ring = next(place for place, one in enumerate(start) if str(one) == "writel 0xe0002000 0x0")
    memory = memory_after(start[:ring])
    assert kinds(memory, 0x101000) == [9, 9, 11, 12, 11, 12]
    assert [control >> 24 for _, _, control in blocks(memory, 0x101000)] == [0, 0, 1, 1, 2, 2]
    for slot, port in ((1, 1), (2, 5)):
        addressing = unpack("<24I", memory[0x10000 + slot * 0x8000 + 0x800 :][:96])
        assert addressing[:2] == (0, 3)
        assert addressing[9] == port << 16
        assert addressing[17] >> 3 & 7 == 4
        assert unpack("<3Q", memory[:24])[slot] == 0x110000 + slot * 0x8000


def test_a_transfer_rewinds_the_ring_before_it_is_filled():
    commands = DRIVER.transfer(FUNCTION, ARENA).commands
    memory = memory_after(commands)
    assert kinds(memory, 0x101000) == [15, 14, 16]
    for slot in (1, 2):
        ring = 0x110000 + slot * 0x8000 + 0x2200
        assert kinds(memory, ring) == [2, 3, 4]
        setup, data, _ = blocks(memory, ring)
        assert setup[0].to_bytes(8, "little").hex() == "8006000100001200"
        assert setup[2] >> 16 & 3 == 3
        assert (data[1], data[2] >> 16 & 1) == (18, 1)
    texts = list(map(str, commands))
    assert texts.index("writel 0xe0002000 0x0") < texts.index("writel 0xe0002004 0x1")


def test_a_message_rings_the_doorbell_of_each_of_its_endpoints():
    # slot 1, no oddity, a message: inquiry
    commands = DRIVER.request(FUNCTION, ARENA, Draw(bytes((0, 0, 0, 4))))
    bells = [str(one) for one in commands if one.address == 0xE0002004]
    assert [bell.split()[2] for bell in bells] == ["0x4", "0x3", "0x3"]
