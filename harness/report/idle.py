"""Idle: why a device that was tested was not brought away from power-on.

Most are so for no reason but that nobody drives them yet.  What can't be helped is said here:
devices that only the world outside of QEMU moves, and fields that never change.  Values only.
"""

from __future__ import annotations

_NO_PORTS = "its only field is what was selected at a pair of ports that its machines do not have"
_OTHER_STRUCT = "its description is of another struct than its own: what it sends never changes"

#: What moves a device's state and is not there, by its type.
#:
#: Source: QEMU 7.2 and 11.1 hw/usb/host-libusb.c, hw/usb/redirect.c,
#: hw/display/ati.c, hw/display/dm163.c, hw/acpi/vmgenid.c (vmgenid_post_load),
#: hw/acpi/vmclock.c, hw/nvme/ctrl.c (nvme_ctrl_pre_save),
#: hw/pci-bridge/pci_expander_bridge.c (pxb_host_class_init), hw/arm/armv7m.c (vmstate_armv7m),
#: hw/pci-host/gpex.c, hw/timer/arm_timer.c (vmstate_sp804),
#: hw/intc/spapr_xive.c, hw/nvram/bcm2835_otp.c, hw/misc/mos6522.c and hw/m68k/q800.c,
#: hw/nvram/xlnx-zynqmp-efuse.c, hw/rtc/m48t59.c, hw/net/ftgmac100.c (vmstate_aspeed_mii),
#: hw/misc/aspeed_hace.c.
_NEEDS: dict[str, str] = {
    "usb-host": "it needs a USB device of the host",
    "usb-redir": "it needs a peer at its character device that speaks usbredir",
    "ccid-card-passthru": "what speaks to it here does so through an ISA port, which is not there",
    "dm163": "it has no registers: lines that a board connects are all that moves it",
    "vmgenid": "once the guest has told its place, loading changes memory there, as it should",
    "vmclock": "its only field is an address that never changes",
    "nvme-ns": "QEMU saves no controller with a namespace beside its own, once it is enabled, and "
    "dies of saving one that has none of its own",
    "armv7m": "its fields are the periods of two clocks, which the board sets once",
    "gpex-pcihost": _NO_PORTS,
    "sp804": "its only field are its timers' lines, which rise with time; here it stands still",
    "spapr-xive": "hypercalls alone change it, and those take a CPU that runs",
    "bcm2835-otp": "requests to the firmware's mailbox alone change its rows",
    "mos6522-q800-via2": "the machine goes off as soon as one of its lines is an output",
    "xlnx-zynqmp-efuse": "its registers are locked until a key is written",
    "sysbus-m48t02": _OTHER_STRUCT,
    "sysbus-m48t08": _OTHER_STRUCT,
    "sysbus-m48t59": _OTHER_STRUCT,
    "aspeed-mmi": _OTHER_STRUCT,
    "aspeed.hace-ast2600": "its only field counts the bytes of a request in several parts",
}

#: Types without a description whose bus or monitor has one: its fields are not theirs.
_UNDESCRIBED = frozenset({"ati-vga", "pxb-pcie", "pxb-cxl"})


#: Why none of its registers is reached, by type.
#: Source: QEMU 7.2 hw/i386/amd_iommu.c (amdvi_pci_class_init), hw/display/ramfb-standalone.c.
_UNREACHED: dict[str, str] = {
    "AMDVI-PCI": "its function has 0 for a vendor, and a guest finds none there",
    "ramfb": "it has none, and without a description nothing of it is sent",
}


def is_undescribed(device: str) -> bool:
    """Return whether what is sent with a device of that type is never its own state."""
    return device in _UNDESCRIBED


def why_idle(device: str) -> str:
    """Return why no field of a device moves; empty if nobody knows.

    Args:
        device: its type, with a number behind it where there are several.
    """
    return _NEEDS.get(device.partition("[")[0], "")


def why_unreached(device: str, said: str) -> str:
    """Return why a device was not tested: what was *said*, and more if its type is known.

    Args:
        device: its type.
        said: why, as the hunt says it.
    """
    more = _UNREACHED.get(device, "") if said.startswith("none of its registers") else ""
    return f"{said}: {more}" if more else said
