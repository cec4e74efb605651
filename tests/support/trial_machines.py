"""The machines that values are put into: as many devices in as few processes as fit."""

from __future__ import annotations

import json
from pathlib import Path

from harness.qemu.argv import Machine


def _devices(*devices: str) -> tuple[str, ...]:
    return tuple(word for device in devices for word in ("-device", device))


def _null_disk(name: str, size: int) -> tuple[str, ...]:
    node = {"driver": "null-co", "node-name": name, "size": size, "read-zeroes": True}
    return ("-blockdev", json.dumps(node))


#: CPUs and memory that can be plugged in later have state of their own.
_COMMON = (
    *("-cpu", "max", "-smp", "1,maxcpus=4", "-m", "64M,slots=2,maxmem=256M"),
    *("-audiodev", "none,id=none"),
)

_PC = (
    *_COMMON,
    *("-chardev", "null,id=c0", "-chardev", "null,id=c1", "-chardev", "null,id=c2"),
    *("-object", "can-bus,id=can0"),
    *_null_disk("scsi", 1 << 20),
    *_null_disk("ide", 1 << 20),
    *_devices(
        *("e1000", "rtl8139", "i82550", "pcnet", "ne2k_pci", "tulip"),
        "vmxnet3",
        *("piix3-usb-uhci,id=uhci", "usb-kbd,bus=uhci.0", "usb-hub,bus=uhci.0,port=2"),
        *("usb-tablet,bus=uhci.0,port=2.1", "pci-ohci", "nec-usb-xhci"),
        *("AC97,audiodev=none", "ES1370,audiodev=none", "sb16,audiodev=none"),
        "cs4231a,iobase=0x634,audiodev=none",
        *("lsi53c895a", "am53c974,id=am", "scsi-hd,drive=scsi,bus=am.0"),
        *("mptsas1068", "megasas", "pvscsi", "sdhci-pci"),
        *("isa-ide", "ide-hd,bus=ide.0,drive=ide"),
        *("tpci200,id=tp", "ipoctal232,bus=tp.0", "kvaser_pci,canbus=can0"),
        *("isa-parallel,chardev=c0", "isa-serial,chardev=c1", "pci-serial,chardev=c2"),
        *("cirrus-vga", "vmware-svga", "vmcoreinfo"),
        *("ipmi-bmc-sim,id=bmc0", "isa-ipmi-kcs,bmc=bmc0", "i6300esb", "ib700"),
        # Not beside bridges: until firmware has numbered their buses, it takes any for bus 0.
        "virtio-iommu-pci,addr=0x1f",
    ),
)

_Q35 = (
    *_COMMON,
    *_null_disk("card", 256 << 20),
    *_null_disk("flash", 256 << 10),
    *("-machine", "pflash0=flash"),
    *("-netdev", "hubport,id=net,hubid=0"),
    *_devices(
        *("e1000e", "pcie-root-port,id=rp1,chassis=1,slot=1", "ioh3420,id=rp2,chassis=2,slot=2"),
        *("x3130-upstream,bus=rp2", "i82801b11-bridge"),
        *("ich9-intel-hda", "hda-duplex,audiodev=none"),
        *("VGA", "bochs-display"),
        *("sdhci-pci", "sd-card,drive=card", "usb-ehci"),
        *("ipmi-bmc-sim,id=bmc0", "smbus-ipmi,bmc=bmc0,address=0x20"),
        "virtio-net-pci,netdev=net",
    ),
)

_ARGUMENTS = {"pc": _PC, "q35": _Q35}


def machine_of(name: str, binary: Path) -> Machine:
    """Return the machine called *name*, which is a machine type too."""
    return Machine(binary, name, _ARGUMENTS[name], 64)
