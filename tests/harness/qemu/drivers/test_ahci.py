"""The AHCI driver: lists, tables and FISes."""

from struct import unpack

from harness.qemu.drivers.ahci import AhciDriver
from harness.qemu.drivers.driver import Draw
from harness.qemu.pci.function import Address, Bar, Function
from tests.support.driven import ARENA, assert_lawful

DRIVER = AhciDriver()
FUNCTION = Function(
    Address(0, 4), 0x8086, 0x2922, 0x010601, bars=(Bar(5, "memory", 0xE0000000, 0x1000),)
)


def written(commands, address):
    return next(
        bytes.fromhex(one.operands[2][2:])
        for one in commands
        if one.verb == "write" and one.address == address
    )


def test_any_drawn_bytes_give_commands_within_bounds():
    assert_lawful(DRIVER, FUNCTION)


def test_other_functions_and_unmapped_ones_do_not_fit():
    assert not DRIVER.fits(Function(Address(0, 4), 0x8086, 0x2922, 0x010601))
    other = Function(Address(0, 4), 0x8086, 0x2922, 0x010185, bars=FUNCTION.bars)
    assert not DRIVER.fits(other)


def test_a_transfer_gives_each_port_a_table_with_a_fis_and_regions():
    transfer = DRIVER.transfer(FUNCTION, ARENA)
    header = written(transfer.commands, ARENA.base + 0x4000 * 2 + 32)
    flags, count, done, table = unpack("<HHIQ", header[:16])
    assert (flags, count, done) == (5, 2, 0)
    body = written(transfer.commands, table)
    assert body[:8].hex() == "2780250003000040"
    assert body[12:14].hex() == "0200"
    (first, length), (second, rest) = (
        unpack("<Q4xI", body[0x80 + 16 * n : 0x90 + 16 * n]) for n in (0, 1)
    )
    assert second == first + 300
    assert (length & 0x3FFFFF) + 1 + (rest & 0x3FFFFF) + 1 == 1024


def test_a_queued_command_sets_its_bit_of_sact_and_carries_its_tag():
    # port, slot, no reset, READ FPDMA QUEUED, sectors, ...
    commands = DRIVER.request(FUNCTION, ARENA, Draw(bytes((0, 3, 0, 3, 1))))
    table = ARENA.base + 0x1000 + 7 * 0x100
    assert written(commands, table)[:16].hex() == "27806002000000400000000038000000"
    texts = list(map(str, commands))
    assert texts.index("writel 0xe0000134 0x80") < texts.index("writel 0xe0000138 0x80")


def test_a_packet_is_flagged_as_one():
    # ..., PACKET, sectors, sector, feature, inquiry
    commands = DRIVER.request(FUNCTION, ARENA, Draw(bytes((0, 0, 0, 7, 0, 0, 0, 1))))
    assert written(commands, ARENA.base)[:2] == b"\x25\x00"
    assert written(commands, ARENA.base + 0x1000)[0x40:0x46].hex() == "120000002400"
