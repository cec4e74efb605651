"""Transports: registers of the modern and the legacy interface."""

import pytest

from harness.qemu.drivers.virtio_ring import SplitRing
from harness.qemu.drivers.virtio_transport import Legacy, Modern, device_type, transports
from tests.support.driver_laws import function_of
from tests.support.virtio_functions import CAPABILITIES, COMMON, DEVICE, ISR, NOTIFY, virtio


def texts(commands):
    return [str(command) for command in commands]


def test_the_type_is_in_the_device_id_or_the_subsystem():
    assert device_type(virtio(2)) == 2
    assert device_type(virtio(16, ports=False)) == 16
    assert device_type(function_of(0x8086, 0x1000, subsystem=2)) == 0
    assert device_type(function_of(0x1AF4, 0x1110)) == 0


def test_a_transitional_device_has_two_ways_in():
    assert [way.modern for way in transports(virtio(2))] == [True, False]
    assert [way.modern for way in transports(virtio(2, ports=False))] == [True]
    assert [way.modern for way in transports(virtio(2, modern=False))] == [False]
    assert transports(function_of(0x1AF4, 0x1041)) == ()


def test_a_modern_device_is_brought_up_in_the_order_of_the_specification():
    commands = texts(Modern(virtio(2)).bring_up(0x1_0000_0020, [SplitRing(0x100000, 8)], 3))
    assert commands == [
        f"writeb {COMMON + 0x14:#x} 0x0",
        f"writeb {COMMON + 0x14:#x} 0x3",
        f"writel {COMMON + 8:#x} 0x0",
        f"writel {COMMON + 12:#x} 0x20",
        f"writel {COMMON + 8:#x} 0x1",
        f"writel {COMMON + 12:#x} 0x1",
        f"writeb {COMMON + 0x14:#x} 0xb",
        f"writew {COMMON + 0x10:#x} 0x3",
        f"writew {COMMON + 0x16:#x} 0x0",
        f"writew {COMMON + 0x18:#x} 0x8",
        f"writel {COMMON + 0x20:#x} 0x100000",
        f"writel {COMMON + 0x24:#x} 0x0",
        f"writel {COMMON + 0x28:#x} 0x100080",
        f"writel {COMMON + 0x2C:#x} 0x0",
        f"writel {COMMON + 0x30:#x} 0x101000",
        f"writel {COMMON + 0x34:#x} 0x0",
        f"writew {COMMON + 0x1C:#x} 0x1",
        f"writew {COMMON + 0x1A:#x} 0x3",
        f"writeb {COMMON + 0x14:#x} 0xf",
    ]


def test_a_modern_device_is_kicked_and_asked_where_its_capabilities_say():
    way = Modern(virtio(2))
    assert str(way.kick(3)) == f"writew {NOTIFY + 12:#x} 0x3"
    assert str(way.acknowledge()) == f"readb {ISR:#x}"
    assert str(way.config_read(4, 2)) == f"readw {DEVICE + 4:#x}"
    assert str(way.config_write(4, 1, 9)) == f"writeb {DEVICE + 4:#x} 0x9"
    assert way.config_size == 0x1000


def test_a_device_without_configuration_has_none_to_read():
    bare = function_of(
        0x1AF4,
        0x1044,
        (4, "memory", 0x4000),
        capabilities=tuple(one for one in CAPABILITIES if one.body[3] != 4),
    )
    way = Modern(bare)
    assert way.config_size == 0
    with pytest.raises(ValueError, match="are not in BAR 0 of 0x0 bytes"):
        way.config_read(0, 1)


def test_structures_outside_of_the_mapped_registers_are_no_interface():
    small = function_of(0x1AF4, 0x1044, (4, "memory", 0x2000), capabilities=CAPABILITIES)
    with pytest.raises(ValueError, match="has no modern virtio interface"):
        Modern(small)


def test_a_legacy_device_is_brought_up_through_ports():
    commands = texts(Legacy(virtio(2)).bring_up(0x20, [SplitRing(0x100000, 8)]))
    assert commands == [
        "outb 0xc012 0x0",
        "outb 0xc012 0x3",
        "outl 0xc004 0x20",
        "outw 0xc00e 0x0",
        "outl 0xc008 0x100",
        "outb 0xc012 0x7",
    ]


def test_a_legacy_device_is_kicked_and_asked_through_ports():
    way = Legacy(virtio(2))
    assert str(way.kick(1)) == "outw 0xc010 0x1"
    assert str(way.acknowledge()) == "inb 0xc013"
    assert str(way.config_read(0, 1)) == "inb 0xc014"
    assert str(way.config_write(1, 1, 7)) == "outb 0xc015 0x7"
    assert way.config_size == 0x80 - 20


def test_memory_at_the_first_bar_is_no_legacy_interface():
    with pytest.raises(ValueError, match="has no legacy virtio interface"):
        Legacy(function_of(0x1AF4, 0x1000, (0, "memory", 0x1000)))
