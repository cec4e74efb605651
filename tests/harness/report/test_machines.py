"""What reports say about each machine type of one binary."""

from harness.corpus import case_from_finding
from harness.report.machines import Hunted, hunted
from harness.report.model import Heading, build_report
from harness.report.records import FindingRecord, JobRecord
from tests.support.findings import make_finding

HEADING = Heading(tool="t", profile="quick", seed=1, budget="30s")
CASE = case_from_finding(make_finding())
ON = "QEMU 11.1.3"


def record(guest, device, version=ON, *, moved=False, found=False):
    name = f"{guest}::{device}"
    return JobRecord(
        job=name,
        guest=guest,
        version=version,
        device=device,
        verdict="passed",
        cycles=4,
        moved=(("timer", 0, "now"),) if moved else (),
        findings=(FindingRecord(case=CASE, jobs=(name,)),) if found else (),
    )


def told(*records):
    return hunted([build_report(HEADING, [one], (), 1.0) for one in records], "11.1.3")


def test_devices_are_counted_by_machine_over_all_reports():
    found = told(
        record("qemu:virt", "pl011", moved=True),
        record("qemu:virt", "pl061"),
        record("qemu:virt@11.1.3", "pl031", moved=True, found=True),
        record("qemu:malta,device=e1000", "e1000", moved=True),
    )
    assert found == {
        "virt": Hunted({"pl011", "pl061", "pl031"}, {"pl011", "pl031"}, {CASE.id}),
        "malta": Hunted({"e1000"}, {"e1000"}, set()),
    }


def test_all_devices_at_once_are_no_device():
    found = told(record("qemu:virt", "machine", moved=True, found=True))
    assert found == {"virt": Hunted(set(), set(), {CASE.id})}


def test_models_and_other_versions_are_left_out():
    assert told(record("model:pc", "i8254"), record("qemu:pc", "i8254", "QEMU 7.2.22")) == {}


def test_it_is_told_as_plain_values():
    assert Hunted({"b", "a"}, {"b"}, {"y", "x"}).document() == {
        "devices": 2,
        "exercised": ["b"],
        "findings": ["x", "y"],
    }
