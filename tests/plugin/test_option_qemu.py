"""``--vmstate-qemu``: which binaries are used."""

from __future__ import annotations

import shutil

import pytest

VERSION = "echo 'QEMU emulator version 7.2.22'"
NAME_ANOTHER = "  name a qemu-system-* binary with --vmstate-qemu PATH"
LIST = ("--vmstate-fuzz", "--vmstate-device=i8257", "--collect-only", "-q")


def refused(result):
    """Return the two lines of a refusal."""
    assert result.ret == pytest.ExitCode.USAGE_ERROR
    return result.stderr.lines[:2]


@pytest.fixture
def qemu():
    path = shutil.which("qemu-system-x86_64")
    assert path is not None, "these tests need qemu-system-x86_64 on PATH"
    return path


@pytest.mark.qemu
def test_a_binary_that_is_named_is_used_and_path_is_not_searched(runs, qemu):
    runs.hide_qemu()
    result = runs.pytest(*LIST, f"--vmstate-qemu={qemu}")
    assert result.ret == pytest.ExitCode.OK
    assert "vmstate::qemu:pc::i8257[0]" in result.outlines


@pytest.mark.qemu
def test_the_ini_twin_takes_one_path_a_line_and_the_option_wins(runs, qemu):
    runs.hide_qemu()
    runs.ini(qemu=f"\n  {qemu}")
    named = (*LIST, "--vmstate-guest=qemu:pc")
    assert "vmstate::qemu:pc::i8257[0]" in runs.pytest(*named).outlines
    assert refused(runs.pytest(*named, "--vmstate-qemu=none"))[0] == (
        "ERROR: there is no QEMU at none"
    )


@pytest.mark.qemu
def test_several_binaries_of_one_target_are_told_apart_by_version(runs, qemu):
    other = runs.program(
        "qemu-system-x86_64",
        'case "$1" in --version) echo "QEMU emulator version 11.1.3"; exit;; esac',
        f'exec {qemu} "$@"',
    )
    result = runs.pytest(
        *LIST, "--vmstate-guest=qemu:pc", f"--vmstate-qemu={qemu}", f"--vmstate-qemu={other}"
    )
    guests = {line.split("::")[1] for line in result.outlines if "::" in line}
    assert len(guests) == 2
    assert "qemu:pc@11.1.3" in guests


def test_a_missing_binary_is_refused(runs):
    path = runs.folder / "none"
    result = runs.pytest(*LIST, f"--vmstate-qemu={path}")
    assert refused(result) == [f"ERROR: there is no QEMU at {path}", NAME_ANOTHER]


def test_a_foreign_binary_is_refused_with_what_it_printed(runs):
    found = refused(runs.pytest(*LIST, "--vmstate-qemu=/bin/ls"))
    assert found[0].startswith(
        "ERROR: /bin/ls is not a QEMU system emulator: asked for --version it printed 'ls "
    )
    assert found[1] == NAME_ANOTHER


def test_a_script_that_prints_nonsense_is_refused(runs):
    path = runs.program("qemu-system-x86_64", "echo '<html>404</html>'")
    result = runs.pytest(*LIST, f"--vmstate-qemu={path}")
    assert refused(result) == [
        (
            f"ERROR: {path} is not a QEMU system emulator: asked for --version it printed "
            "'<html>404</html>'"
        ),
        NAME_ANOTHER,
    ]


def test_a_file_that_is_not_executable_is_refused(runs):
    path = runs.program("qemu-system-x86_64", VERSION, mode=0o644)
    result = runs.pytest(*LIST, f"--vmstate-qemu={path}")
    assert refused(result) == [
        f"ERROR: {path} is not executable",
        f"  make it executable (chmod +x), or {NAME_ANOTHER.strip()}",
    ]


def test_a_binary_that_prints_the_right_version_and_then_ends_is_refused(runs):
    path = runs.program(
        "qemu-system-x86_64",
        'case "$1" in --version) echo "QEMU emulator version 7.2.22"; exit;; esac',
        "echo 'no such thing' >&2; exit 3",
    )
    result = runs.pytest(*LIST, "--vmstate-guest=qemu:pc", f"--vmstate-qemu={path}")
    assert refused(result) == [
        "ERROR: --vmstate-guest qemu:pc does not start: no such thing",
        f"  see {path} -M help for the machines of this binary",
    ]


def test_a_target_of_which_nothing_is_hunted_by_default_is_told(runs):
    path = runs.program("qemu-system-arm", VERSION)
    result = runs.pytest(
        "--vmstate-fuzz",
        "--vmstate-device=i8257",
        "--vmstate-budget=2cycles",
        f"--vmstate-qemu={path}",
    )
    assert result.ret == pytest.ExitCode.OK
    assert (
        "vmstate: qemu: only QEMUs for arm were found, and their machines are not "
        "hunted by default; name one with --vmstate-guest qemu:MACHINE"
    ) in result.outlines


@pytest.mark.qemu
def test_a_fetched_binary_is_named_by_its_suite_and_target(runs, qemu, monkeypatch):
    runs.hide_qemu()
    wrapper = runs.folder / "cache/pytest-vmstate/qemu/debian-sid/x/bin/qemu-system-x86_64"
    wrapper.parent.mkdir(parents=True)
    wrapper.symlink_to(qemu)
    monkeypatch.setenv("XDG_CACHE_HOME", str(runs.folder / "cache"))
    named = runs.pytest(*LIST, "--vmstate-guest=qemu:pc", "--vmstate-qemu=debian:sid/x86_64")
    assert "vmstate::qemu:pc::i8257[0]" in named.outlines
    assert refused(runs.pytest(*LIST, "--vmstate-qemu=debian:sid/arm")) == [
        "ERROR: debian:sid/arm has not been fetched; there are: debian:sid/x86_64",
        "  fetch it with vmstate qemu fetch debian:sid --arch arm",
    ]
