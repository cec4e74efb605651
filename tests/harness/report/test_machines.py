"""What reports say about each machine type of one binary."""

from harness.corpus import case_from_finding
from harness.report.machines import Hunted, hunted
from harness.report.model import Heading, build_report
from harness.report.records import FindingRecord, JobRecord
from tests.support.findings import make_finding

HEADING = Heading(tool="t", profile="quick", seed=1, budget="30s")
CASE = case_from_finding(make_finding())
ON = "QEMU 11.1.3"


def record(guest, device, version=ON, *, sections=(), moved=(), found=False, known=None):
    name = f"{guest}::{device}"
    return JobRecord(
        job=name,
        guest=guest,
        version=version,
        device=device,
        verdict="passed",
        cycles=4,
        promised=tuple((*section, "regs") for section in sections),
        moved=tuple((*section, "regs") for section in moved),
        findings=(FindingRecord(case=CASE, jobs=(name,)),) if found else (),
        known=known or {},
    )


def told(*records, legitimate=()):
    reports = [build_report(HEADING, [one], (), 1.0) for one in records]
    return hunted(reports, "11.1.3", legitimate)


UART, GPIO, SECOND = ("pl011", 0), ("pl061", 0), ("pl061", 1)


def test_devices_are_counted_by_machine_over_all_reports():
    found = told(
        record("qemu:virt", "pl011", sections=[UART], moved=[UART]),
        record("qemu:virt", "pl061[1]", sections=[SECOND]),
        record("qemu:virt@11.1.3", "pl061[0]", sections=[GPIO], moved=[GPIO], found=True),
        record("qemu:malta,device=e1000", "e1000", moved=[("e1000", 0)]),
    )
    assert found == {
        "virt": Hunted({"pl011", "pl061", "pl061[1]"}, {"pl011", "pl061"}, {CASE.id}),
        "malta": Hunted({"e1000"}, {"e1000"}, set()),
    }


def test_all_devices_at_once_are_counted_by_their_sections():
    found = told(
        record("qemu:virt", "machine", sections=[UART, GPIO], moved=[UART], found=True),
        record("qemu:virt", "pl061", sections=[GPIO], moved=[GPIO]),
    )
    assert found == {"virt": Hunted({"pl011", "pl061"}, {"pl011", "pl061"}, {CASE.id})}


def test_a_field_that_is_not_always_sent_exercises_its_device_too():
    found = told(record("qemu:virt", "machine", sections=[UART], moved=[GPIO]))
    assert found["virt"] == Hunted({"pl011", "pl061"}, {"pl061"}, set())


def test_what_is_sent_with_a_device_and_is_not_its_own_does_not_count():
    found = told(record("qemu:pc,device=ati-vga", "ati-vga", sections=[UART], moved=[UART]))
    assert found == {"pc": Hunted()}


def test_known_cases_are_findings_and_what_is_legitimate_is_none():
    found = told(
        record("qemu:virt", "machine", known={"uart-1": 3, "rule-1": 2, "at power-on: x": 1}),
        legitimate=["rule-1"],
    )
    assert found["virt"].findings == {"uart-1"}


def test_models_and_other_versions_are_left_out():
    assert told(record("model:pc", "i8254"), record("qemu:pc", "i8254", "QEMU 7.2.22")) == {}


def test_it_is_told_as_plain_values():
    assert Hunted({"b", "a"}, {"b"}, {"y", "x"}).document() == {
        "devices": 2,
        "exercised": ["b"],
        "findings": ["x", "y"],
    }
