"""Chipsets: registers of a board's own functions that have no base address register.

A firmware gives them their addresses before anything else; until then there is no power
management, no SMBus and no region for configuration space.
"""

from __future__ import annotations

from harness.command import Command
from harness.qemu.pci.config import Access, Pages
from harness.qemu.pci.function import Function

_INTEL = 0x8086
_PIIX4_PM, _ICH9_LPC, _ICH9_SMBUS, _Q35_MCH = 0x7113, 0x2918, 0x2930, 0x29C0

#: Where q35's configuration space is put: below what is given to devices.
Q35_PAGES = Pages(0xB000_0000)

#: Offset, value and size of what is written, by the function's device id.
#:
#: Source: Intel 82371AB (PIIX4) data sheet 7.1.12 (PMBA), 7.1.27 (PMREGMISC);
#: Intel I/O Controller Hub 9 data sheet 13.1.13 (PMBASE),
#: 13.1.14 (ACPI_CNTL), 20.1.15 (HOSTC); Intel 3 Series Express Chipset
#: data sheet 5.1.14 (PCIEXBAR).
_WRITES: dict[int, tuple[tuple[int, int, int], ...]] = {
    _PIIX4_PM: ((0x40, 0x0601, 4), (0x80, 0x01, 4)),
    _ICH9_LPC: ((0x40, 0x0601, 4), (0x44, 0x80, 1)),
    _ICH9_SMBUS: ((0x40, 0x01, 1),),
    _Q35_MCH: ((0x64, 0, 4), (0x60, Q35_PAGES.base | 1, 4)),
}


#: Ports that such a function has from the start, told in a word of its configuration space: which
#: word, how many there are, and as which base address register drivers know them.
#:
#: Source: Intel 82371AB (PIIX4) data sheet 7.1.28 (SMBBA).
_PORTS: dict[int, tuple[int, int, int]] = {_PIIX4_PM: (0x90, 0x40, 4)}


def ports(vendor_id: int, device_id: int, space: bytes) -> tuple[int, int, int] | None:
    """Return index, first port and size of what a function has without a register of that kind.

    Args:
        vendor_id: who made the function.
        device_id: which one it is.
        space: its configuration space at power-on.
    """
    if vendor_id != _INTEL or device_id not in _PORTS:
        return None
    offset, size, index = _PORTS[device_id]
    base = int.from_bytes(space[offset : offset + 2], "little") & ~(size - 1)
    return (index, base, size) if base else None


def commands(function: Function, access: Access) -> tuple[tuple[Command, ...], ...]:
    """Return the writes that give the registers of *function* their addresses, if any."""
    if function.vendor_id != _INTEL:
        return ()
    return tuple(
        access.write(function.address, offset, value, size)
        for offset, value, size in _WRITES.get(function.device_id, ())
    )


def pages(functions: tuple[Function, ...]) -> Pages | None:
    """Return the region for configuration space that :func:`commands` switches on, if any."""
    is_there = any((one.vendor_id, one.device_id) == (_INTEL, _Q35_MCH) for one in functions)
    return Q35_PAGES if is_there else None
