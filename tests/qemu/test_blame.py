"""A state that a real QEMU does not load: exactly the fields that were spoilt are named.

By default a few failures; all of them with

    pytest tests/qemu/test_blame.py --hypothesis-profile=thorough -n2
"""

from __future__ import annotations

import json
import re
import time
from itertools import combinations

import pytest
from click.testing import CliRunner
from hypothesis import settings

from harness.cli.blame import command
from harness.cli.status import CLEAN, COULD_NOT_RUN, FOUND
from harness.localise.refusal import blamed, refused_fields
from harness.qemu.binaries import find_one
from harness.qemu.decode import device_state
from harness.qemu.fresh import FreshGuest
from harness.qemu.guest import GuestOptions
from harness.streams.spoiling import Spoilt, spoilt
from harness.trace import Trace

pytestmark = pytest.mark.qemu

DEVICES = "e1000 rtl8139 usb-ehci nec-usb-xhci piix4-usb-uhci lsi53c895a pcnet tulip ne2k_pci"
#: Fields that QEMU looks at when it loads them, and a value that it refuses or dies of.
#: Source: QEMU 7.2 hw/timer/hpet.c, hpet_validate_num_timers; VMSTATE_*_EQUAL of the others'
#: descriptions; hw/scsi/lsi53c895a.c, lsi_post_load; hw/nvram/eeprom93xx.c, vmstate_eeprom;
#: target/i386/machine.c, cpu_post_load; hw/ide/core.c, ide_drive_post_load.
FATAL = {
    "hpet/num_timers": 0xFF,
    "fdc/state.num_floppies": 0xFF,
    "PCIBUS/nirq": 0xFFFF_FFFF,
    "vmmouse/queue_size": 0xFFFF_FFFF,
    "0000:00:06.0/uhci/num_ports_vmstate": 0xFF,
    "0000:00:07.0/lsiscsi/msg_len": 0xFFFF_FFFF,
    "cpu/env.fpregs_format_vmstate": 0xFFFF,
}
#: Fields that nobody looks at while they are loaded; of the network card's 32 768 registers, those
#: that there is nothing behind.
HARMLESS = re.compile(
    r"e1000/<e1000/full_mac_state>\.mac_reg\[(2[89]|3)\d{3}\]|fdc/state\.fifo|vmmouse/queue\["
    r"|eeprom/contents|tulip/filter|xhci\.intr\[\d+\]\.imod"
)
CASES = [names for count in (1, 2, 3) for names in combinations(FATAL, count)]
#: Failures that are looked at where nobody asked for more.
SAMPLE = (CASES[0], CASES[12], CASES[40])
#: Seconds that each may take.
MOST_S = 30


def chosen():
    is_thorough = settings.get_current_profile_name() == "thorough"
    return CASES[:28] + CASES[28::4] if is_thorough else SAMPLE


def pytest_generate_tests(metafunc):
    if "fatal" in metafunc.fixturenames:
        metafunc.parametrize("fatal", chosen(), ids=" ".join)


@pytest.fixture(scope="module")
def guest():
    devices = tuple(word for name in DEVICES.split() for word in ("-device", name))
    with FreshGuest(GuestOptions(devices=devices)) as guest:
        yield guest


def snapshot(guest, tag, *commands):
    guest.restart()
    guest.execute(commands)
    guest.save(tag)
    return guest.snapshot(tag)


@pytest.fixture(scope="module")
def good(guest):
    return snapshot(guest, "good")


@pytest.fixture(scope="module")
def used(good):
    """A state in which thousands of fields are not as at power-on, and nothing is wrong."""
    changes = [
        Spoilt(one, bytes([one.data[0] ^ 1, *one.data[1:]]))
        for one in device_state(good).fields
        if HARMLESS.search(f"{one.section}/{one.path}")
    ]
    assert len(changes) > 4000
    return spoilt(good, changes)


def spoil(stream, names):
    """Return the stream with fatal values in the fields of these names."""
    fields = {f"{one.section}/{one.path}": one for one in device_state(stream).fields}
    return spoilt(
        stream,
        [Spoilt(fields[name], FATAL[name].to_bytes(len(fields[name].data))) for name in names],
    )


