"""A campaign on the stock QEMU finds the register that its DMA controller does not save.

i8257 keeps the pending requests in bits 4 to 7 of its status register, which no field of
its section carries.  Source: QEMU 7.2 hw/dma/i8257.c, vmstate_i8257.
"""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest

from harness.corpus import read_case
from harness.trace import Trace

pytestmark = pytest.mark.qemu

DMA = ("--vmstate-fuzz", "--vmstate-guest=qemu:pc", "--vmstate-device=i8257[0]")
REPORT = "--vmstate-report=report"


def test_the_lost_status_is_found_named_replayed_shown_alone_and_then_known(runs, tmp_path):
    # One test: each step needs what the one before it wrote.
    result = runs.pytest(*DMA, "--vmstate-seed=1", "--vmstate-budget=300cycles", REPORT)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    case_id = assert_the_report_names_the_loss(runs)
    assert_the_case_replays(runs, case_id)
    assert_the_reproducer_stands_alone(runs, case_id, tmp_path / "alone")
    assert_the_reproducer_says_when_it_can_not_run(runs, case_id)
    assert_it_is_known_from_now_on(runs, case_id)


def assert_the_report_names_the_loss(runs):
    report = runs.report()
    assert report["guests"]["qemu:pc"].startswith("QEMU ")
    (finding,) = report["findings"]
    case = finding["case"]
    assert (case["oracle"], case["kind"]) == ("future", "state lost")
    culprit = case["culprit"]
    assert culprit["type"] == "i8257"
    assert culprit["path"].startswith("/machine/")
    assert (culprit["section"], culprit.get("instance_id", 0)) == ("dma", 0)
    # No field is named: none carries it.
    assert "fields" not in culprit
    assert (culprit["region"], culprit["offset"], culprit["bits"]) == ("dma-cont", 0, "0xf0")
    expected, seen = int(case["expected"], 16), int(case["seen"], 16)
    assert (expected ^ seen) & ~0xF0 == 0
    assert expected & 0xF0
    trace = Trace.parse(case["trace"])
    assert len(trace) <= 3
    assert trace.cycles == 1
    assert case["hits"] == case["runs"] == 3
    assert case["is_minimal"] is True
    assert len(case["actions"]) == len(trace)
    return case["id"]


def assert_the_case_replays(runs, case_id):
    result = runs.pytest("--vmstate-replay", case_id)
    assert result.ret == pytest.ExitCode.OK
    result.assert_outcomes(xfailed=1)


def assert_the_reproducer_stands_alone(runs, case_id, folder):
    case = read_case(runs.folder / "corpus" / f"{case_id}.toml")
    folder.mkdir()
    script = shutil.copy(runs.folder / "corpus" / f"{case_id}.py", folder)
    done = subprocess.run(
        [sys.executable, "-I", "-S", script],
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.stderr == ""
    assert done.returncode == 1
    values = [f"{int(value, 16):#06x}" for value in (case.expected, case.seen)]
    assert done.stdout == (
        f"{case.command}: never reloaded {values[0]}, after the reload {values[1]}\n"
    )
    assert [path.name for path in folder.iterdir()] == [f"{case_id}.py"]


def assert_it_is_known_from_now_on(runs, case_id):
    result = runs.pytest(*DMA, "--vmstate-seed=2", "--vmstate-budget=300cycles", REPORT)
    assert result.ret == pytest.ExitCode.OK
    report = runs.report()
    assert report["findings"] == []
    assert list(report["known"]) == [case_id]
    assert report["known"][case_id] > 0
    assert f"known  {case_id} ({report['known'][case_id]} times)" in result.outlines


def assert_the_reproducer_says_when_it_can_not_run(runs, case_id):
    done = subprocess.run(
        [sys.executable, "-I", runs.folder / "corpus" / f"{case_id}.py", "/no/such/qemu"],
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 2
    assert done.stderr.startswith("could not run: ")
    assert "/no/such/qemu" in done.stderr
    assert done.stdout == ""
