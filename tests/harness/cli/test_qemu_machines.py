"""``vmstate qemu machines``: what it prints, and its exit status."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from harness.cli import qemu_machines as module
from harness.cli.qemu_machines import machines_command
from harness.cli.status import CLEAN, COULD_NOT_RUN, FOUND
from harness.corpus import case_from_finding
from harness.errors import LaunchError
from harness.qemu.argv import Machine
from harness.qemu.discovery.attempt import Outcome
from harness.qemu.discovery.board import Board, Start
from harness.qemu.discovery.inquiry import MachineType
from harness.qemu.discovery.round_trip import Ending, RoundTrip, Step
from harness.report.model import Heading, build_report, encode_report
from harness.report.records import FindingRecord, JobRecord
from tests.support.findings import make_finding

VERSION = "7.2.22 (played)"
TYPES = (
    MachineType("none"),
    MachineType("old", is_deprecated=True),
    MachineType("pc-7.2", "pc", is_default=True, cpu="any-cpu", most_cpus=255),
    MachineType("picky"),
)
YES, UNTRIED = Step(Ending.YES), Step(Ending.UNTRIED)
UP = Outcome(started=True)
BAD = Step(Ending.CRASH, "killed by signal 6 during loadvm: a.c:1\nsee above")
TRIPS = {
    "pc-7.2": RoundTrip(YES, YES, YES, YES, 30),
    "old": RoundTrip(YES, BAD, YES, BAD, 4),
}
REFUSED = Outcome(started=False, words="no firmware")


@pytest.fixture
def program(tmp_path, monkeypatch):
    """Make a program that says its version, with machines and round trips that are played."""
    path = tmp_path / "qemu-system-arm"
    path.write_text(f"#!/bin/sh\necho 'QEMU emulator version {VERSION}'\n")
    path.chmod(0o755)
    monkeypatch.setattr(module, "machine_types", lambda path, deadline_s: TYPES)

    def boards(binary, names, workers, deadline_s):
        assert binary == path
        assert (workers, deadline_s) in {(2, 30.0), (5, 1.5)}
        for name in names:
            machine = Machine(path, name, memory_mb=64 if name == "old" else 4)
            if name in TRIPS:
                yield Board(Start(machine, UP, UP), TRIPS[name])
            else:
                yield Board(Start(machine, REFUSED, REFUSED), RoundTrip())

    monkeypatch.setattr(module, "boards", boards)
    return path


def machines(*args):
    return CliRunner().invoke(machines_command, list(map(str, args)))


def test_machines_are_listed_with_what_is_said_of_them(program):
    result = machines("--qemu", program)
    assert (result.exit_code, result.stderr) == (CLEAN, "")
    assert result.stdout.splitlines() == [
        "none",
        f"{'old':<24} deprecated",
        f"{'pc-7.2':<24} also pc, default",
        "picky",
    ]


def test_machines_as_json_are_one_document(program):
    made = json.loads(machines("--qemu", program, "--qemu", program, "--json").stdout)
    assert (made["schema"], made["schema_version"]) == ("vmstate-qemu-machines", 1)
    first, second = made["binaries"]
    assert first == second
    assert (first["qemu"], first["version"], first["target"]) == (str(program), VERSION, "arm")
    assert first["machines"][2] == {
        "name": "pc-7.2",
        "alias": "pc",
        "is_default": True,
        "is_deprecated": False,
        "cpu": "any-cpu",
        "most_cpus": 255,
    }


def test_each_that_is_tried_has_a_row_and_says_why_it_fails(program):
    result = machines("--qemu", program, "--try", "-j", 5, "--timeout", 1.5)
    assert (result.exit_code, result.stderr) == (FOUND, "")
    assert result.stdout.splitlines() == [
        f"QEMU {VERSION}, {program}",
        "machine                  starts  saves   in place fresh   sections  needs",
        "old                      yes     yes     crash    crash          4  -m 64M",
        "  loads in place: killed by signal 6 during loadvm: a.c:1",
        "    see above",
        "pc-7.2                   yes     yes     yes      yes           30",
        "picky                    no      -       -        -              -",
        "  starts: no firmware",
        (
            "2 of 3 machines start, 1 are saved and loaded, 1 loads in place: crash, "
            "1 loads fresh: crash, 1 starts: no"
        ),
    ]


def test_where_all_that_start_are_sound_the_status_is_clean(program):
    result = machines("--qemu", program, "--try", "--machine", "pc", "--machine", "picky")
    assert result.exit_code == CLEAN
    assert result.stdout.splitlines()[-1] == (
        "1 of 2 machines start, 1 are saved and loaded, 1 starts: no"
    )


def test_what_was_tried_is_in_the_json(program):
    result = machines("--qemu", program, "--try", "--json")
    assert result.exit_code == FOUND
    [binary] = json.loads(result.stdout)["binaries"]
    none, old, pc, picky = binary["machines"]
    assert "steps" not in none
    assert (old["needs"], old["sections"], old["is_deprecated"]) == (["-m", "64M"], 4, True)
    assert old["steps"]["loads in place"] == {"ending": "crash", "words": BAD.words}
    assert pc["steps"]["loads fresh"] == {"ending": "yes", "words": ""}
    assert picky["steps"]["starts"] == {"ending": "no", "words": "no firmware"}


def test_a_machine_that_is_not_there_is_refused(program):
    result = machines("--qemu", program, "--machine", "pc", "--machine", "mac")
    assert (result.exit_code, result.stdout) == (COULD_NOT_RUN, "")
    assert result.stderr == (
        f"{program} has no machine type 'mac'\n  vmstate qemu machines lists those that there are\n"
    )


def test_a_binary_that_is_not_there_is_refused(tmp_path):
    result = machines("--qemu", tmp_path / "none")
    assert (result.exit_code, result.stdout) == (COULD_NOT_RUN, "")
    assert result.stderr.startswith(f"there is no QEMU at {tmp_path / 'none'}\n")


def test_a_binary_that_is_gone_meanwhile_is_told(program, monkeypatch):
    def gone(*_args):
        raise LaunchError((str(program),), None, "No such file or directory")

    monkeypatch.setattr(module, "boards", gone)
    result = machines("--qemu", program, "--try")
    assert result.exit_code == COULD_NOT_RUN
    assert result.stderr.endswith("No such file or directory\n")


def test_without_a_name_the_binary_on_the_path_is_used(program, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(program.parent))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    assert machines("--json").exit_code == CLEAN


def test_a_fetched_binary_is_named_by_its_suite(program, monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    result = machines("--qemu", "debian:sid/arm")
    assert result.exit_code == COULD_NOT_RUN
    assert result.stderr.startswith("debian:sid/arm has not been fetched; there are: none\n")


@pytest.fixture
def report(tmp_path):
    """Write the report of a campaign on two machines, one under its other name."""
    case = case_from_finding(make_finding())

    def record(guest, device, **changes):
        values = {"version": "QEMU 7.2.22", "verdict": "passed", "cycles": 3}
        name = f"{guest}::{device}"
        return JobRecord(job=name, guest=guest, device=device, **(values | changes))

    found = (FindingRecord(case=case, jobs=("qemu:pc::i8254",)),)
    records = [
        record("qemu:pc", "i8254", moved=(("i8254", 0, "now"),), findings=found),
        record("qemu:pc", "i8257", promised=(("dma", 0, "regs"),)),
        record("qemu:old", "uart", moved=(("uart", 0, "lcr"),)),
    ]
    heading = Heading(tool="t", profile="quick", seed=1, budget="30s")
    file = tmp_path / "report.json"
    file.write_text(encode_report(build_report(heading, records, (), 1.0)))
    return file


def test_a_report_adds_devices_exercised_and_findings(program, report):
    result = machines("--qemu", program, "--try", "--report", report, "-j", 5, "--timeout", 1.5)
    assert (result.exit_code, result.stderr) == (FOUND, "")
    lines = result.stdout.splitlines()
    rows = [line for line in lines if not line.startswith(" ")][1:]
    assert [" ".join(row.split()) for row in rows] == [
        "machine starts saves in place fresh sections exercised findings needs",
        "old yes yes crash crash 4 1/1 0 -m 64M",
        "pc-7.2 yes yes yes yes 30 1/2 1",
        "picky no - - - - - -",
        (
            "2 of 3 machines start, 1 are saved and loaded, 1 loads in place: crash, "
            "1 loads fresh: crash, 1 starts: no, 2 of 3 devices exercised, 1 findings"
        ),
    ]
    # Numbers stand below the ends of their headings.
    ends = [
        row.index(word) + len(word)
        for row, word in zip(rows, ("exercised", "1/1", "1/2"), strict=False)
    ]
    assert len(set(ends)) == 1


def test_without_trying_a_report_is_shown_beside_the_names(program, report):
    result = machines("--qemu", program, "--report", report.parent)
    assert result.exit_code == FOUND
    assert result.stdout.splitlines()[1:3] == [
        f"{'old':<24} deprecated, 1 of 1 devices exercised, 0 findings",
        f"{'pc-7.2':<24} also pc, default, 1 of 2 devices exercised, 1 findings",
    ]
    assert machines("--qemu", program, "--report", report, "--machine", "old").exit_code == CLEAN


def test_a_report_is_in_the_json(program, report):
    [binary] = json.loads(machines("--qemu", program, "--report", report, "--json").stdout)[
        "binaries"
    ]
    none, old, pc, _picky = binary["machines"]
    assert "campaigns" not in none
    assert old["campaigns"] == {"devices": 1, "exercised": ["uart"], "findings": []}
    assert pc["campaigns"]["exercised"] == ["i8254"]
    assert len(pc["campaigns"]["findings"]) == 1


def test_a_report_of_another_binary_is_refused(program, report):
    report.write_text(report.read_text().replace("QEMU 7.2.22", "QEMU 9.9.9"))
    result = machines("--qemu", program, "--report", report)
    assert (result.exit_code, result.stdout) == (COULD_NOT_RUN, "")
    assert result.stderr == (
        f"the reports have no machine of {program}, QEMU 7.2.22\n"
        "  name the binary that the campaigns ran on with --qemu\n"
    )


def test_a_report_and_several_binaries_do_not_go_together(program, report):
    result = machines("--qemu", program, "--qemu", program, "--report", report)
    assert (result.exit_code, result.stdout) == (COULD_NOT_RUN, "")
    assert result.stderr == (
        "--report with several binaries: a report does not say which it is of\n"
        "  ask for one binary at a time\n"
    )


def test_what_is_no_report_is_refused(program, tmp_path):
    result = machines("--qemu", program, "--report", tmp_path / "none.json")
    assert (result.exit_code, result.stdout) == (COULD_NOT_RUN, "")
    assert "none.json: not a readable report: " in result.stderr
