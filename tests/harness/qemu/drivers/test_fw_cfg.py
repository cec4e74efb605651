"""The fw_cfg driver: files are written whole."""

import struct

import pytest

from harness.command import Command
from harness.qemu.drivers.driver import Arena
from harness.qemu.drivers.fw_cfg import works
from harness.regions import Owner, Region

ARENA = Arena(0x10_0000, 1 << 20)
OWNER = Owner("fw_cfg_io", "/machine/fw_cfg")
DMA = Region("io", 0x514, 8, "fwcfg.dma", 0, OWNER)
SELECT = Region("io", 0x510, 2, "fwcfg", 0, OWNER)


def request(data, region=DMA):
    (work,) = works([SELECT, region], ARENA)
    assert (work.name, work.start) == ("fw_cfg", ())
    return work.request(data)


def contents(command):
    return command.address, bytes.fromhex(command.operands[2][2:])


@pytest.mark.parametrize(
    ("drawn", "key", "data"),
    [
        (bytes(8), 0x20, struct.pack(">QIIIII", 0x10_8000, 0x34325258, 0, 16, 16, 64)),
        (bytes((5, 0, 7, 1)), 0x25, struct.pack(">QIIIII", 0x10_8000, 0x34325258, 0, 128, 32, 512)),
        (bytes((9, 1, 3, 2)), 0x29, struct.pack("<HHIQ", 0, 1, 4, 0x10_0042)),
    ],
)
def test_a_file_is_selected_and_written_from_memory(drawn, key, data):
    first, second, *_ = request(drawn)
    place, written = contents(first)
    assert written == data
    assert contents(second) == (
        0x10_0000,
        struct.pack(">HHIQ", key, 0x18, len(data), place),
    )


def test_the_address_of_the_request_goes_out_with_its_highest_byte_first():
    assert request(b"")[2:] == (Command("outl", (0x514, 0)), Command("outl", (0x518, 0x0000_1000)))
    behind = Region("memory", 0x0902_0010, 8, "fwcfg.dma@9020010", 0, OWNER)
    assert [str(one) for one in request(b"", behind)[2:]] == [
        "writel 0x9020010 0x0",
        "writel 0x9020014 0x1000",
    ]


def test_a_machine_without_it_has_no_such_work():
    assert works([SELECT], ARENA) == ()


def test_any_drawn_bytes_stay_within_the_arena():
    for seed in range(256):
        for command in request(bytes((seed * 7 % 256, seed, seed * 3 % 256, seed * 5 % 256))):
            if command.verb == "write":
                place = command.address
                assert ARENA.base <= place < ARENA.base + ARENA.size
