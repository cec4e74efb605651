"""Storage, USB and sound drivers on a real QEMU: a transfer before and after a cycle."""

import pytest

from harness.qemu.drivers.ac97 import Ac97Driver
from harness.qemu.drivers.access import fetch
from harness.qemu.drivers.ahci import AhciDriver
from harness.qemu.drivers.cirrus import CirrusDriver
from harness.qemu.drivers.driver import Check
from harness.qemu.drivers.ehci import EhciDriver
from harness.qemu.drivers.es1370 import Es1370Driver
from harness.qemu.drivers.esp import EspDriver
from harness.qemu.drivers.hda import HdaDriver
from harness.qemu.drivers.ide import IdeDriver
from harness.qemu.drivers.lsi import LsiDriver
from harness.qemu.drivers.megasas import MegasasDriver
from harness.qemu.drivers.mptsas import MptSasDriver
from harness.qemu.drivers.nvme import NvmeDriver
from harness.qemu.drivers.ohci import OhciDriver
from harness.qemu.drivers.pvscsi import PvscsiDriver
from harness.qemu.drivers.sdhci import SdhciDriver
from harness.qemu.drivers.uhci import UhciDriver
from harness.qemu.drivers.vmware_svga import VmwareSvgaDriver
from harness.qemu.drivers.xhci import XhciDriver
from tests.support.driven import ARENA, Bench, assert_drives

pytestmark = pytest.mark.qemu

_DISK = ("-blockdev", "null-co,node-name=disk,size=1048576,read-zeroes=on")
_SOUND = ("-audiodev", "none,id=sound")

_STICK = "usb-storage,drive=disk"

#: Driver, identifiers of the function, machine, whether it needs its timers, arguments.
CASES = {
    "ahci": (
        *(AhciDriver(), (0x8086, 0x2922), "pc", False),
        "-device ich9-ahci,id=dut -device ide-hd,bus=dut.0,drive=disk",
    ),
    "ahci built in": (
        *(AhciDriver(), (0x8086, 0x2922), "q35", False),
        "-device ide-hd,drive=disk",
    ),
    "ide built in": (
        *(IdeDriver(), (0x8086, 0x7010), "pc", False),
        "-device ide-hd,drive=disk",
    ),
    "ide built in, primary": (
        *(IdeDriver(), (0x8086, 0x7010), "pc", False),
        "-device ide-hd,drive=disk,bus=ide.0 -device ide-cd,bus=ide.1",
    ),
    "ide piix4": (
        *(IdeDriver(), (0x8086, 0x7111), "q35", False),
        "-device piix4-ide,id=dut -device ide-hd,drive=disk,bus=dut.0",
    ),
    **{
        name: (
            *(driver, wanted, "pc", False),
            f"-device {name},id=dut -device scsi-hd,bus=dut.0,drive=disk",
        )
        for name, driver, wanted in (
            ("lsi53c895a", LsiDriver(), (0x1000, 0x0012)),
            ("lsi53c810", LsiDriver(), (0x1000, 0x0001)),
            ("am53c974", EspDriver(), (0x1022, 0x2020)),
            ("dc390", EspDriver(), (0x1022, 0x2020)),
            ("mptsas1068", MptSasDriver(), (0x1000, 0x0054)),
            ("pvscsi", PvscsiDriver(), (0x15AD, 0x07C0)),
            ("megasas", MegasasDriver(), (0x1000, 0x0060)),
            ("megasas-gen2", MegasasDriver(), (0x1000, 0x0079)),
        )
    },
    **{
        f"hda {name}": (
            *(HdaDriver(), (0x8086, device), "pc", ticking),
            f"-device {name},id=dut -device hda-duplex,bus=dut.0,audiodev=sound",
        )
        for name, device, ticking in (
            ("intel-hda", 0x2668, False),
            ("ich9-intel-hda", 0x293E, True),
        )
    },
    "ac97": (
        *(Ac97Driver(), (0x8086, 0x2415), "pc", False),
        "-device AC97,audiodev=sound",
    ),
    "cirrus": (*(CirrusDriver(), (0x1013, 0x00B8), "pc", False), "-device cirrus-vga"),
    "vmware-svga": (
        *(VmwareSvgaDriver(), (0x15AD, 0x0405), "pc", False),
        "-device vmware-svga",
    ),
    "es1370": (
        *(Es1370Driver(), (0x1274, 0x5000), "pc", True),
        "-device ES1370,audiodev=sound",
    ),
}
CASES |= {
    f"{name} {device.partition(',')[0]}": (
        *(driver, wanted, "pc", ticking),
        f"-device {controller},id=dut -device {device},bus=dut.0",
    )
    for name, driver, wanted, ticking, controller, devices in (
        ("uhci", UhciDriver(), (0x8086, 0x7020), True, "piix3-usb-uhci", (_STICK, "usb-hub")),
        ("ohci", OhciDriver(), (0x106B, 0x003F), True, "pci-ohci", (_STICK, "usb-ccid")),
        ("ehci", EhciDriver(), (0x8086, 0x24CD), False, "usb-ehci", (_STICK, "usb-tablet")),
        ("xhci", XhciDriver(), (0x1B36, 0x000D), False, "qemu-xhci", (_STICK, "usb-ccid")),
        ("nec xhci", XhciDriver(), (0x1033, 0x0194), False, "nec-usb-xhci", ("usb-tablet",)),
    )
    for device in devices
}
#: Devices whose section leaves out their PCI configuration, so that a firmware has to map them
#: again.  QEMU 7.2 hw/sd/sdhci.c: sdhci_vmstate, which sdhci-pci takes as it is.
FORGETFUL = {
    "sdhci": (
        *(SdhciDriver(), (0x1B36, 0x0007), "pc", False),
        "-device sdhci-pci,id=dut -device sd-card,bus=sd-bus,drive=disk",
    ),
}
#: Devices that QEMU refuses to save at all.
UNMIGRATABLE = {
    "nvme": (
        *(NvmeDriver(), (0x1B36, 0x0010), "pc", False),
        "-device nvme,drive=disk,serial=1",
    ),
}


