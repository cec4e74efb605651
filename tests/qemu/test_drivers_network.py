"""Virtio devices and network cards on a real QEMU: a transfer before and after a cycle."""

import pytest

from harness.qemu.drivers.driver import Draw
from harness.qemu.drivers.e1000 import E1000
from harness.qemu.drivers.e1000e import E1000e
from harness.qemu.drivers.i8255x import I8255x
from harness.qemu.drivers.ne2k_pci import Ne2kPci
from harness.qemu.drivers.pcnet import Pcnet
from harness.qemu.drivers.rtl8139 import Rtl8139
from harness.qemu.drivers.tulip import Tulip
from harness.qemu.drivers.virtio import Virtio
from harness.qemu.drivers.vmxnet3 import Vmxnet3
from tests.support.driven import ARENA, Bench, assert_drives, drawn

pytestmark = pytest.mark.qemu

_MEMORY = "-object memory-backend-ram,id=m,size=128M,share=on -m slots=2,maxmem=4G"
_DISK = "-blockdev null-co,node-name=d,size=1048576,read-zeroes=on"
_HUB = "-netdev hubport,hubid=0,id=n"
_SYNTHETIC = "-fsdev synth,id=f"

#: Driver, device ID behind virtio's vendor, arguments.
_VIRTIO = {
    "blk": (Virtio(), 0x1001, f"{_DISK} -device virtio-blk-pci,drive=d"),
    "blk packed": (
        *(Virtio(packed=True), 0x1001),
        f"{_DISK} -device virtio-blk-pci,drive=d,packed=on",
    ),
    "blk legacy": (
        *(Virtio(legacy=True), 0x1001),
        f"{_DISK} -device virtio-blk-pci-transitional,drive=d",
    ),
    "scsi": (Virtio(), 0x1004, "-device virtio-scsi-pci"),
    "scsi packed": (Virtio(packed=True), 0x1004, "-device virtio-scsi-pci,packed=on"),
    "9p": (Virtio(), 0x1009, f"{_SYNTHETIC} -device virtio-9p-pci,fsdev=f,mount_tag=tag"),
    "net": (Virtio(), 0x1000, f"{_HUB} -device virtio-net-pci,netdev=n"),
    "net legacy": (
        *(Virtio(legacy=True), 0x1000),
        f"{_HUB} -device virtio-net-pci-transitional,netdev=n",
    ),
    "serial": (Virtio(), 0x1003, "-device virtio-serial-pci"),
    "balloon": (Virtio(), 0x1002, "-device virtio-balloon-pci"),
    "keyboard": (Virtio(), 0x1052, "-device virtio-keyboard-pci"),
    "tablet": (Virtio(), 0x1052, "-device virtio-tablet-pci"),
    "gpu": (Virtio(), 0x1050, "-device virtio-gpu-pci"),
    "iommu": (Virtio(), 0x1057, "-device virtio-iommu-pci"),
    "mem": (Virtio(), 0x1058, f"{_MEMORY} -device virtio-mem-pci,memdev=m"),
}

#: Cards behind a hub.
_CARDS = {
    "e1000": (E1000(), (0x8086, 0x100E)),
    "e1000-82544gc": (E1000(), (0x8086, 0x100C)),
    "e1000-82545em": (E1000(), (0x8086, 0x100F)),
    "e1000e": (E1000e(), (0x8086, 0x10D3)),
    "rtl8139": (Rtl8139(), (0x10EC, 0x8139)),
    "pcnet": (Pcnet(), (0x1022, 0x2000)),
    "i82550": (I8255x(), (0x8086, 0x1209)),
    "i82557a": (I8255x(), (0x8086, 0x1229)),
    "tulip": (Tulip(), (0x1011, 0x0019)),
    "ne2k_pci": (Ne2kPci(), (0x10EC, 0x8029)),
    "vmxnet3": (Vmxnet3(), (0x15AD, 0x07B0)),
}

CASES = {
    **{
        f"virtio-{name}": (driver, (0x1AF4, device), arguments)
        for name, (driver, device, arguments) in _VIRTIO.items()
    },
    **{
        name: (driver, wanted, f"{_HUB} -device {name},netdev=n")
        for name, (driver, wanted) in _CARDS.items()
    },
}

#: Devices of which nothing is seen while the machine is stopped, or that QEMU does not save.
BUSY = {
    "virtio-rng": (0x1005, "-object rng-builtin,id=r -device virtio-rng-pci,rng=r"),
    "virtio-crypto": (
        0x1054,
        "-object cryptodev-backend-builtin,id=c -device virtio-crypto-pci,cryptodev=c",
    ),
    "virtio-pmem": (0x105B, f"{_MEMORY} -device virtio-pmem-pci,memdev=m"),
}


@pytest.mark.parametrize("name", CASES)
def test_a_transfer_is_done_before_and_after_a_cycle(name, tmp_path):
    driver, wanted, arguments = CASES[name]
    with Bench(tmp_path, wanted, *arguments.split(), machine="q35") as bench:
        assert_drives(bench, driver)


@pytest.mark.parametrize("name", BUSY)
def test_a_hundred_requests_leave_the_machine_alive(name, tmp_path):
    device, arguments = BUSY[name]
    driver = Virtio()
    with Bench(tmp_path, (0x1AF4, device), *arguments.split(), machine="q35") as bench:
        bench.send(driver.start(bench.function, ARENA))
        for data in drawn(100):
            bench.send(driver.request(bench.function, ARENA, Draw(data)))
        assert bench.ask("endianness").startswith("OK")
