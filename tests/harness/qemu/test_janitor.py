"""Janitors: what they remove, when, and that they go themselves."""

import os
import signal
import stat
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from harness.qemu import janitor
from harness.qemu.janitor import private_directory

DEADLINE_S = 20
OWNER = """
import sys, time
from pathlib import Path
from harness.qemu.janitor import private_directory
for _ in range(2):
    (private_directory(Path(sys.argv[1])) / "file").write_text("x")
print("ready", flush=True)
if sys.argv[2:]:
    sys.exit()
time.sleep(600)
"""


def wait_until(condition):
    end = time.monotonic() + DEADLINE_S
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.02)


def owner(where, *more):
    """Start a process that makes two directories in *where*; give it when they are there."""
    process = subprocess.Popen(
        [sys.executable, "-c", OWNER, str(where), *more],
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
    )
    assert process.stdout.readline() == "ready\n"
    return process


def test_a_directory_is_private_and_named_after_its_process(tmp_path):
    one, other = private_directory(tmp_path), private_directory(tmp_path)
    assert one != other
    assert stat.S_IMODE(one.stat().st_mode) == 0o700
    for path in (one, other):
        assert path.parent == tmp_path
        assert path.name.startswith(f"vmstate-{os.getpid()}-")


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_what_a_killed_process_had_is_removed_and_nothing_else(tmp_path, number):
    where = tmp_path / "with a space"
    where.mkdir()
    with owner(where) as process:
        others = [where / "vmstate-1-x", where / f"vmstate-{process.pid}-else", where / "else"]
        for path in others:
            path.mkdir()
        [watcher] = psutil.Process(process.pid).children()
        assert len(list(where.iterdir())) == 5
        process.send_signal(number)
    wait_until(lambda: set(where.iterdir()) == set(others))
    gone, alive = psutil.wait_procs([watcher], timeout=DEADLINE_S)
    assert gone or alive[0].status() == psutil.STATUS_ZOMBIE


def test_one_that_ends_by_itself_is_tidied_up_after_too(tmp_path):
    with owner(tmp_path, "end") as process:
        assert process.wait(DEADLINE_S) == 0
    wait_until(lambda: list(tmp_path.iterdir()) == [])


def test_it_is_not_struck_by_what_strikes_the_whole_group(tmp_path):
    with owner(tmp_path) as process:
        [watcher] = psutil.Process(process.pid).children()
        assert os.getsid(watcher.pid) == os.getpgid(watcher.pid) == watcher.pid
        # It holds nothing open that somebody may wait for: not our output, above all.
        assert {file.path for file in watcher.open_files()} <= {"/dev/null"}
        fds = Path(f"/proc/{watcher.pid}/fd")
        assert {path.name: str(path.readlink()) for path in fds.iterdir() if path.name in "12"} == {
            "1": "/dev/null",
            "2": "/dev/null",
        }
        process.kill()


def test_without_a_shell_directories_are_made_all_the_same(tmp_path, monkeypatch):
    monkeypatch.setattr(janitor, "_SHELL", str(tmp_path / "none"))
    where = tmp_path / "where"
    where.mkdir()
    assert private_directory(where).is_dir()
