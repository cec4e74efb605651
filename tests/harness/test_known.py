"""What is known: from cases to what a hunt leaves out of its observation."""

from dataclasses import replace

import msgspec
import pytest

from harness.corpus import case_from_finding
from harness.difference import FieldPlace, LinePlace
from harness.finding import Culprit, register_place
from harness.known import known_masks
from harness.regions import Owner, Register
from tests.support.findings import make_finding


def known(case, spec, arguments=()):
    return known_masks([case], "QEMU 7.2.22", spec, arguments)


def test_a_case_about_loading_masks_its_kind_of_failure():
    case = case_from_finding(make_finding(oracle="load", kind="crash", sightings=()))
    assert known(case, "qemu:pc").cases_of_failure("crash") == {case.id}
    assert known(case, "qemu:pc@7.2.22").cases_of_failure("crash") == {case.id}


def test_a_failure_of_one_guest_says_nothing_of_another():
    case = case_from_finding(make_finding(oracle="load", kind="crash", sightings=()))
    masks = known(case, "qemu:pc,device=edu")
    assert masks.cases_of_failure("crash") == set()


def test_a_machine_that_can_not_be_cycled_can_not_with_a_device_either():
    finding = make_finding(oracle="load", kind="crash", sightings=())
    machine = replace(finding.culprit, owner=Owner("pc-machine"))
    case = case_from_finding(replace(finding, culprit=machine))
    assert known(case, "qemu:pc,device=edu").cases_of_failure("crash") == {case.id}
    assert known(case, "qemu:q35,device=edu").cases_of_failure("crash") == set()


def test_a_failure_that_is_known_by_what_it_says_is_known_on_every_guest():
    finding = make_finding(oracle="load", kind="crash", sightings=(), seen="irq_count[i] == 0")
    case = msgspec.structs.replace(case_from_finding(finding), message="irq_count")
    masks = known(case, "qemu:q35,device=edu")
    assert masks.cases_of_failure("crash", "Assertion `irq_count'") == {case.id}
    assert masks.cases_of_failure("crash", "out of memory") == set()


def test_a_failure_of_a_device_is_known_in_another_machine_by_its_words():
    said = "killed by signal 6 during load\nqemu-system-x86_64: next.c:290: Assertion `!*p' failed."
    finding = make_finding(oracle="load", kind="crash", sightings=(), seen=said)
    case = msgspec.structs.replace(case_from_finding(finding), guest="qemu:pc,device=nvme")
    there, elsewhere = (known(case, f"qemu:virt,device={device}") for device in ("nvme", "edu"))
    again = said.replace("x86_64", "aarch64")
    assert there.cases_of_failure("crash", again) == {case.id}
    assert there.cases_of_failure("crash", again.replace("290", "291")) == set()
    assert there.cases_of_failure("hang", again) == set()
    assert elsewhere.cases_of_failure("crash", again) == set()


@pytest.mark.parametrize(
    ("said", "is_known"),
    [
        ("next.c:290: no\nqemu-system-arm: warning: slow\n", True),
        ("qemu-system-arm: warning: slow", False),
        ("", False),
    ],
)
def test_a_warning_is_not_what_a_failure_says(said, is_known):
    finding = make_finding(oracle="load", kind="crash", sightings=(), seen=said)
    case = msgspec.structs.replace(case_from_finding(finding), guest="qemu:pc,device=nvme")
    masks = known(case, "qemu:virt,device=nvme")
    told = f"next.c:290: no\n{said}"
    assert masks.cases_of_failure("crash", told) == ({case.id} if is_known else set())
    assert masks.cases_of_failure("crash", "warning: slow") == set()


def test_a_failure_that_is_legitimate_for_what_it_says_has_no_say_in_others():
    finding = make_finding(oracle="load", kind="does not load", sightings=(), seen="AHCI: no")
    case = msgspec.structs.replace(
        case_from_finding(finding), message="AHCI: no", legitimate="the guest moved it"
    )
    masks = known(case, "qemu:q35")
    assert masks.cases_of_failure("does not load", "AHCI: no") == {case.id}
    assert masks.case_with(case.signature) == ""


@pytest.mark.parametrize(
    ("spec", "is_known"),
    [
        ("qemu:pc,device=e1000", True),
        ("qemu:q35,device=e1000,reload=fresh@7.2.22", True),
        ("qemu:pc,device=e1000e", False),
        ("qemu:pc", False),
    ],
)
def test_what_a_device_does_to_a_line_says_nothing_of_others(spec, is_known):
    levels = "0000:00:01.0/PIIX3", "pci_irq_levels_vmstate[1]"
    counts = FieldPlace("PCIBUS", 0, "irq_count[1]", 1), FieldPlace(levels[0], 0, levels[1], 1)
    places = (LinePlace("ioapic[21]"), *counts)
    own = FieldPlace("0000:00:02.0/e1000", 0, "mit_timer", 1)
    finding = make_finding(guest="qemu:pc,device=e1000", sightings=(*places, own))
    case = case_from_finding(finding)
    masks = known(case, spec)
    assert bool(masks.cases_of_line("ioapic[21]")) is is_known
    assert bool(masks.cases_of_field("PCIBUS", "irq_count[2]")) is is_known
    assert bool(masks.cases_of_field(*levels)) is is_known
    assert masks.cases_of_field("0000:00:02.0/e1000", "mit_timer")


@pytest.mark.parametrize(
    ("helper", "is_known"), [("ich9-ahci,id=dut1", True), ("ich9-ahci2,id=dut1", False)]
)
def test_what_a_device_does_to_a_line_is_known_where_it_is_brought_along(helper, is_known):
    lines = (LinePlace("ioapic[21]"),)
    culprit = Culprit(owner=Owner("ich9-ahci", "/machine/unattached/device[12]"))
    finding = make_finding(guest="qemu:q35,device=ide-cd", sightings=lines, culprit=culprit)
    case = case_from_finding(finding)
    arguments = ("-blockdev", "null-co", "-device", helper, "-device", "ide-cf,bus=dut1.5")
    masks = known(case, "qemu:virt,device=ide-cf", arguments)
    assert bool(masks.cases_of_line("ioapic[21]")) is is_known


def test_the_status_register_of_a_pci_function_shows_what_its_line_does():
    owner, spec = Owner("e1000", "/machine/peripheral/dut"), "qemu:q35,device=e1000"
    seen_at = {
        "line": (LinePlace("ioapic[21]"),),
        "count": (FieldPlace("PCIBUS", 0, "irq_count[1]", 1),),
        "register": (register_place("e1000", "mmio", 0xC0, 4),),
    }
    finding = make_finding(guest=spec, culprit=Culprit(owner=owner))
    hidden = {
        what: known(case_from_finding(replace(finding, sightings=places)), spec).register_bits(
            Register(owner, "config", 6)
        )
        for what, places in seen_at.items()
    }
    assert hidden == {"line": 0x08, "count": 0x08, "register": 0}


def test_a_line_of_a_machine_is_known_with_any_device():
    case = case_from_finding(make_finding(sightings=(LinePlace("ioapic[21]"),)))
    masks = known(case, "qemu:pc,device=e1000")
    assert masks.cases_of_line("ioapic[21]")
