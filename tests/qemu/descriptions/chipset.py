"""Host bridges, and the south bridge PIIX3.

Source: QEMU 7.2 hw/pci-host/i440fx.c, hw/isa/piix3.c, hw/pci-host/q35.c.
"""

from __future__ import annotations

from tests.qemu.descriptions.pci_parts import pci_constants, pci_limit
from tests.support.real_devices import Device, becomes, masked
from vmstate.description import VMStateDescription
from vmstate.macros import VMSTATE_INT32_ARRAY_V, VMSTATE_UINT8, VMSTATE_UNUSED
from vmstate.macros.devices.pci import VMSTATE_PCI_DEVICE

vmstate_i440fx = VMStateDescription(
    name="I440FX",
    version_id=3,
    minimum_version_id=3,
    fields=(
        VMSTATE_PCI_DEVICE("parent_obj"),
        VMSTATE_UNUSED(1),
    ),
    source="QEMU 7.2 hw/pci-host/i440fx.c",
)


vmstate_piix3_rcr = VMStateDescription(
    name="PIIX3/rcr",
    version_id=1,
    minimum_version_id=1,
    fields=(VMSTATE_UINT8("rcr"),),
    source="QEMU 7.2 hw/isa/piix3.c",
)

vmstate_piix3 = VMStateDescription(
    name="PIIX3",
    version_id=3,
    minimum_version_id=2,
    fields=(
        VMSTATE_PCI_DEVICE("dev"),
        VMSTATE_INT32_ARRAY_V("pci_irq_levels_vmstate", 4, 3),
    ),
    subsections=(vmstate_piix3_rcr,),
    source="QEMU 7.2 hw/isa/piix3.c",
)


vmstate_mch = VMStateDescription(
    name="mch",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_PCI_DEVICE("parent_obj"),
        VMSTATE_UNUSED(1),
    ),
    source="QEMU 7.2 hw/pci-host/q35.c",
)


DEVICES = (
    Device(
        section="I440FX",
        description=vmstate_i440fx,
        constants=pci_constants("parent_obj"),
        limits=(pci_limit("parent_obj"),),
    ),
    Device(
        section="PIIX3",
        description=vmstate_piix3,
        constants=pci_constants("dev"),
        limits=(
            pci_limit("dev"),
            masked(1, "a level is 0 or 1", "pci_irq_levels_vmstate[]"),
        ),
        rules=(
            becomes(
                lambda put: put.of("PCIBUS")[f"/irq_count[{put.index}]"] != 0,
                "hw/isa/piix3.c, piix3_post_load, piix3_pre_save: the levels are those of the bus",
                "pci_irq_levels_vmstate[]",
            ),
        ),
    ),
    Device(
        section="mch",
        description=vmstate_mch,
        machine="q35",
        constants=pci_constants("parent_obj"),
        limits=(pci_limit("parent_obj"),),
    ),
)
