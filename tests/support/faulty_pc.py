"""``model:pc`` with a bug: the master interrupt controller's mask is in no description."""

from __future__ import annotations

from functools import partial

from device_models.catalog import MACHINES
from device_models.faults import hide_attribute, plant
from device_models.machine import Machine
from device_models.pc.machine import build_pc

#: What a hunt for the bug must name.
DEVICE, OWNER, SECTION, FIELD = "isa-i8259[0]", "/machine/pic1", "i8259", "imr"
#: The shortest trace that shows it.
TRACE = "outb 0x21 0x1\ncycle\ninb 0x21\n"


def build_faulty_pc() -> Machine:
    machine = build_pc()
    slot = next(slot for slot in machine.slots if slot.name == "pic1")
    plant(slot, partial(hide_attribute, path=FIELD))
    return machine


def install() -> None:
    """Put the faulty machine in the place of the right one, in this process."""
    MACHINES["pc"] = build_faulty_pc