def bench(tmp_path, case):
    _, wanted, machine, ticking, arguments = case
    devices = (*_DISK, *_SOUND, *arguments.split())
    return Bench(tmp_path, wanted, *devices, machine=machine, ticking=ticking)


@pytest.mark.parametrize("case", CASES.values(), ids=CASES)
def test_a_driver_transfers_before_and_after_a_cycle_and_leaves_qemu_alive(tmp_path, case):
    with bench(tmp_path, case) as machine:
        assert_drives(machine, case[0])


@pytest.mark.parametrize("case", FORGETFUL.values(), ids=FORGETFUL)
def test_what_forgets_its_addresses_transfers_once_it_is_mapped_again(tmp_path, case):
    driver, wanted, *_ = case
    with bench(tmp_path, case) as machine:

        def cycle_and_map(machine):
            machine.cycle()
            command = machine.session.hmp("info pci", "looking")
            assert "0xffffffffffffffff" in command
            assert machine.map(wanted) == machine.function

        assert_drives(machine, driver, cycle=cycle_and_map)


@pytest.mark.parametrize("case", UNMIGRATABLE.values(), ids=UNMIGRATABLE)
def test_what_can_not_be_saved_still_transfers(tmp_path, case):
    with bench(tmp_path, case) as machine:
        assert_drives(machine, case[0], cycle=lambda machine: None)


def test_sound_is_recorded_as_time_goes_by(tmp_path):
    """Where there is no sound, silence takes the place of what was in the buffer."""
    with bench(tmp_path, (*CASES["ac97"][:3], True, CASES["ac97"][4])) as machine:
        transfer = CASES["ac97"][0].transfer(machine.function, ARENA)
        machine.send((*transfer.start, *transfer.commands))
        check = Check(fetch(ARENA.base + 0x10000, 64), bytes(64))
        assert not machine.holds(check)
        assert machine.settles([check]) == []
