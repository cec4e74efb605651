"""Whatever dies, the campaign says so in time, and leaves neither process nor folder behind."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

import harness.session
from harness.corpus import load_cases
from harness.lessons import FOLDER, VERSION
from harness.plan import make_plan
from harness.qemu.guest import QemuGuest

pytestmark = pytest.mark.qemu

#: Seconds after which something that should have ended counts as left behind.
GONE_WITHIN_S = 10.0
#: Seconds that a campaign in a process of its own may take to get going on a busy machine.
BEGUN_WITHIN_S = 120.0

CAMPAIGN = (
    "--vmstate-fuzz",
    "--vmstate-guest=qemu:pc",
    "--vmstate-device=isa-pit",
    "--vmstate-budget=12cycles",
    "--vmstate-report=report",
)
#: Which call of an operation is struck: one in a cycle, and not the last.
_STRUCK = 6
#: Counts the loads of a campaign in another process, a byte in a file for each.
COUNT_LOADS = """
from pathlib import Path
from harness.qemu.guest import QemuGuest
from tests.support.faulty_pc import install

install()
load = QemuGuest.load

def counted(self, tag):
    load(self, tag)
    with Path("loads").open("a") as file:
        file.write("x")

QemuGuest.load = counted
"""


def wait_until(condition, within_s):
    """Poll *condition*; fail if it does not hold in time."""
    end = time.monotonic() + within_s
    while not condition():
        assert time.monotonic() < end, f"not so within {within_s} s: {condition.__doc__}"
        time.sleep(0.02)


def processes_of(pid):
    """Return the QEMUs that process *pid* started: its name is in their private folder's."""
    mark = f"vmstate-{pid}-"
    found = []
    for process in psutil.process_iter():
        try:
            if mark in " ".join(process.cmdline()) and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
        except psutil.NoSuchProcess:
            continue
    return found


def folders_of(pid):
    """Return the private folders that process *pid* made."""
    places = (Path("/dev/shm"), Path(os.environ.get("TMPDIR", "/tmp")))
    return [path for place in places for path in place.glob(f"vmstate-{pid}-*")]


def assert_nothing_is_left(folder):
    """Check this process and the corpus in *folder* for anything that should be gone."""
    assert processes_of(os.getpid()) == []
    assert folders_of(os.getpid()) == []
    assert_the_corpus_is_whole(folder)


def assert_the_corpus_is_whole(folder):
    """Check that every case and all that was learned is whole; that nothing else lies there."""
    load_cases(folder)
    others = {path for path in folder.glob("*") if path.name != FOLDER}
    assert {path.suffix for path in others} <= {".toml", ".py"}
    for path in (folder / FOLDER).glob("*"):
        assert path.suffix == ".json"
        assert json.loads(path.read_text())["version"] == VERSION


def struck_in(operation, signal_number, monkeypatch):
    """Let one of the first calls of a guest's *operation* begin with a signal to its QEMU."""
    original = getattr(QemuGuest, operation)
    calls = []

    def struck(self, *args):
        calls.append(operation)
        if len(calls) == _STRUCK:
            os.kill(self._session.process.pid, signal_number)
        return original(self, *args)

    monkeypatch.setattr(QemuGuest, operation, struck)
    return calls


@pytest.mark.parametrize("operation", ["save", "reset", "load", "state", "follow"])
def test_a_killed_qemu_is_reported_as_such_and_the_next_job_goes_on(runs, monkeypatch, operation):
    calls = struck_in(operation, signal.SIGKILL, monkeypatch)
    started = time.monotonic()
    result = runs.pytest(*CAMPAIGN, "--vmstate-device=isa-pcspk")
    assert time.monotonic() - started < 30
    assert len(calls) > _STRUCK
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    result.assert_outcomes(failed=1, passed=1)
    verdicts = {job["device"]: job for job in runs.report()["jobs"]}
    assert sorted(job["verdict"] for job in verdicts.values()) == ["died", "passed"]
    (why,) = [job["why"] for job in verdicts.values() if job["verdict"] == "died"]
    assert why.startswith("the guest was killed by signal 9 during ")
    result.stdout.fnmatch_lines(["died: the guest was killed by signal 9 during *"])
    assert runs.report()["findings"] == []
    assert_nothing_is_left(runs.folder / "corpus")