def test_exactly_the_spoilt_fields_are_named(guest, good, used, fatal):
    bad = spoil(used, fatal)
    began = time.monotonic()
    causes = blamed(good, bad, guest.refusal)
    assert sorted(f"{one.section}/{one.path}" for cause in causes for one in cause) == sorted(fatal)
    assert time.monotonic() - began < MOST_S


def test_a_state_that_is_only_used_is_loaded(guest, used):
    assert guest.refusal(used) == ""


def test_the_guest_goes_on_as_it_was(guest, good):
    guest.restart()
    before = guest.state()
    assert guest.refusal(spoil(good, ["hpet/num_timers"]))
    assert guest.state() == before


def blame(tmp_path, good, bad, *more):
    paths = []
    for name, data in (("good", good), ("bad", bad)):
        (tmp_path / name).write_bytes(data)
        paths.append(str(tmp_path / name))
    return CliRunner().invoke(
        command, [*paths, "--guest", "qemu:pc", "--qemu", str(find_one().path), *more]
    )


@pytest.fixture(scope="module")
def bare():
    with FreshGuest(GuestOptions()) as guest:
        yield snapshot(guest, "bare")


def test_the_command_names_section_field_values_and_bits(tmp_path, bare):
    result = blame(tmp_path, bare, spoil(bare, ["hpet/num_timers", "vmmouse/queue_size"]))
    assert result.exit_code == FOUND, result.output
    assert "cause 2 of 2" in result.stdout
    assert "  hpet[0]/num_timers: 0x03 is loaded, 0x" in result.stdout
    assert "  vmmouse[0]/queue_size: 0x00000400 is loaded, 0x" in result.stdout


def test_the_command_prints_json(tmp_path, bare):
    result = blame(tmp_path, bare, spoil(bare, ["hpet/num_timers"]), "--json")
    document = json.loads(result.stdout)
    assert (document["schema"], document["schema_version"]) == ("vmstate-blame", 1)
    ((piece,),) = document["causes"]
    assert (piece["section"], piece["path"], piece["good"]) == ("hpet", "num_timers", "03")
    assert document["refusal"]


def test_what_is_loaded_has_no_cause(tmp_path, bare):
    result = blame(tmp_path, bare, bare)
    assert (result.exit_code, result.stdout) == (CLEAN, "it is loaded\n")


def test_what_is_asked_of_the_command_must_be_there(tmp_path, bare):
    bad = spoil(bare, ["hpet/num_timers"])
    result = blame(tmp_path, bad, bad)
    assert result.exit_code == COULD_NOT_RUN
    assert "the state that should load does not: " in result.stderr
    result = blame(tmp_path, bare, b"nothing")
    assert result.exit_code == COULD_NOT_RUN
    result = blame(tmp_path, bare, bad, "--guest", "model:pc")
    assert result.exit_code == COULD_NOT_RUN
    assert "model:pc" in result.stderr
    result = CliRunner().invoke(command, ["/nowhere", "/nowhere", "--guest", "qemu:pc"])
    assert result.exit_code == COULD_NOT_RUN
    assert "/nowhere: can't be read: No such file" in result.stderr


def test_of_a_checkpoint_that_is_refused_the_byte_and_its_bits_are_named():
    """The interlock's status in a slot's register, which the guest turns over and QEMU checks."""
    trace = Trace.parse(
        "outl 0xcf8 0x80000060\noutl 0xcfc 0xb0000001\nwriteb 0xb00080a9 0x8\ncycle"
    )
    options = GuestOptions(machine="q35", devices=("-device", "ioh3420,id=dut,chassis=1,addr=1"))
    with FreshGuest(options) as guest:
        (piece,) = refused_fields(guest, trace, 1)
    assert piece.section == "0000:00:01.0/ioh-3240-express-root-port"
    assert re.search(r"config.*\[0xaa\]$", piece.path), piece.path
    assert piece.bits == 0x80
