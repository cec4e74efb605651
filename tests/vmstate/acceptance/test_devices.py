"""Device rules: each one names a reason, and knows it by what QEMU says."""

from __future__ import annotations

import re

import pytest

from vmstate.acceptance.devices import RULES, rule_for

PREFIX = "qemu-system-x86_64: "
#: What a real 7.2 said, and the rule that it is of.
SAID = [
    (
        "pci config",
        "refused",
        "get_pci_config_device: Bad config data: i=0x0 read: 0 device: 86 cmask: ff wmask: 0",
    ),
    (
        "unknown run state",
        "refused",
        "error while loading state for instance 0x0 of device 'globalstate'",
    ),
    (
        "vapic state",
        "refused",
        "error while loading state for instance 0x0 of device 'kvm-tpr-opt'",
    ),
    (
        "run state that can't follow",
        "aborts",
        "invalid runstate transition: 'inmigrate' -> 'debug'",
    ),
    ("x87 format", "refused", "Unsupported old non-softfloat CPU state"),
    (
        "ahci engine",
        "refused",
        "AHCI: DMA engine should be off, but status bit indicates it is still running.",
    ),
    (
        "serial transmitter",
        "refused",
        "inconsistent state in serial device (tsr not empty, tsr_retry=0",
    ),
    ("hpet timers", "refused", "Input validation failed: hpet/num_timers in range"),
    (
        "acpi memory too large",
        "aborts",
        "Unexpected error in qemu_ram_resize() at ../../softmmu/physmem.c:1852:",
    ),
    (
        "machine name of 2 GiB",
        "aborts",
        "GLib: ../../../glib/gmem.c:136: failed to allocate 18446744073709551615 bytes",
    ),
    ("colo without a primary", "hangs", ""),
]
#: What strict mode says where QEMU says nothing.
REFUSAL = {
    "colo without a primary": "command at offset 0x18: ENABLE_COLO: COLO is off here",
}


@pytest.mark.parametrize(("name", "outcome", "said"), SAID, ids=[name for name, *_ in SAID])
def test_a_rule_knows_what_qemu_says(name, outcome, said):
    rule = rule_for(
        outcome, f"warning\n{PREFIX}{said}\n{PREFIX}load of migration failed", REFUSAL.get(name, "")
    )
    assert rule is not None
    assert rule.name == name


@pytest.mark.parametrize(("outcome", "said"), [(one[1], one[2]) for one in SAID])
def test_a_rule_is_for_one_outcome(outcome, said):
    other = {"refused": "aborts", "aborts": "refused", "hangs": "aborts"}[outcome]
    assert rule_for(other, said, "ENABLE_COLO: COLO is off here") is None
    assert rule_for(outcome, said and "nothing", "dma at offset 0x1: too old") is None


def test_what_no_rule_knows_is_not_explained():
    assert rule_for("refused", "Missing section footer for i8254", "") is None
    assert rule_for("aborts", "status -11", "") is None
    assert rule_for("hangs", "", "dma: too old") is None


def test_every_rule_is_read_here():
    assert {rule.name for rule in RULES} == {name for name, *_ in SAID}


@pytest.mark.parametrize("rule", RULES, ids=lambda rule: rule.name)
def test_a_rule_has_a_reason_and_a_source(rule):
    assert len(rule.reason.split()) > 5
    assert re.match(r"QEMU \d+\.\d+ \w+/\S+\.c, \w+", rule.source)