def test_a_qemu_that_stands_still_is_given_up_at_the_deadline_and_costs_a_restart(
    runs, monkeypatch
):
    deadline_s = 1.5

    def with_short_deadline(options):
        plan = make_plan(options)
        jobs = tuple((job, replace(spec, deadline_s=deadline_s)) for job, spec in plan.jobs)
        return replace(plan, jobs=jobs)

    monkeypatch.setattr(harness.session, "make_plan", with_short_deadline)
    struck_in("load", signal.SIGSTOP, monkeypatch)
    started = time.monotonic()
    result = runs.pytest(*CAMPAIGN)
    assert time.monotonic() - started < 30
    assert result.ret == pytest.ExitCode.OK
    (job,) = runs.report()["jobs"]
    said = f"the guest did not answer within {deadline_s} s during load; it was killed"
    assert (job["verdict"], job["unreliable"]) == ("passed", {said: 0})
    result.stdout.fnmatch_lines([f"unreliable  {job['job']}: {said} (0 of 10 runs)"])
    assert_nothing_is_left(runs.folder / "corpus")


def test_a_qemu_that_dies_when_it_is_started_again_ends_the_job_not_the_run(runs, monkeypatch):
    calls = []
    restart = QemuGuest.restart

    def failing(self, **options):
        calls.append(self)
        if len(calls) == 1:
            self._machine = replace(self._machine, name="no-such-machine")
        restart(self, **options)

    monkeypatch.setattr(QemuGuest, "restart", failing)
    result = runs.pytest(*CAMPAIGN)
    assert result.ret == pytest.ExitCode.TESTS_FAILED
    (job,) = runs.report()["jobs"]
    assert job["verdict"] == "died"
    assert "unsupported machine type" in job["why"]
    assert_nothing_is_left(runs.folder / "corpus")


@contextmanager
def campaign_under_way(runs, pytester):
    """A campaign in a process of its own, past the model and in the middle of a QEMU's job."""
    runs.plant()
    pytester.makeconftest(COUNT_LOADS)
    loads = runs.folder / "loads"

    def has_begun():
        """the fifth load is done"""
        assert process.poll() is None, process.communicate()
        return loads.exists() and loads.stat().st_size >= 5

    process = subprocess.Popen(
        [
            *(sys.executable, "-m", "pytest", "-p", "no:cacheprovider", "--vmstate-fuzz"),
            *("--vmstate-guest=model:pc", "--vmstate-guest=qemu:pc", "--vmstate-report=report"),
            *("--vmstate-device=isa-i8259[0]", "--vmstate-budget=60cycles"),
        ],
        cwd=runs.folder,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    try:
        wait_until(has_begun, BEGUN_WITHIN_S)
        yield process
    finally:
        process.kill()
        process.communicate(timeout=GONE_WITHIN_S)
        for folder in folders_of(process.pid):
            shutil.rmtree(folder)


def test_ctrl_c_ends_everything_and_keeps_what_was_found(runs, pytester):
    with campaign_under_way(runs, pytester) as process:
        assert len(processes_of(process.pid)) == 1
        process.send_signal(signal.SIGINT)
        printed, _ = process.communicate(timeout=GONE_WITHIN_S)
        assert process.returncode == pytest.ExitCode.INTERRUPTED, printed
        assert "KeyboardInterrupt" in printed
        assert "NEW    isa-i8259-imr-" in printed
        # One that was just being started ends with the process that did: a moment later.
        _, alive = psutil.wait_procs(processes_of(process.pid), timeout=GONE_WITHIN_S)
        assert alive == []
        assert folders_of(process.pid) == []
    assert len(runs.cases()) == 1
    assert [finding["case"]["id"] for finding in runs.report()["findings"]] == runs.cases()
    assert_the_corpus_is_whole(runs.folder / "corpus")


def test_killing_pytest_itself_leaves_no_qemu_behind(runs, pytester):
    with campaign_under_way(runs, pytester) as process:
        children = psutil.Process(process.pid).children(recursive=True)
        assert len(processes_of(process.pid)) == 1
        # The other one is the janitor.
        assert len(children) == 2
        process.kill()
        process.wait(GONE_WITHIN_S)
        gone, alive = psutil.wait_procs(children, timeout=GONE_WITHIN_S)
        assert alive == []
        assert len(gone) == 2
        assert folders_of(process.pid) == []
    assert len(runs.cases()) == 1
    assert_the_corpus_is_whole(runs.folder / "corpus")
