"""Virtio devices and network cards on a real QEMU: transfers, cycles, requests."""

import random

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
from harness.qemu.image import empty_qcow2
from tests.support.driver_bench import ARENA, Bench

pytestmark = pytest.mark.qemu

MEMORY = ("-object", "memory-backend-ram,id=m,size=128M,share=on", "-m", "slots=2,maxmem=4G")
DISK = ("-blockdev", "qcow2,node-name=d,file.driver=file,file.filename={disk}")
NET = ("-netdev", "hubport,hubid=0,id=n")

#: The driver, and the arguments of the device that it drives.
CASES = {
    "virtio-blk": (Virtio(), (*DISK, "-device", "virtio-blk-pci,id=dut,drive=d")),
    "virtio-blk packed": (
        Virtio(packed=True),
        (*DISK, "-device", "virtio-blk-pci,id=dut,drive=d,packed=on"),
    ),
    "virtio-blk legacy": (
        Virtio(legacy=True),
        (*DISK, "-device", "virtio-blk-pci-transitional,id=dut,drive=d"),
    ),
    "virtio-scsi": (Virtio(), ("-device", "virtio-scsi-pci,id=dut")),
    "virtio-scsi packed": (Virtio(packed=True), ("-device", "virtio-scsi-pci,id=dut,packed=on")),
    "virtio-9p": (
        Virtio(),
        ("-fsdev", "synth,id=f", "-device", "virtio-9p-pci,id=dut,fsdev=f,mount_tag=tag"),
    ),
    "virtio-net": (Virtio(), (*NET, "-device", "virtio-net-pci,id=dut,netdev=n")),
    "virtio-net legacy": (
        Virtio(legacy=True),
        (*NET, "-device", "virtio-net-pci-transitional,id=dut,netdev=n"),
    ),
    "virtio-serial": (Virtio(), ("-device", "virtio-serial-pci,id=dut")),
    "virtio-balloon": (Virtio(), ("-device", "virtio-balloon-pci,id=dut")),
    "virtio-keyboard": (Virtio(), ("-device", "virtio-keyboard-pci,id=dut")),
    "virtio-tablet": (Virtio(), ("-device", "virtio-tablet-pci,id=dut")),
    "virtio-gpu": (Virtio(), ("-device", "virtio-gpu-pci,id=dut")),
    "virtio-iommu": (Virtio(), ("-device", "virtio-iommu-pci,id=dut")),
    "virtio-mem": (Virtio(), (*MEMORY, "-device", "virtio-mem-pci,id=dut,memdev=m")),
}

#: Cards behind a hub.
CARDS = {
    "e1000": E1000(),
    "e1000-82544gc": E1000(),
    "e1000-82545em": E1000(),
    "e1000e": E1000e(),
    "rtl8139": Rtl8139(),
    "pcnet": Pcnet(),
    "i82550": I8255x(),
    "i82559er": I8255x(),
    "tulip": Tulip(),
    "ne2k_pci": Ne2kPci(),
    "vmxnet3": Vmxnet3(),
}
CASES |= {
    name: (driver, (*NET, "-device", f"{name},id=dut,netdev=n")) for name, driver in CARDS.items()
}

#: Devices whose transfers nothing shows while the machine is stopped, or that QEMU does not
#: save; they take requests all the same.
BUSY = {
    "virtio-rng": (
        Virtio(),
        ("-object", "rng-builtin,id=r", "-device", "virtio-rng-pci,id=dut,rng=r"),
    ),
    "virtio-crypto": (
        Virtio(),
        (
            *("-object", "cryptodev-backend-builtin,id=c"),
            *("-device", "virtio-crypto-pci,id=dut,cryptodev=c"),
        ),
    ),
    "virtio-pmem": (Virtio(), (*MEMORY, "-device", "virtio-pmem-pci,id=dut,memdev=m")),
}


@pytest.fixture(scope="module")
def bench(request, tmp_path_factory):
    """A machine with the device of the case; all tests of a case have the same."""
    disk = tmp_path_factory.mktemp("disk") / "disk.qcow2"
    disk.write_bytes(empty_qcow2())
    _, arguments = request.param
    with Bench([one.format(disk=disk) for one in arguments]) as bench:
        yield bench


def pair(cases):
    """Both a driver and a machine for each case."""
    every = CASES | BUSY
    return pytest.mark.parametrize(
        ("driver", "bench"),
        [pytest.param(every[name][0], every[name], id=name) for name in cases],
        indirect=["bench"],
        scope="module",
    )


def touches_memory_only(command):
    return command.verb in ("write", "memset")


@pair(CASES)
def test_a_transfer_is_done_before_and_after_a_cycle(driver, bench):
    transfer = driver.transfer(bench.function, ARENA)
    bench.send(transfer.start)
    # What is put into memory does not look like the answer.
    bench.send([one for one in transfer.commands if touches_memory_only(one)])
    assert bench.failing(transfer.checks, within_s=0) != []
    bench.send(transfer.commands)
    assert bench.failing(transfer.checks) == []
    bench.cycle()
    bench.send(transfer.commands)
    assert bench.failing(transfer.checks) == []


@pair(CASES | BUSY)
def test_a_hundred_requests_leave_the_machine_alive(driver, bench):
    assert driver.fits(bench.function)
    bench.send(driver.start(bench.function, ARENA))
    source = random.Random(1)
    for _ in range(100):
        bench.send(driver.request(bench.function, ARENA, Draw(source.randbytes(400))))
    assert "paused" in bench.session.hmp("info status", "asking").lower()
