"""Every QEMU there is, and what it says of itself."""

import pytest

from harness.qemu import binaries
from harness.qemu import found as found_module
from harness.qemu.found import Found, find_all
from harness.qemu.suites.fetch import fetch
from tests.support.fake_apt import FakeDebian


@pytest.fixture
def debian(tmp_path, monkeypatch):
    return FakeDebian(tmp_path, monkeypatch)


def program(path, body):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(
        f'#!/bin/sh\ncase "$*" in\n--version) echo "QEMU emulator version 9.1.0";;\n{body}\nesac\n'
    )
    path.chmod(0o755)
    return path


@pytest.fixture
def installed(tmp_path, monkeypatch):
    """Put one program on PATH, and nothing into the cache."""

    def put(body):
        monkeypatch.setenv("PATH", str(tmp_path / "bin"))
        monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "empty"))
        return program(tmp_path / "bin/qemu-system-arm", body)

    return put


def test_a_fetched_qemu_is_found(debian, monkeypatch):
    monkeypatch.setattr(binaries, "on_path", list)
    (fetched,) = fetch("sid", ["x86_64"])
    assert find_all() == [
        Found(fetched.path, "debian:sid", "x86_64", "5.2.0 (Fake)", 2, ("tcg", "kvm"), qtest=True)
    ]


def test_an_installed_qemu_is_found(installed):
    path = installed('"-M help") echo virt a board;;\n"-accel help") echo tcg;;\n*) exit 1;;')
    assert find_all() == [Found(path, "PATH", "arm", "9.1.0", 1, ("tcg",))]


def test_one_that_gives_no_list_is_a_problem_and_no_end(installed):
    path = installed("*) echo trouble >&2; exit 1;;")
    assert find_all() == [
        Found(path, "PATH", "arm", problem=f"{path} -M help gave no list: trouble")
    ]


def test_an_empty_list_is_none(installed):
    path = installed("*) echo 'Supported machines are:';;")
    assert find_all()[0].problem == f"{path} -M help gave no list: nothing"


def test_one_that_hangs_is_a_problem(installed, monkeypatch):
    monkeypatch.setattr(found_module, "ASK_DEADLINE_S", 0.5)
    path = installed("*) exec /bin/sleep 600;;")
    assert find_all()[0].problem == f"{path} -M help did not end within 0.5 s"


@pytest.mark.qemu
def test_the_installed_qemu_tells_its_machines(monkeypatch, tmp_path):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    binary = binaries.find_one()
    monkeypatch.setattr(binaries, "on_path", lambda: [binary])
    (found,) = find_all()
    assert found.problem == ""
    assert found.machines > 10
    assert "tcg" in found.accelerators
