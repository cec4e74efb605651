"""``vmstate qemu fetch`` and ``list``: what they print, and their exit status."""

import json

import pytest
from click.testing import CliRunner

from harness.cli import main
from harness.cli.status import CLEAN, COULD_NOT_RUN
from harness.qemu import binaries
from tests.support.fake_apt import FakeDebian


@pytest.fixture(autouse=True)
def debian(tmp_path, monkeypatch):
    monkeypatch.setattr(binaries, "on_path", list)
    return FakeDebian(tmp_path, monkeypatch)


def qemu(*args):
    return CliRunner().invoke(main, ["qemu", *args])


def test_fetch_prints_where_the_emulators_are(debian):
    result = qemu("fetch", "debian:sid")
    path = debian.cache / "debian-sid/qemu-system-x86/bin/qemu-system-x86_64"
    assert result.exit_code == CLEAN
    assert result.stdout == f"{path}\n"
    assert result.stderr.startswith(
        "debian:sid: reading the lists of ftp://archive.example/debian\n"
    )


def test_fetch_prints_json(debian):
    result = qemu("fetch", "debian:sid", "--arch", " x86_64,x86_64,", "--json")
    path = debian.cache / "debian-sid/qemu-system-x86/bin/qemu-system-x86_64"
    assert json.loads(result.stdout) == {
        "suite": "sid",
        "binaries": [{"target": "x86_64", "path": str(path)}],
    }


def test_fetch_takes_another_archive():
    result = qemu("fetch", "debian:sid", "--mirror", "http://other")
    assert "reading the lists of http://other\n" in result.stderr


def test_fetch_says_why_it_cant(debian):
    debian.fail("update-status E: no Network is unreachable")
    result = qemu("fetch", "debian:sid")
    assert result.exit_code == COULD_NOT_RUN
    assert result.stdout == ""
    assert "the archive ftp://archive.example/debian can't be reached" in result.stderr


@pytest.mark.parametrize("args", [["sid"], ["debian:sid", "--arch", ","]])
def test_fetch_needs_a_suite_and_a_target(args):
    result = qemu("fetch", *args)
    assert result.exit_code == COULD_NOT_RUN
    assert result.stderr.endswith(
        "names nothing to fetch\n"
        "  write e.g. vmstate qemu fetch debian:bookworm --arch x86_64,aarch64\n"
    )


def test_list_tells_what_each_can_do():
    path = qemu("fetch", "debian:sid").stdout.strip()
    result = qemu("list")
    assert result.exit_code == CLEAN
    assert result.stdout.split(maxsplit=2) == [
        *("debian:sid", "x86_64"),
        f"5.2.0 (Fake), 2 machine types, accelerators tcg kvm (with qtest), {path}\n",
    ]


def test_list_prints_json():
    path = qemu("fetch", "debian:sid").stdout.strip()
    assert json.loads(qemu("list", "--json").stdout) == {
        "binaries": [
            {
                "path": path,
                "origin": "debian:sid",
                "target": "x86_64",
                "version": "5.2.0 (Fake)",
                "machines": 2,
                "accelerators": ["tcg", "kvm"],
                "qtest": True,
                "problem": "",
            }
        ]
    }


def test_list_tells_what_cant_be_used(debian):
    path = debian.cache / "debian-sid/x/bin/qemu-system-arm"
    path.parent.mkdir(parents=True)
    path.write_text("#!/bin/sh\necho 'error while loading'\n")
    path.chmod(0o755)
    assert "arm          can't be used: " in qemu("list").stdout


def test_list_says_how_to_get_one():
    result = qemu("list")
    assert result.exit_code == CLEAN
    assert result.stdout == ""
    assert result.stderr == "there is no QEMU: vmstate qemu fetch debian:SUITE gets one\n"
