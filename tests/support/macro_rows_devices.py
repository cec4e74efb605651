"""The rows of macros that QEMU defines beside its devices."""

from __future__ import annotations

from collections.abc import Callable
from types import SimpleNamespace

from tests.support.macro_facts import DEVICES
from tests.support.macro_rows import Entry, device, from_two
from vmstate import VMS, Field
from vmstate.info import BUFFER, TIMER, UINT8, UINT16, UINT32, UINT64
from vmstate.info.devices import mips, msix, nvram, pci, ppc
from vmstate.info.devices.virtio import VIRTIO
from vmstate.info.devices.virtio_device import VirtioDevice
from vmstate.macros import VMSTATE_STRUCT, VMSTATE_UINT32
from vmstate.macros.devices import acpi, i386, unit_tests, virtio_iommu

_N = (VMSTATE_UINT32("n"),)


def _with(**constants: object) -> Callable[[], SimpleNamespace]:
    """Return what makes a state whose ``a`` has *constants*, which no field carries."""
    return lambda: SimpleNamespace(a=SimpleNamespace(**constants))


def _drive() -> SimpleNamespace:
    """Return a drive with a buffer of four bytes, where QEMU's has 131076."""
    return SimpleNamespace(io_buffer_total_len=4)


def _drives() -> SimpleNamespace:
    return SimpleNamespace(a=[_drive(), _drive()])


def _controller() -> SimpleNamespace:
    port = SimpleNamespace(port=SimpleNamespace(ifs=[_drive()]))
    return SimpleNamespace(a=SimpleNamespace(ports=1, dev=[port]))


def _pci() -> SimpleNamespace:
    return SimpleNamespace(a=SimpleNamespace(version_id=2, config=pci.ConfigSpace.blank()))


def _msix() -> SimpleNamespace:
    return SimpleNamespace(a=SimpleNamespace(msix=msix.Msix.blank(3)))


def _virtio() -> VirtioDevice:
    return VirtioDevice(config=bytearray(4))


def _clock() -> SimpleNamespace:
    return SimpleNamespace(multiplier=1, divider=1)


def _description(family: str, name: str, made: object) -> Entry:
    """Return the entry of a macro that makes a description: it is put to use in a struct."""
    field = VMSTATE_STRUCT("a", 0, made)
    expected = Field(name="a", flags=VMS.STRUCT, vmsd=made)
    return Entry(fact=DEVICES[family, f"VMSTATE_{name}"], made=(field,), expected=(expected,))


def _pci_hotplug() -> Entry:
    status = acpi.vmstate_acpi_pcihp_pci_status
    test = {"field_exists": from_two}
    number = {"flags": VMS.SINGLE, "info": UINT32, **test}
    array = {"flags": VMS.STRUCT | VMS.ARRAY, "num": 256, "vmsd": status, "version_id": 1, **test}
    return Entry(
        fact=DEVICES["acpi", "VMSTATE_PCI_HOTPLUG"],
        made=acpi.VMSTATE_PCI_HOTPLUG("a", from_two, from_two),
        expected=(
            Field(name="a.hotplug_select", **number),
            Field(name="a.acpi_pcihp_pci_status", **array),
            Field(name="a.acpi_index", **number),
        ),
    )


_SEGMENT = {bits: {"vmsd": i386.vmstate_segment[bits]} for bits in (32, 64)}
_HERE = {"field_exists": from_two}

BOARDS: tuple[Entry, ...] = (
    device("acpi", "CPU_HOTPLUG", "a", version_id=1, reset=_with(dev_count=2)),
    device("acpi", "MEMORY_HOTPLUG", "a", version_id=1, reset=_with(dev_count=2)),
    _pci_hotplug(),
    device("ich9", "GPE_ARRAY", "a", num=16, info=UINT8),
    device("piix4", "GPE_ARRAY", "a", info=UINT16),
    device("clock", "CLOCK", "a", reset=lambda: SimpleNamespace(a=_clock())),
    device("clock", "CLOCK_V", "a", 2, version_id=2, reset=lambda: SimpleNamespace(a=_clock())),
    device("clock", "ARRAY_CLOCK", "a", 2, num=2),
    device("clock", "ARRAY_CLOCK_V", "a", 2, 2, num=2, version_id=2),
    device("ptimer", "PTIMER", "a", version_id=1),
    device("ptimer", "PTIMER_ARRAY", "a", 2, num=2),
    device("fifo", "FIFO8_TEST", "a", from_two, reset=_with(capacity=4), **_HERE),
    device("fifo", "FIFO8", "a", reset=_with(capacity=4)),
    device("fifo", "FIFO32", "a", name="a.fifo", reset=_with(fifo=SimpleNamespace(capacity=4))),
    device("intc", "TIMER_PTR_VARRAY", "a", "n", num_field="n", info=TIMER, before=_N),
    device("nvram", "UINT16_HACK_TEST", "a", from_two, info=nvram.HACK_UINT16_FROM_UINT8, **_HERE),
    device("nvram", "UINT16_HACK", "a", from_two, info=nvram.HACK_UINT32_AS_UINT16, **_HERE),
)

