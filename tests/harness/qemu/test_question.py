"""Questions: a program that answers, one that does not, and one that somebody kills."""

import subprocess

import pytest

from harness.errors import ConfigError
from harness.qemu.question import ask


def program(tmp_path, *lines):
    path = tmp_path / "program"
    path.write_text("\n".join(["#!/bin/sh", f"echo >> {tmp_path}/started", *lines, ""]))
    path.chmod(0o755)
    return path


def starts(tmp_path):
    return len((tmp_path / "started").read_text())


def test_a_program_answers_what_it_is_given(tmp_path):
    done = ask(program(tmp_path, 'echo "$@"; cat; exit 3'), "a", "b", deadline_s=10, entered="c")
    assert (done.stdout, done.returncode) == ("a b\nc", 3)
    assert starts(tmp_path) == 1


def test_one_that_somebody_kills_is_asked_again(tmp_path):
    flag = tmp_path / "flag"
    path = program(tmp_path, f"[ -e {flag} ] || {{ echo >> {flag}; kill -9 $$; }}", "echo here")
    assert ask(path, deadline_s=10).stdout == "here\n"
    assert starts(tmp_path) == 2


def test_one_that_somebody_kills_each_time_is_refused(tmp_path):
    path = program(tmp_path, "kill -15 $$")
    with pytest.raises(ConfigError) as info:
        ask(path, "--version", deadline_s=10)
    assert str(info.value) == (
        f"{path} --version was ended by somebody else, 2 times\n"
        "  see to it that it may run; the kernel ends programs when memory is short"
    )
    assert starts(tmp_path) == 2


def test_one_that_dies_of_itself_has_answered(tmp_path):
    assert ask(program(tmp_path, "kill -6 $$"), deadline_s=10).returncode == -6
    assert starts(tmp_path) == 1


def test_one_that_does_not_end_is_given_up(tmp_path):
    with pytest.raises(subprocess.TimeoutExpired):
        ask(program(tmp_path, "exec sleep 60"), deadline_s=0.2)
