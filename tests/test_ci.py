"""The script that gets QEMU for the tests: with programs that play a machine."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

SCRIPT = Path(__file__).parents[1] / ".ci" / "qemu"
#: A line of each program that is called goes here.
CALLS = "calls"


@pytest.fixture
def machine(tmp_path):
    """A machine that has the programs that are put there, and nothing else."""
    there = tmp_path / "bin"
    there.mkdir()
    for name in ("dirname", "env", "touch", "chmod"):
        (there / name).symlink_to(shutil.which(name))

    def run(**programs):
        for name, line in programs.items():
            path = there / {"apt_get": "apt-get"}.get(name, name)
            path = tmp_path / "venv/bin/vmstate" if name == "vmstate" else path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(f'#!/bin/sh\necho "{path.name} $*" >> {tmp_path / CALLS}\n{line}\n')
            path.chmod(0o755)
        done = subprocess.run(
            ["/bin/bash", SCRIPT, tmp_path / "venv"],
            env={"PATH": str(there), "BIN": str(there)},
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            timeout=20,
            check=False,
        )
        calls = tmp_path / CALLS
        return done, calls.read_text().splitlines() if calls.exists() else []

    return run


#: What apt-get does where it may: QEMU is there afterwards.
INSTALL = 'test "$1" = update || { : > $BIN/qemu-system-x86_64; chmod +x $BIN/qemu-system-x86_64; }'
INSTALLING = [
    "apt-get update -qq",
    "apt-get install -y -qq --no-install-recommends qemu-system-x86",
]
FETCH = "echo /cache/bin/qemu-system-x86_64"


def test_where_qemu_is_there_nothing_is_done(machine):
    done, calls = machine(**{"qemu-system-x86_64": ""}, apt_get=INSTALL, id="echo 0")
    assert (done.returncode, done.stdout, calls) == (0, "", [])


def test_root_installs_it(machine):
    done, calls = machine(apt_get=INSTALL, id="echo 0", vmstate=FETCH)
    assert (done.returncode, done.stdout) == (0, "")
    assert calls == ["id -u", *INSTALLING]


def test_others_install_it_as_root_where_they_may(machine):
    done, calls = machine(apt_get=INSTALL, id="echo 1000", sudo='"$@"', vmstate=FETCH)
    assert (done.returncode, done.stdout) == (0, "")
    assert [call for call in calls if call.startswith("apt-get")] == INSTALLING
    assert calls[1] == "sudo apt-get update -qq"


@pytest.mark.parametrize(
    "programs",
    [
        {"id": "echo 1000", "apt_get": INSTALL},
        {"id": "echo 1000", "apt_get": INSTALL, "sudo": "exit 1"},
        {"id": "echo 0", "apt_get": "exit 100"},
        {"id": "echo 0", "apt_get": "exit 0"},
    ],
    ids=["no sudo", "sudo refuses", "apt fails", "apt brings none"],
)
def test_where_it_can_not_be_installed_it_is_fetched_and_found_first_on_path(machine, programs):
    done, calls = machine(**programs, vmstate=FETCH)
    assert (done.returncode, done.stdout) == (0, "/cache/bin:\n")
    assert calls[-1] == "vmstate qemu fetch debian:bookworm"
    assert "fetching that of debian:bookworm into the cache" in done.stderr


def test_where_neither_works_it_fails_and_says_what_to_do(machine):
    done, _ = machine(id="echo 1000", apt_get="exit 1", vmstate="echo no network >&2; exit 2")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr.endswith(
        "no network\nnor be fetched: install QEMU, e.g. apt-get install qemu-system-x86\n"
    )


def test_without_apt_it_fails_at_once(machine):
    done, calls = machine(vmstate=FETCH)
    assert (done.returncode, done.stdout, calls) == (2, "", [])
    assert done.stderr == (
        "no qemu-system-x86_64 on PATH and no apt-get to get it with: install QEMU\n"
    )


def test_every_target_that_needs_qemu_gets_it_and_puts_it_on_path():
    makefile = SCRIPT.parents[1].joinpath("Makefile").read_text("utf-8")
    lines = [line for line in makefile.splitlines() if ".ci/qemu" in line]
    assert len(lines) == 3
    for line in lines:
        assert line.startswith('\t@qemu=$$(.ci/qemu $(VENV)) && PATH="$$qemu$$PATH" $(BIN)/')
