"""Standing alone: what a case's own script shows, told from how it ends and what it says."""

from pathlib import Path

import msgspec
import psutil
import pytest

from harness.corpus import Case, Outcome, read_case, stand_alone
from harness.errors import ConfigError

CASE = read_case(Path(__file__).parents[3] / "corpus" / "i8257-dma-cont-0-4424064a.toml")
VERSION = "QEMU 7.2.22"
#: The line of a script that shows what the case says.
AS_SAID = f"{CASE.command}: never reloaded 0x0010, after the reload 0x0000"


def case(**changes) -> Case:
    return msgspec.structs.replace(CASE, **changes)


@pytest.fixture
def played(tmp_path):
    def played(one, status, *said, version=VERSION):
        script = tmp_path / "case.py"
        lines = "".join(f"print({line!r})\n" for line in said)
        script.write_text(f"import sys\n{lines}sys.exit({status})\n")
        return stand_alone(one, script, [], version)

    return played


def test_what_the_script_shows_at_another_width_is_what_the_case_says(played):
    told = played(CASE, 1, "inb 0x9: never reloaded 0x1, after the reload 0x2", AS_SAID)
    assert told.outcome is Outcome.STILL_FAILS
    assert told.why == "without the reload 0x10, after it 0x00"
    assert played(case(fails="qemu >=8.0"), 1, AS_SAID).outcome is Outcome.REGRESSED


def test_a_script_that_shows_no_difference_says_that_it_is_mended(played):
    assert played(CASE, 0, "the run after the reload is the same").outcome is Outcome.FIXED
    assert played(case(fails="qemu >=8.0"), 0).outcome is Outcome.PASSES


def test_a_script_that_shows_something_else_has_changed(played):
    other = AS_SAID.replace("0x0010", "0x0011")
    told = played(CASE, 1, other)
    assert told.outcome is Outcome.CHANGED
    assert told.why == f"expected future {CASE.command} 0x10 0x00; got its script {other}"


LOAD = {"oracle": "load", "expected": "the state is loaded", "command": ""}
CRASH = case(**LOAD, kind="crash", seen="killed by signal 6 during load")
HANG = case(**LOAD, kind="hang", seen="no answer")
REFUSED = case(**LOAD, kind="does not load", seen="error")
FIELD = case(oracle="idempotence", kind="changed by loading", command="", expected="1", seen="2")
LINE = case(kind="interrupt lost", expected="ioapic[4] high", seen="ioapic[4] low")


@pytest.mark.parametrize(
    ("one", "status", "said"),
    [
        (CRASH, 2, "could not run: QEMU ended (exit status -6)"),
        (CRASH, 1, "migrate: the target: QEMU ended (exit status -11)"),
        (HANG, 2, "could not run: timed out"),
        (REFUSED, 1, "loadvm: no such device\nError: Error -22 while loading VM state"),
        (REFUSED, 1, "savevm: no room"),
        (REFUSED, 1, "migrate: the state was refused, or not saved"),
        (REFUSED, 1, "saved again after loading: no"),
        (FIELD, 1, "saved state: 9 bytes, again after loading 9 bytes, differ from offset 0x1"),
        (LINE, 1, f"{CASE.command}: never reloaded ['IRQ raise 4'], after the reload []"),
        (
            case(expected="a b", seen="c"),
            1,
            f"{CASE.command}: never reloaded a b, after the reload c",
        ),
    ],
)
def test_each_kind_of_failure_is_told_by_what_is_said_of_it(played, one, status, said):
    assert played(one, status, said).outcome is Outcome.STILL_FAILS


@pytest.mark.parametrize(
    ("one", "status", "said"),
    [
        (CRASH, 1, "loadvm: Error -22 while loading VM state"),
        (REFUSED, 1, AS_SAID),
        (FIELD, 1, AS_SAID),
        (LINE, 1, AS_SAID),
        (LINE, 1, f"{CASE.command}: never reloaded ['IRQ raise 14'], after the reload []"),
        (CASE, 1, "loadvm: Error -22 while loading VM state"),
    ],
)
def test_another_kind_of_failure_is_a_change(played, one, status, said):
    assert played(one, status, said).outcome is Outcome.CHANGED


@pytest.mark.parametrize("one", [CASE, REFUSED, FIELD])
def test_a_script_that_could_not_run_is_an_error_with_its_last_words(played, one):
    told = played(one, 2, "Traceback", "could not run: QEMU ended (exit status 1)")
    assert told.outcome is Outcome.ERROR
    assert told.why.endswith(
        "case.py ended with status 2: Traceback could not run: QEMU ended (exit status 1)"
    )
    assert played(one, 2).why.endswith("ended with status 2: it said nothing")


def test_the_script_is_told_the_binaries_and_sees_nothing_of_this_package(tmp_path):
    script = tmp_path / "case.py"
    script.write_text(
        "import sys\n"
        "print('savevm:', sys.argv[1:], sys.flags.isolated, 'harness' in sys.modules)\n"
        "sys.exit(1)\n"
    )
    told = stand_alone(CASE, script, [Path("/a"), Path("/b c")], VERSION)
    assert told.why.endswith("savevm: ['/a', '/b c'] 1 False")


def has_ended(pid):
    try:
        child = psutil.Process(pid)
        # Nobody may have collected it yet.
        return child.status() == psutil.STATUS_ZOMBIE or child.wait(5) is None
    except psutil.NoSuchProcess:
        return True


def test_a_script_that_does_not_end_is_ended_with_all_that_it_started(tmp_path):
    script = tmp_path / "case.py"
    script.write_text(
        "import subprocess, sys, time\n"
        "child = subprocess.Popen([sys.executable, '-c', 'import time; time.sleep(600)'])\n"
        "print(child.pid, flush=True)\n"
        "time.sleep(600)\n"
    )
    told = stand_alone(CASE, script, [], VERSION, limit_s=2)
    assert told.outcome is Outcome.ERROR
    how, _, pid = told.why.rpartition(": ")
    assert how == f"{script} did not end within 2 s"
    assert has_ended(int(pid))


def test_a_case_without_a_script_is_refused_with_what_to_do(tmp_path):
    with pytest.raises(ConfigError) as caught:
        stand_alone(CASE, tmp_path / "none.py", [], VERSION)
    assert caught.value.what == (
        f"{CASE.id} has no script to stand alone: {tmp_path / 'none.py'} is not there"
    )
    assert "without --standalone" in caught.value.remedy
