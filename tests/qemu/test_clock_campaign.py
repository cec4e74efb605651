"""A campaign on a QEMU whose virtual time is stepped, from the command line to the script."""

from __future__ import annotations

import shutil
import subprocess
import sys

import pytest

from harness.corpus import read_case
from harness.qemu.binaries import find_one
from tests.support.stepping import MACHINE, stepping_binary

pytestmark = pytest.mark.qemu

GUEST = f"qemu:{MACHINE},accel=qtest"


@pytest.fixture
def hunted(runs):
    def hunt(*options):
        binary = f"--vmstate-qemu={stepping_binary().path}"
        return runs.pytest("--vmstate-fuzz", f"--vmstate-guest={GUEST}", binary, *options)

    return hunt


def test_clocks_that_are_saved_well_are_found_well(runs, hunted):
    report = "--vmstate-report=report"
    result = hunted("--vmstate-device=mc146818rtc", "--vmstate-budget=40cycles", report)
    assert result.ret == pytest.ExitCode.OK
    [job] = runs.report()["jobs"]
    assert (job["verdict"], job["findings"], job["nondeterministic"]) == ("passed", [], {})
    assert job["cycles"] >= 40


def test_a_case_is_replayed_and_shown_alone_with_its_clock(runs, hunted, tmp_path):
    result = hunted("--vmstate-device=i8257[0]", "--vmstate-budget=300cycles", "--vmstate-seed=1")
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    [path] = (runs.folder / "corpus").glob("*.toml")
    case = read_case(path)
    assert (case.guest, case.culprit.type) == (GUEST, "i8257")
    binary = str(stepping_binary().path)
    replayed = runs.pytest(f"--vmstate-replay={case.id}", f"--vmstate-qemu={binary}")
    replayed.assert_outcomes(xfailed=1)
    script = shutil.copy(path.with_suffix(".py"), tmp_path)
    assert '"qtest"' in path.with_suffix(".py").read_text()
    command = [sys.executable, "-I", script, binary]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert (done.returncode, done.stderr) == (1, "")
    assert done.stdout.startswith(f"{case.command}: never reloaded")


def test_a_qemu_without_the_accelerator_is_a_usage_error(runs, tmp_path):
    path = tmp_path / "qemu-system-x86_64"
    refusal = 'case "$*" in *"-accel qtest"*) echo "invalid accelerator qtest" >&2; exit 1;; esac'
    path.write_text(f'#!/bin/sh\n{refusal}\nexec {find_one().path} "$@"\n')
    path.chmod(0o755)
    result = runs.pytest("--vmstate-fuzz", f"--vmstate-guest={GUEST}", f"--vmstate-qemu={path}")
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    result.stderr.fnmatch_lines([f"*{GUEST}: {path} does not have the accelerator qtest"])
