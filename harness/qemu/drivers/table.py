"""The table of all drivers, and what they can have the functions of a machine do."""

from __future__ import annotations

from collections.abc import Iterable

from harness.qemu.drivers.ac97 import Ac97Driver
from harness.qemu.drivers.ahci import AhciDriver
from harness.qemu.drivers.cirrus import CirrusDriver
from harness.qemu.drivers.driver import Arena, Draw, Driver
from harness.qemu.drivers.e1000 import E1000
from harness.qemu.drivers.e1000e import E1000e
from harness.qemu.drivers.ehci import EhciDriver
from harness.qemu.drivers.es1370 import Es1370Driver
from harness.qemu.drivers.esp import EspDriver
from harness.qemu.drivers.hda import HdaDriver
from harness.qemu.drivers.i8255x import I8255x
from harness.qemu.drivers.ide import IdeDriver
from harness.qemu.drivers.igb import Igb
from harness.qemu.drivers.ipmi import IpmiDriver
from harness.qemu.drivers.lsi import LsiDriver
from harness.qemu.drivers.megasas import MegasasDriver
from harness.qemu.drivers.mptsas import MptSasDriver
from harness.qemu.drivers.ne2k_pci import Ne2kPci
from harness.qemu.drivers.nvme import NvmeDriver
from harness.qemu.drivers.ohci import OhciDriver
from harness.qemu.drivers.pcnet import Pcnet
from harness.qemu.drivers.pvscsi import PvscsiDriver
from harness.qemu.drivers.rtl8139 import Rtl8139
from harness.qemu.drivers.sdhci import SdhciDriver
from harness.qemu.drivers.smbus import SmbusDriver
from harness.qemu.drivers.tulip import Tulip
from harness.qemu.drivers.uhci import UhciDriver
from harness.qemu.drivers.virtio import Virtio
from harness.qemu.drivers.vmware_svga import VmwareSvgaDriver
from harness.qemu.drivers.vmxnet3 import Vmxnet3
from harness.qemu.drivers.xhci import XhciDriver
from harness.qemu.pci.function import Function
from harness.work import Work

#: Every driver; the first one that fits a function drives it.
DRIVERS: tuple[Driver, ...] = (
    Ac97Driver(),
    AhciDriver(),
    CirrusDriver(),
    E1000(),
    E1000e(),
    EhciDriver(),
    Es1370Driver(),
    EspDriver(),
    HdaDriver(),
    I8255x(),
    IdeDriver(),
    Igb(),
    IpmiDriver(),
    LsiDriver(),
    MegasasDriver(),
    MptSasDriver(),
    Ne2kPci(),
    NvmeDriver(),
    OhciDriver(),
    Pcnet(),
    PvscsiDriver(),
    Rtl8139(),
    SdhciDriver(),
    SmbusDriver(),
    Tulip(),
    UhciDriver(),
    Virtio(),
    VmwareSvgaDriver(),
    Vmxnet3(),
    XhciDriver(),
)


def works(
    functions: Iterable[Function], arena: Arena, drivers: Iterable[Driver] = DRIVERS
) -> tuple[Work, ...]:
    """Return what can be asked of *functions*, each of which may fill all of *arena*."""
    found = [
        (driver, function)
        for function in functions
        for driver in list(drivers)
        if driver.fits(function)
    ]
    first = {function.address: (driver, function) for driver, function in reversed(found)}
    return tuple(_work(driver, function, arena) for driver, function in list(first.values())[::-1])


def _work(driver: Driver, function: Function, arena: Arena) -> Work:
    transfer = driver.transfer(function, arena)
    return Work(
        driver.name,
        driver.start(function, arena),
        lambda data: driver.request(function, arena, Draw(data)),
        () if transfer is None else transfer.commands,
    )
