"""A campaign on a QEMU whose virtual time is stepped, from the command line to the script."""

from __future__ import annotations

import shutil
import subprocess
import sys
from dataclasses import replace

import pytest

from harness.corpus import read_case
from harness.examiner import Examiner
from harness.guests.factory import find_guests
from harness.investigation import Investigator
from harness.masks import Masks
from harness.qemu.binaries import find_one
from harness.qemu.found import has_qtest_accelerator
from harness.round import Caught
from harness.trace import Trace
from tests.support.stepping import MACHINE, stepping_binary

pytestmark = pytest.mark.qemu

GUEST = f"qemu:{MACHINE},accel=qtest"
#: A queue of three requests, of a size that it has no more when it is notified.
#: Source: virtio 1.2, 4.1.4.3, the fields of the common configuration; 2.7, a split queue.
NOTIFIED = """
outl 0xcf8 0x80000820
outl 0xcfc 0xc0004000
outl 0xcf8 0x80000804
outl 0xcfc 0x7
writeb 0xc0004008 0x1
writeb 0xc000400c 0x1
writel 0xc0004020 0x100000
writel 0xc0004028 0x100080
writeb 0xc000401c 0x1
writeb 0xc0004014 0x4
write 0x100082 0x2 0x0300
cycle
writeb 0xc0004018 0x1
writeb 0xc0007000 0x0
"""


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


def test_what_only_a_machine_that_stands_still_shows_is_no_finding():
    """A notification is put off by one that was never reloaded, and carried out by the other."""
    [bare] = find_guests(("qemu:q35",), (find_one().path,)).specs
    spec = replace(bare, arguments=("-device", "virtio-rng-pci"))
    trace = Trace.parse(NOTIFIED)
    with spec.make() as guest:
        examiner = Examiner(guest, Masks(), is_bare=True)
        shown = examiner.examine(trace, fresh=True).difference
        assert shown.kind == "interrupt lost"
        investigator = Investigator(
            examiner, "job", confirmations=3, shrink_limit=0, twins=spec.twins()
        )
        finding = investigator.follow(Caught(trace, trace, shown.pin))
    can_run = has_qtest_accelerator(find_one().path)
    # Where no machine can be had that runs, it can't be told.
    assert (finding is None) is can_run
    why = "shows only in a machine that stands still: future line ioapic[21]"
    assert investigator.discarded == ({why: 1} if can_run else {})