BUSES: tuple[Entry, ...] = (
    device("ahci", "AHCI", "a", reset=_controller),
    device("ide", "IDE_BUS", "a", version_id=1),
    device("ide", "IDE_BUS_ARRAY", "a", 2, num=2, version_id=1),
    device("ide", "IDE_DRIVES", "a", num=2, version_id=3, reset=_drives),
    device("ide", "IDE_DRIVE", "a", version_id=1, reset=_with(io_buffer_total_len=4)),
    device("hid", "HID_KEYBOARD_DEVICE", "a"),
    device("hid", "HID_POINTER_DEVICE", "a"),
    device("i2c", "I2C_SLAVE", "a"),
    device("i2c", "SMBUS_DEVICE", "a"),
    device("i2c", "PMBUS_DEVICE", "a"),
    device("ipack", "IPACK_DEVICE", "a", version_id=1),
    device("pci", "PCI_DEVICE", "a", reset=_pci),
    device("pci", "PCI_DEVICE_POINTER", "a", reset=_pci),
    device("pci", "MSIX_TEST", "a", from_two, reset=_msix, **_HERE),
    device("pci", "MSIX", "a", reset=_msix),
    device("scsi", "SCSI_DEVICE", "a"),
    device("ssi", "SSI_PERIPHERAL", "a"),
    device("usb", "USB_DEVICE", "a"),
    device("usb", "U2F_KEY", "a"),
    device("s390x", "CCW_DEVICE", "a", version_id=1),
    device("s390x", "PTR_TO_IND_ADDR", "a", version_id=1, reset=_with(len=2, addr=0x1000)),
    device("ppc", "SPAPR_VIO", "a"),
)

CARDS: tuple[Entry, ...] = (
    device("net", "MACADDR", "a", size=6, info=BUFFER),
    device("net", "E1000E_INTR_DELAY_TIMER", "a"),
    device("net", "E1000E_INTR_DELAY_TIMER_ARRAY", "a", 2, num=2),
    device("net", "IGB_INTR_DELAY_TIMER", "a"),
    device("net", "IGB_INTR_DELAY_TIMER_ARRAY", "a", 2, num=2),
    device("vfio", "VFIO_INTX", "a"),
    device("vhost", "VHOST_INFLIGHT_REGION", "a"),
    device("virtio", "VIRTIO_DEVICE", name="virtio", info=VIRTIO, whole=True, reset=_virtio),
    _description("virtio_iommu", "INTERVAL", virtio_iommu.VMSTATE_INTERVAL()),
    _description("virtio_iommu", "MAPPING", virtio_iommu.VMSTATE_MAPPING()),
    _description("unit_tests", "INTERVAL", unit_tests.VMSTATE_INTERVAL()),
    _description("unit_tests", "MAPPING", unit_tests.VMSTATE_MAPPING()),
)

_LONGS = (("cpu32", {"info": UINT32}), ("cpu64", {"info": UINT64}))

CPUS: tuple[Entry, ...] = (
    *(device(family, "UINTTL", "a", **info) for family, info in _LONGS),
    *(device(family, "UINTTL_V", "a", 2, version_id=2, **info) for family, info in _LONGS),
    *(device(family, "UINTTL_ARRAY", "a", 3, num=3, **info) for family, info in _LONGS),
    *(
        device(family, "UINTTL_ARRAY_V", "a", 3, 2, num=3, version_id=2, **info)
        for family, info in _LONGS
    ),
    *(
        device(family, "UINTTL_SUB_ARRAY", "a", 1, 3, start=1, num=3, **info)
        for family, info in _LONGS
    ),
    device("i386", "SEGMENT", "a", **_SEGMENT[64]),
    device("i386", "SEGMENT_ARRAY", "a", 2, num=2, **_SEGMENT[64]),
    device("i386", "XMM_REGS", "a", 1, start=1, num=16),
    device("i386", "YMMH_REGS_VARS", "a", 1, 2, start=1, num=16, version_id=2),
    device("i386", "ZMMH_REGS_VARS", "a", 1, start=1, num=16),
    device("i386", "Hi16_ZMM_REGS_VARS", "a", 16, start=16, num=16),
    device("i386", "BND_REGS", "a", 4, num=4),
    device("i386", "MTRR_VARS", "a", 2, 2, num=2, version_id=2),
    device("i386", "LBR_VARS", "a", 2, 2, num=2, version_id=2),
    device("loongarch", "FPU_REGS", "a", 1, start=1, num=32),
    device("loongarch", "LSXH_REGS", "a", 1, start=1, num=32),
    device("loongarch", "LASXH_REGS", "a", 1, start=1, num=32),
    device("mips", "FPR_ARRAY_V", "a", 2, 2, num=2, version_id=2, info=mips.FPR),
    device("mips", "FPR_ARRAY", "a", 2, num=2, info=mips.FPR),
    device("mips", "TLB_ARRAY_V", "a", 2, 2, num=2, version_id=2, info=mips.TLB),
    device("mips", "TLB_ARRAY", "a", 2, num=2, info=mips.TLB),
    device("mips", "OCTEON_LLM_TREE", "a", version_id=1, info=mips.OCTEON_LLM_TREE),
    device("ppc", "PPC_TIMEBASE_V", "a", 2, version_id=2),
    device("ppc", "AVR_ARRAY_V", "a", 2, 2, start=32, num=2, version_id=2, info=ppc.AVR),
    device("ppc", "AVR_ARRAY", "a", 2, start=32, num=2, info=ppc.AVR),
    device("ppc", "FPR_ARRAY_V", "a", 2, 2, num=2, version_id=2, info=ppc.FPR),
    device("ppc", "FPR_ARRAY", "a", 2, num=2, info=ppc.FPR),
    device("ppc", "VSR_ARRAY_V", "a", 2, 2, num=2, version_id=2, info=ppc.VSR),
    device("ppc", "VSR_ARRAY", "a", 2, num=2, info=ppc.VSR),
    device("ppc", "SLB_ARRAY_V", "a", 2, 2, num=2, version_id=2, info=ppc.SLBE),
    device("ppc", "SLB_ARRAY", "a", 2, num=2, info=ppc.SLBE),
    device("sparc", "CPU_TIMER", "a"),
)

ROWS: tuple[Entry, ...] = (*BOARDS, *BUSES, *CARDS, *CPUS)
