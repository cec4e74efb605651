"""Interrupt lines: the places that show what one of them does.

A device's line shows at an interrupt controller, in the counts that a bus keeps, and in the
status register of a PCI function.  Places only.
"""

from __future__ import annotations

from collections.abc import Iterable

from harness.difference import FieldPlace, LinePlace, Place, RegisterPlace
from harness.finding import register_place
from harness.regions import PAGE

#: The section of a PCI bus.  Source: QEMU 7.2 hw/pci/pci.c, vmstate_pcibus.
_BUS = "PCIBUS"
#: The levels of a PCI bus's lines, as its bridge sends them.
#: Source: QEMU 7.2 hw/isa/piix3.c, vmstate_piix3.
_LEVELS = "pci_irq_levels_vmstate"
#: Interrupt Status, in a function's status register.
#: Source: PCI Local Bus Specification 3.0, 6.2.3.
_STATUS, _INTERRUPT = 0x06, 0x08


def is_line(place: Place) -> bool:
    """Say whether *place* is a line, or what a bus says of one."""
    match place:
        case LinePlace():
            return True
        case FieldPlace(section=section, path=path):
            return section == _BUS or path.startswith(_LEVELS)
    return False


def is_interrupt_status(region: str, offset: int) -> bool:
    """Say whether a register is the one in which a PCI function shows whether its line is up."""
    return (region, offset) == (PAGE, _STATUS)


def interrupt_status(owner_type: str, places: Iterable[Place]) -> tuple[RegisterPlace, ...]:
    """Return where a PCI function of a type shows by itself what *places* say of its line.

    None unless there is a line among them; what is no PCI function has no such register.
    """
    if not any(map(is_line, places)):
        return ()
    return (register_place(owner_type, PAGE, _STATUS, _INTERRUPT),)
