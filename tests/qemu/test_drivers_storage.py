"""Storage, USB and sound drivers on a real QEMU: a transfer before and after a cycle."""

import pytest

from harness.qemu.drivers.ahci import AhciDriver
from tests.support.driven import Bench, assert_survives, assert_transfers

pytestmark = pytest.mark.qemu

_DISK = ("-blockdev", "null-co,node-name=disk,size=1048576,read-zeroes=on")

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
}


@pytest.fixture(params=CASES.values(), ids=CASES)
def driven(request, tmp_path):
    driver, wanted, machine, ticking, arguments = request.param
    devices = (*_DISK, *arguments.split())
    with Bench(tmp_path, wanted, *devices, machine=machine, ticking=ticking) as bench:
        yield bench, driver


def test_a_transfer_is_done_before_and_after_a_cycle(driven):
    assert_transfers(*driven)


def test_a_hundred_drawn_requests_leave_qemu_alive(driven):
    assert_survives(*driven)
