"""Processes: what is started, what is left, and how it ends.  No QEMU is needed."""

import os
import resource
import shutil
import signal
import stat
import subprocess
import sys
import time
from dataclasses import replace
from pathlib import Path

import psutil
import pytest

from harness.errors import LaunchError
from harness.qemu import process as process_module
from harness.qemu.argv import BLANK_IMAGE, Machine
from harness.qemu.process import LOG_TAIL_LINES, Process

DEADLINE_S = 20


@pytest.fixture
def program(tmp_path):
    """Make a program of shell lines; it is given QEMU's arguments and ignores them."""

    def make(*lines):
        path = tmp_path / "qemu-system-x86_64"
        path.write_text("\n".join(("#!/bin/sh", *lines, "")))
        path.chmod(0o755)
        return Machine(path)

    return make


def test_the_directory_is_private_and_holds_image_and_log(program):
    with Process(program("exec sleep 600")) as process:
        assert stat.S_IMODE(process.directory.stat().st_mode) == 0o700
        assert {path.name for path in process.directory.iterdir()} == {
            "snapshots.qcow2",
            "stderr.log",
        }
        assert str(process.directory / "snapshots.qcow2") in " ".join(process.argv)


def test_a_blank_image_is_made_for_a_machine_that_needs_one(program):
    machine = replace(program("exec sleep 600"), devices=("-bios", BLANK_IMAGE))
    with Process(machine) as process:
        blank = process.directory / BLANK_IMAGE
        assert process.argv[-1] == str(blank)
        assert blank.read_bytes() == bytes(4096)
    assert not blank.exists()


TALK = """\
import re, socket, sys
fd = int(re.search(r"socket,id=monitor,fd=(\\d+)", " ".join(sys.argv)).group(1))
wire = socket.socket(fileno=fd)
wire.sendall(b"greeting")
print("got", wire.recv(100).decode(), file=sys.stderr)
"""


def test_the_sockets_reach_the_process_by_the_descriptors_in_its_arguments(program, tmp_path):
    (tmp_path / "talk.py").write_text(TALK)
    machine = program(f'exec {sys.executable} -S {tmp_path}/talk.py "$@"')
    with Process(machine) as process:
        process.qmp.settimeout(DEADLINE_S)
        assert process.qmp.recv(100) == b"greeting"
        process.qmp.sendall(b"hello")
        assert process.status(within_s=DEADLINE_S) == 0
        assert process.log_tail() == "got hello"


def test_it_runs_in_a_session_of_its_own(program):
    with Process(program("exec sleep 600")) as process:
        assert os.getsid(process.pid) == process.pid


def test_stopping_kills_whatever_it_started_and_removes_the_directory(program):
    machine = program("sleep 600 &", "echo ready >&2", "wait")
    process = Process(machine)
    with process:
        wait_for_log(process, "ready")
        family = [psutil.Process(process.pid), *psutil.Process(process.pid).children()]
        assert len(family) == 2
    _, alive = psutil.wait_procs(family, timeout=DEADLINE_S)
    assert not [p for p in alive if p.status() != psutil.STATUS_ZOMBIE]
    assert not process.directory.exists()
    assert process.stop() == -signal.SIGKILL


def wait_for_log(process, text):
    while text not in process.log_tail():
        assert process.status(within_s=0.02) is None


def test_a_stopped_process_can_be_killed_too(program):
    process = Process(program("exec sleep 600"))
    os.kill(process.pid, signal.SIGSTOP)
    assert process.stop() == -signal.SIGKILL


def test_the_status_is_none_while_it_runs_and_then_the_exit_status(program):
    with Process(program("read line", "exit 7")) as process:
        assert process.status(within_s=DEADLINE_S) == 7
    assert process.stop() == 7


def test_a_running_process_has_no_status_yet(program):
    with Process(program("exec sleep 600")) as process:
        assert process.status() is None
        assert process.status(within_s=0.01) is None


def test_the_log_is_cut_to_its_last_lines_and_outlives_the_process(program):
    process = Process(program("seq 1 100 >&2", "exit 1"))
    assert process.status(within_s=DEADLINE_S) == 1
    process.stop()
    lines = process.log_tail().splitlines()
    assert len(lines) == LOG_TAIL_LINES
    assert (lines[0], lines[-1]) == ("61", "100")


def test_a_program_that_is_not_there_is_a_launch_error_and_leaves_nothing(tmp_path, monkeypatch):
    seen = []
    make = Process.__init__

    def remember(self, machine):
        seen.append(self)
        make(self, machine)

    monkeypatch.setattr(Process, "__init__", remember)
    with pytest.raises(LaunchError) as caught:
        Process(Machine(tmp_path / "none"))
    assert f"No such file or directory: {tmp_path}/none" in str(caught.value)
    assert caught.value.status is None
    assert caught.value.argv[0] == str(tmp_path / "none")
    assert not seen[0].directory.exists()
    assert seen[0].qmp.fileno() == seen[0].qtest.fileno() == -1


