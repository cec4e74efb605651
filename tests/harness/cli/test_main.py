"""The ``vmstate`` command: what each subcommand prints, and its exit status."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import tomli_w
from click.testing import CliRunner

from device_models.catalog import MACHINES
from harness.cli import main
from harness.cli.main import SUBCOMMANDS
from harness.cli.status import CLEAN, COULD_NOT_RUN, FOUND
from harness.corpus import Outcome, read_case
from harness.reference import all_rows, reference
from harness.report.model import CampaignReport, Heading, build_report, encode_report
from harness.report.records import FindingRecord, JobRecord
from tests.support.faulty_pc import build_faulty_pc
from tests.support.plugin_runs import CASE


def vmstate(*args):
    return CliRunner().invoke(main, [str(arg) for arg in args])


@pytest.fixture
def faulty(monkeypatch):
    """Let ``model:pc`` have a bug."""
    monkeypatch.setitem(MACHINES, "pc", build_faulty_pc)


@pytest.fixture
def case(tmp_path):
    """Write a case for the bug and return its path."""

    def write(**changes):
        data = {**CASE, **changes}
        path = tmp_path / f"{data['id']}.toml"
        path.write_text(tomli_w.dumps(data))
        return path

    return write


@pytest.fixture
def report(tmp_path, case):
    """Write a report, with or without a finding, and return its folder."""

    def write(*, found):
        findings = (FindingRecord(case=read_case(case()), jobs=("model:pc::i8257",)),)
        record = JobRecord(
            job="model:pc::i8257",
            guest="model:pc",
            version="pytest-vmstate 0.1.0",
            device="i8257",
            verdict="found" if found else "passed",
            cycles=10,
            findings=findings if found else (),
        )
        heading = Heading(tool="pytest-vmstate 0.1.0", profile="quick", seed=7, budget="1s")
        made: CampaignReport = build_report(heading, [record], [], 2.0)
        (tmp_path / "report.json").write_text(encode_report(made))
        return tmp_path

    return write


@pytest.mark.parametrize("command", sorted(main.commands))
def test_every_command_has_help(command):
    result = vmstate(command, "--help")
    assert result.exit_code == CLEAN
    assert f"Usage: main {command}" in result.output
    assert main.commands[command].help
    assert vmstate(command, "-h").output == result.output


def test_every_command_takes_json():
    for command in main.commands:
        assert "--json" in vmstate(command, "--help").output


def test_the_help_lists_the_commands_and_names_the_hunt():
    result = vmstate("--help")
    assert result.exit_code == CLEAN
    assert "pytest --vmstate-fuzz" in result.output
    for command in main.commands:
        assert f"\n  {command} " in result.output


def test_the_help_says_of_each_command_what_it_says_itself():
    assert {
        name: command.help.partition("\n")[0] for name, command in main.commands.items()
    } == SUBCOMMANDS


def test_the_help_loads_no_command():
    script = "import sys; from harness.cli import main; main(['--help'], standalone_mode=False)"
    loaded = "print(*(name for name in sys.modules if name.split('.')[0] in PACKAGES))"
    done = subprocess.run(
        [
            sys.executable,
            "-c",
            f"PACKAGES = ('harness', 'vmstate', 'device_models')\n{script}\n{loaded}",
        ],
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    loaded_names = sorted(done.stdout.splitlines()[-1].split())
    assert loaded_names == ["harness", "harness.cli", "harness.cli.main", "harness.cli.subcommands"]


def test_it_says_its_version():
    result = vmstate("--version")
    assert result.exit_code == CLEAN
    assert result.output.endswith("version 0.1.0\n")


def test_an_unknown_command_is_refused():
    result = vmstate("frobnicate")
    assert result.exit_code == COULD_NOT_RUN
    assert "No such command 'frobnicate'" in result.output


def test_replay_tells_a_case_that_still_fails(faulty, case):
    result = vmstate("replay", case())
    assert result.exit_code == FOUND
    assert result.output == "STILL FAILS imr-lost: without the reload 0x01, after it 0x00\n"


@pytest.mark.parametrize(
    ("changes", "outcome", "status"),
    [
        ({}, Outcome.STILL_FAILS, FOUND),
        ({"expected": "0x02"}, Outcome.CHANGED, FOUND),
        ({"fails": "pytest-vmstate <0.1"}, Outcome.REGRESSED, FOUND),
        ({"trace": "readl 0x0\ncycle\n"}, Outcome.ERROR, COULD_NOT_RUN),
        ({"trace": "inb 0x21\ncycle\ninb 0x21\n"}, Outcome.FIXED, CLEAN),
        (
            {"trace": "inb 0x21\ncycle\ninb 0x21\n", "fails": "pytest-vmstate <0.1"},
            Outcome.PASSES,
            CLEAN,
        ),
    ],
)
def test_every_outcome_of_a_replay_has_its_exit_status(faulty, case, changes, outcome, status):
    result = vmstate("replay", "--json", case(**changes))
    assert result.exit_code == status
    row = json.loads(result.stdout)
    assert list(row) == ["case", "outcome", "why"]
    assert (row["case"], row["outcome"]) == ("imr-lost", outcome.value)
    assert row["why"]


def test_replay_takes_several_cases_and_the_worst_counts(faulty, case, tmp_path):
    fails, missing = case(), tmp_path / "none.toml"
    fixed = case(id="fixed", trace="inb 0x21\ncycle\ninb 0x21\n")
    assert vmstate("replay", fixed, fails).exit_code == FOUND
    for order in ((fixed, missing, fails), (fails, missing, fixed), (missing, fails)):
        result = vmstate("replay", *order)
        assert result.exit_code == COULD_NOT_RUN
        assert f"{missing}: not a readable case: " in result.stderr
        # What can be run is run all the same.
        assert "STILL FAILS imr-lost" in result.stdout


def test_replay_says_why_a_guest_is_none(case):
    result = vmstate("replay", case(guest="model:none"))
    assert result.exit_code == COULD_NOT_RUN
    assert result.stderr.startswith("--vmstate-guest 'model:none' is no guest\n  use model:pc, ")
    assert result.stdout == ""


def test_replay_says_why_a_binary_is_none(case):
    result = vmstate("replay", "--qemu", "/bin/ls", case(guest="qemu:pc"))
    assert result.exit_code == COULD_NOT_RUN
    assert result.stderr.startswith("/bin/ls is not a QEMU system emulator: ")


def test_replay_wants_a_case():
    result = vmstate("replay")
    assert result.exit_code == COULD_NOT_RUN
    assert "Missing argument 'CASES...'" in result.output


@pytest.mark.qemu
def test_replay_runs_a_case_on_a_real_qemu(case):
    binary = shutil.which("qemu-system-x86_64")
    lost = case(
        guest="qemu:pc",
        fails="qemu >=7",
        trace="outb 0x9 0x4\ncycle\ninb 0x8\n",
        command="inb 0x8",
        expected="0x10",
        seen="0x00",
    )
    result = vmstate("replay", "--qemu", binary, lost)
    assert result.exit_code == FOUND
    assert result.output.startswith("STILL FAILS imr-lost: ")


@pytest.mark.qemu
def test_replay_runs_the_script_of_a_case_alone():
    corpus = Path(__file__).parents[3] / "corpus"
    binary = shutil.which("qemu-system-x86_64")
    name = "i8257-dma-cont-0-4424064a"
    result = vmstate("replay", "--standalone", "--qemu", binary, corpus / f"{name}.toml")
    assert result.exit_code == FOUND, result.output
    assert result.stdout == f"STILL FAILS {name}: without the reload 0x10, after it 0x00\n"


def test_replay_says_that_a_case_of_a_model_can_not_stand_alone(faulty, case):
    path = case()
    result = vmstate("replay", "--standalone", path)
    assert result.exit_code == COULD_NOT_RUN
    assert result.stderr.startswith("imr-lost has no script to stand alone: ")
    assert "  replay it without --standalone" in result.stderr


def test_report_shows_findings_and_summary(report):
    result = vmstate("report", report(found=True))
    assert result.exit_code == FOUND
    lines = result.output.splitlines()
    assert lines[0] == "isa-i8259 loses imr"
    assert "  inb 0x21: 0x01 without the reload, 0x00 after it" in lines
    assert "  replay    vmstate replay imr-lost.toml" in lines
    assert "NEW    imr-lost: isa-i8259 loses imr" in lines
    assert any(line.startswith("10 cycles in 2.0 s, 5 cycles/s") for line in lines)


def test_report_without_findings_is_clean(report):
    result = vmstate("report", report(found=False))
    assert result.exit_code == CLEAN
    assert "0 new findings" in result.output


def test_report_takes_the_file_as_well_as_its_folder(report):
    folder = report(found=True)
    assert vmstate("report", folder / "report.json").output == vmstate("report", folder).output


@pytest.mark.parametrize(("found", "status"), [(True, FOUND), (False, CLEAN)])
def test_report_as_json_is_the_file_as_it_is(report, found, status):
    folder = report(found=found)
    result = vmstate("report", "--json", folder)
    assert result.exit_code == status
    assert result.output == (folder / "report.json").read_text()


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("{", "Input data was truncated"),
        ("[]", "schema [], expected ('vmstate-report', 1)"),
        ('{"schema": "x"}', "schema ('x', None), expected ('vmstate-report', 1)"),
        ('{"schema": "vmstate-report", "schema_version": 2}', "schema ('vmstate-report', 2), "),
        (
            '{"schema": "vmstate-report", "schema_version": 1}',
            "Object missing required field `tool`",
        ),
    ],
)
def test_report_refuses_what_is_none(tmp_path, text, why):
    path = tmp_path / "report.json"
    path.write_text(text)
    result = vmstate("report", tmp_path)
    assert result.exit_code == COULD_NOT_RUN
    assert result.stderr.startswith(f"{path}: not a readable report: ")
    assert why in result.stderr
    assert result.stdout == ""


def test_report_refuses_a_file_that_is_not_there(tmp_path):
    result = vmstate("report", tmp_path / "none.json")
    assert result.exit_code == COULD_NOT_RUN
    assert "not a readable report: " in result.stderr
    assert "No such file or directory" in result.stderr


def test_report_refuses_bytes_that_are_no_text(tmp_path):
    (tmp_path / "report.json").write_bytes(b"\xff\xfe")
    result = vmstate("report", tmp_path)
    assert result.exit_code == COULD_NOT_RUN
    assert "can't decode byte 0xff" in result.stderr


def qemu_that_says(path, version):
    path.write_text(f"#!/bin/sh\necho 'QEMU emulator version {version}'\n")
    path.chmod(0o755)


def test_guests_lists_models_and_each_qemu_found(tmp_path, monkeypatch):
    qemu_that_says(tmp_path / "qemu-system-x86_64", "7.2.22")
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    result = vmstate("guests")
    assert result.exit_code == CLEAN
    assert result.output.splitlines() == [
        "model:pc     model",
        f"qemu:pc      QEMU 7.2.22, {tmp_path}/qemu-system-x86_64",
        f"qemu:q35     QEMU 7.2.22, {tmp_path}/qemu-system-x86_64",
    ]


def test_guests_tells_what_is_missing_and_what_to_do(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    result = vmstate("guests")
    assert result.exit_code == CLEAN
    first, second = result.output.splitlines()
    assert first == "model:pc     model"
    assert second.startswith("qemu: no qemu-system-* was found on PATH or in the cache; install ")


def test_guests_as_json(tmp_path, monkeypatch):
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    listed = json.loads(vmstate("guests", "--json").output)
    assert listed["guests"] == ["model:pc"]
    assert list(listed["missing"]) == ["qemu"]


def test_macros_prints_the_reference():
    result = vmstate("macros")
    assert result.exit_code == CLEAN
    assert result.output == reference()


def test_macros_as_json_are_an_object_each():
    result = vmstate("macros", "--json")
    assert result.exit_code == CLEAN
    rows = [json.loads(line) for line in result.output.splitlines()]
    assert len(rows) == len(all_rows())
    assert {"module": "vmstate.macros", "name": "VMSTATE_BOOL"}.items() <= next(
        row for row in rows if row["name"] == "VMSTATE_BOOL"
    ).items()
