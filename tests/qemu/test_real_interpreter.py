"""The real interpreter agrees: what our engine saves, QEMU loads and saves again.

Values at random are put into the sections of real devices, in place of those that QEMU
sent.  What comes back must be what was put in, or what a rule of the device says.
"""

from __future__ import annotations

import sys
from collections import defaultdict
from functools import cache
from pathlib import Path

import pytest

from harness.errors import GuestError
from tests.qemu.descriptions import (
    ahci,
    board,
    can,
    chipset,
    clocks,
    cpu,
    display,
    dma,
    e1000,
    e1000e,
    esp,
    ethernet,
    flash,
    floppy,
    hda,
    ich9,
    ide,
    interrupts,
    ipmi,
    pcie,
    piix4,
    raid,
    scsi,
    sd,
    serial,
    smbus,
    sound,
    usb,
    virtio,
    vmxnet3,
    xhci,
)
from tests.qemu.descriptions import input as input_devices
from tests.support.real_devices import matches
from tests.support.trial_runs import Run
from tests.support.written_macros import read_macros, written
from vmstate.macros.devices import acpi, fifo, hid, i2c, net, pci
from vmstate.macros.devices import ahci as ahci_macros
from vmstate.macros.devices import ide as ide_macros
from vmstate.macros.devices import scsi as scsi_macros
from vmstate.macros.devices import usb as usb_macros

pytestmark = pytest.mark.qemu

FAMILIES = (
    ahci,
    board,
    can,
    chipset,
    clocks,
    cpu,
    display,
    dma,
    e1000,
    e1000e,
    esp,
    ethernet,
    flash,
    floppy,
    hda,
    ich9,
    ide,
    input_devices,
    interrupts,
    ipmi,
    pcie,
    piix4,
    raid,
    scsi,
    sd,
    serial,
    sound,
    usb,
    virtio,
    vmxnet3,
    xhci,
)
#: Modules with nested descriptions: those that the macros of devices stand for.
NESTED = (
    acpi,
    ahci_macros,
    fifo,
    hid,
    i2c,
    ide_macros,
    net,
    pci,
    scsi_macros,
    smbus,
    usb_macros,
)
DEVICES = tuple(device for family in FAMILIES for device in family.DEVICES)
for module in (*FAMILIES, *NESTED):
    read_macros(module)


@cache
def run_of(machine):
    """Return all rounds of *machine*, gone through when they are asked for first."""
    try:
        return Run(machine, DEVICES)
    except GuestError as error:
        # Once is enough: every test of the machine says the same.
        return error


def run(device):
    found = run_of(device.machine)
    if isinstance(found, GuestError):
        pytest.fail(str(found))
    return found


by_device = pytest.mark.parametrize(
    "device", DEVICES, ids=[f"{device.machine}:{device.name}" for device in DEVICES]
)


def test_each_family_of_descriptions_is_asked():
    folder = Path(__file__).with_name("descriptions")
    families = {path.stem for path in folder.glob("*.py")} - {"pci_parts", "smbus", "virtio_parts"}
    assert families == {family.__name__.rpartition(".")[2] for family in FAMILIES}


@by_device
def test_what_is_put_into_a_device_comes_back(device):
    assert [str(difference) for difference in run(device).differences(device.name)] == []


@by_device
def test_the_values_are_not_those_at_power_on(device):
    section = run(device).trial.sections[device.name]
    changed = {
        path
        for one in run(device).rounds
        for path, leaf in one.put[device.name].items()
        if leaf.data != getattr(section.at_power_on.get(path), "data", None)
    }
    assert changed


@by_device
def test_each_limit_of_a_device_holds_for_a_field(device):
    paths = run(device).rounds[0].put[device.name]
    idle = [
        pattern
        for limit in device.limits
        for pattern in limit.paths
        if not any(matches(pattern, path) for path in paths)
    ]
    assert idle == []


@by_device
def test_each_rule_of_a_device_changes_a_value(device):
    section = run(device).trial.sections[device.name]
    idle = [
        rule.why
        for rule in device.rules
        if not any(
            section.expected(one.put, path) != leaf
            for one in run(device).rounds
            for path, leaf in one.put[device.name].items()
            if rule.holds_for(path)
        )
    ]
    assert idle == []


@cache
def proofs_of():
    """Return, by macro, the fields that came back as they were put in, and not as at power-on."""
    found = defaultdict(set)
    for device in DEVICES:
        section = run(device).trial.sections[device.name]
        for one in run(device).rounds:
            back = section.came_back(one.back[device.name])
            for path, leaf in one.put[device.name].items():
                before = section.at_power_on.get(path)
                is_other = before is None or before.data != leaf.data
                came = back.get(path)
                if is_other and came is not None and came.data == leaf.data:
                    for macro in leaf.macros:
                        found[macro].add(f"{device.name}: {path}")
    return found


#: Macros in the descriptions of which no field can show that it came back, and why.
UNPROVEN = {
    **dict.fromkeys(
        ("VMSTATE_UINT8_EQUAL", "VMSTATE_UINT16_EQUAL", "VMSTATE_UINT16_EQUAL_V"),
        "both sides must hold the same number",
    ),
    "VMSTATE_INT32_EQUAL": "both sides must hold the same number",
    "VMSTATE_INT32_POSITIVE_LE": "no device has a version below its own",
    **dict.fromkeys(
        (
            *("VMSTATE_UNUSED", "VMSTATE_UNUSED_TEST", "VMSTATE_UNUSED_V"),
            "VMSTATE_UNUSED_VARRAY_UINT32",
        ),
        "its bytes are no value",
    ),
    "VMSTATE_VALIDATE": "it has no bytes",
    **dict.fromkeys(
        ("VMSTATE_STATIC_BUFFER", "VMSTATE_UINT32_TEST", "VMSTATE_VSTRUCT_TEST"),
        "only streams of older releases have it",
    ),
    **dict.fromkeys(
        ("VMSTATE_UINT16_HACK", "VMSTATE_UINT16_HACK_TEST"),
        "only streams of older releases have it, and it is never saved",
    ),
    "VMSTATE_STRUCT_ARRAY_TEST": "its test says no",
    "VMSTATE_BUFFER_POINTER_UNSAFE": "the guest has not accepted that its bytes matter",
}
#: How many macros are proven at least.
ENOUGH = 70


@pytest.mark.parametrize("macro", sorted(written() - set(UNPROVEN)))
def test_a_field_of_each_macro_comes_back_as_it_was_put_in(macro):
    assert proofs_of()[macro]


def test_enough_macros_are_proven():
    table = {macro: paths for macro, paths in proofs_of().items() if paths}
    for macro, paths in sorted(table.items()):
        # For whoever asks with -s: which devices stand for a macro.
        devices = sorted({path.partition(": ")[0] for path in paths})
        sys.stdout.write(f"{macro}: {', '.join(devices)}\n")
    assert len(table) >= ENOUGH


def test_what_can_not_be_proven_has_a_reason():
    assert {macro for macro in UNPROVEN if proofs_of().get(macro)} == set()