def test_where_memory_backed_storage_is_missing_the_default_directory_serves(
    program, monkeypatch, tmp_path
):
    monkeypatch.setattr("harness.qemu.process._MEMORY_STORAGE", tmp_path / "none")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    with Process(program("exec sleep 600")) as process:
        assert process.directory.parent == tmp_path


def test_a_directory_that_can_not_be_filled_is_not_left_behind(program, monkeypatch, tmp_path):
    def full():
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("harness.qemu.process._MEMORY_STORAGE", tmp_path / "none")
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    monkeypatch.setattr("harness.qemu.process.empty_qcow2", full)
    before = set(tmp_path.iterdir())
    with pytest.raises(OSError, match="No space left"):
        Process(program("exec sleep 600"))
    assert {path.name for path in set(tmp_path.iterdir()) - before} <= {"qemu-system-x86_64"}


PARENT = """
import sys, time
from pathlib import Path
from harness.qemu.argv import Machine
from harness.qemu.process import Process
process = Process(Machine(Path(sys.argv[1])))
print(process.pid, process.directory, flush=True)
time.sleep(600)
"""


def test_it_is_killed_with_the_process_that_started_it(program):
    machine = program("exec sleep 600")
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(machine.binary)],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    with parent:
        pid, directory = parent.stdout.readline().split()
        child = psutil.Process(int(pid))
        parent.kill()
    try:
        gone, _ = psutil.wait_procs([child], timeout=DEADLINE_S)
        assert gone or child.status() == psutil.STATUS_ZOMBIE
        end = time.monotonic() + DEADLINE_S
        while Path(directory).exists():
            assert time.monotonic() < end, "the janitor did not come"
            time.sleep(0.02)
    finally:
        shutil.rmtree(directory, ignore_errors=True)


def test_what_a_killed_process_left_behind_is_swept_and_nothing_else(tmp_path):
    with subprocess.Popen(["true"]) as dead:
        dead.wait()
    left = tmp_path / f"vmstate-{dead.pid}-left"
    others = [tmp_path / name for name in (f"vmstate-{os.getpid()}-ours", "vmstate-x-y", "else")]
    for folder in (left, *others):
        folder.mkdir()
        (folder / "image").write_bytes(b"")
    process_module._sweep.__wrapped__(tmp_path)
    assert not left.exists()
    assert all(folder.exists() for folder in others)


EATER = """\
import resource, socket, sys, re
fd = int(re.search(r"socket,id=monitor,fd=(\\d+)", " ".join(sys.argv)).group(1))
wire = socket.socket(fileno=fd)
wire.sendall(b"greeting")
wanted, eaten = int(wire.recv(100)), []
try:
    while len(eaten) < wanted:
        eaten.append(bytearray(1 << 26))
    wire.sendall(b"%d" % len(eaten))
except MemoryError:
    sys.exit("failed to allocate 67108864 bytes")
"""


@pytest.fixture
def eater(program, tmp_path):
    """Start a process that will take as many pieces of 64 MiB as it is told to."""
    (tmp_path / "eater.py").write_text(EATER)
    with Process(program(f'exec {sys.executable} -S {tmp_path}/eater.py "$@"')) as process:
        process.qmp.settimeout(DEADLINE_S)
        assert process.qmp.recv(100) == b"greeting"
        process.limit_memory()
        yield process


def test_a_process_may_grow_by_some_memory(eater):
    eater.qmp.sendall(b"8")
    assert eater.qmp.recv(100) == b"8"
    assert eater.status(within_s=DEADLINE_S) == 0
    assert eater.greed == ""


def test_a_process_that_eats_memory_is_refused_it_and_that_is_told(eater):
    eater.qmp.sendall(b"1000")
    assert eater.qmp.recv(100) == b""
    assert eater.status(within_s=DEADLINE_S) == 1
    assert eater.greed == "wanting more than 1024 MiB beyond what it began with"
    eater.stop()
    assert eater.greed


def test_a_lower_limit_stays(program, tmp_path):
    with Process(program("ulimit -d 100000", "exec sleep 600")) as process:
        while "sleep" not in Path(f"/proc/{process.pid}/cmdline").read_text():
            time.sleep(0.01)
        process.limit_memory()
        lowest = 100_000 * 1024
        assert resource.prlimit(process.pid, resource.RLIMIT_DATA) == (lowest, lowest)


def test_what_is_gone_needs_no_limit(program):
    with Process(program("exit 0")) as process:
        assert process.status(within_s=DEADLINE_S) == 0
        process.limit_memory()
        assert process.greed == ""
