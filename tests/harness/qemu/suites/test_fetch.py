"""Fetching from the archive of a fake machine."""

import errno
import json
import os
import shutil

import pytest

from harness.errors import ConfigError
from harness.qemu import binaries
from harness.qemu.suites import fetch as fetch_module
from harness.qemu.suites.cache import locked
from harness.qemu.suites.fetch import fetch
from tests.support.fake_apt import FakeDebian

TREE = "debian-sid/qemu-system-x86"


@pytest.fixture
def debian(tmp_path, monkeypatch):
    return FakeDebian(tmp_path, monkeypatch)


def refusal(*args, **options):
    with pytest.raises(ConfigError) as caught:
        fetch(*args, **options)
    return str(caught.value)


def test_a_fetched_qemu_runs(debian):
    said = []
    (found,) = fetch("sid", ["x86_64"], say=said.append)
    assert (found.suite, found.target) == ("sid", "x86_64")
    assert found.path == debian.cache / TREE / "bin/qemu-system-x86_64"
    assert binaries.probe(found.path).version == (5, 2, 0)
    assert said == [
        "debian:sid: reading the lists of ftp://archive.example/debian",
        "debian:sid: downloading qemu-system-x86 and what they need",
        "debian:sid: unpacking 2 packages",
    ]


def test_nothing_but_the_whole_tree_is_in_the_cache(debian):
    fetch("sid", ["x86_64"])
    assert debian.left() == [TREE]
    assert sorted(path.name for path in (debian.cache / TREE).iterdir()) == [
        *("bin", "files", "manifest.json")
    ]
    assert [path.name for path in (debian.cache / TREE / "bin").iterdir()] == ["qemu-system-x86_64"]
    assert json.loads((debian.cache / TREE / "manifest.json").read_text()) == {
        "format": "vmstate-qemu-tree",
        "version": 1,
        "suite": "sid",
        "archive": "ftp://archive.example/debian",
        "packages": ["qemu-system-x86"],
        "files": ["libc6.deb", "qemu.deb"],
    }


def test_what_is_in_the_cache_is_not_fetched_again(debian, monkeypatch, tmp_path):
    first = fetch("sid", ["x86_64"])
    monkeypatch.setenv("PATH", str(tmp_path))
    shutil.rmtree(debian.bin)
    assert fetch("sid", ["x86_64"]) == first


def test_firmware_is_fetched_where_the_suite_has_it(debian):
    fetch("sid", ["x86_64"])
    (install,) = [call for call in debian.calls if call.startswith("apt-get install")]
    assert install.endswith(
        "--no-install-recommends --download-only -t sid qemu-system-x86 seabios"
    )


def test_a_mirror_is_asked_instead_of_the_machines_own_archive(debian):
    said = []
    fetch("sid", ["x86_64"], mirror="http://other", say=said.append)
    assert said[0] == "debian:sid: reading the lists of http://other"


def test_a_package_without_the_target_is_refused_the_second_time_too(debian):
    expected = (
        "debian:sid has no package with qemu-system-m68k\n"
        "  it has qemu-system-x86_64: name another --arch, or another suite"
    )
    assert refusal("sid", ["m68k"]) == expected
    before = len(debian.calls)
    assert refusal("sid", ["m68k"]) == expected
    assert not [call for call in debian.calls[before:] if call.startswith("apt-get install")]


def test_a_package_that_the_suite_lacks_is_refused(debian):
    assert refusal("sid", ["aarch64"]) == (
        "debian:sid has no package with qemu-system-aarch64\n"
        "  it has qemu-system-misc, qemu-system-x86: name another --arch, or another suite"
    )
    assert debian.left() == []


@pytest.mark.parametrize(
    "mode",
    [
        "update-says W: Failed to fetch x  Temporary failure resolving 'archive'",
        "update-status E: Failed to fetch x  Temporary failure resolving 'archive'",
    ],
)
def test_offline_with_an_empty_cache_nothing_can_be_had(debian, mode):
    debian.fail(mode)
    assert refusal("sid", ["x86_64"]) == (
        "the archive ftp://archive.example/debian can't be reached,"
        " and what you asked of debian:sid is not in the cache\n"
        f"    {mode.partition(' ')[2]}\n"
        "  connect this machine, or name an archive in reach with --mirror URL"
    )
    assert debian.left() == []


@pytest.mark.parametrize("step", ["update", "install", "-x"])
def test_an_interrupted_fetch_leaves_nothing_and_may_be_repeated(debian, step):
    debian.fail(f"{step}-status E: broken pipe")
    assert "failed with exit status 100 for debian:sid" in refusal("sid", ["x86_64"])
    assert debian.left() == []
    debian.fail("")
    assert fetch("sid", ["x86_64"])


def test_no_space_says_where(debian):
    debian.fail("-x-status dpkg-deb: error: No space left on device")
    said = refusal("sid", ["x86_64"])
    assert said.startswith(
        f"there is no space left for debian:sid at {debian.cache}/debian-sid/.new-"
    )
    assert said.endswith(
        "\n  make room (a suite takes up to 1 GB meanwhile), or set XDG_CACHE_HOME"
    )
    assert debian.left() == []


def test_no_space_for_our_own_files_says_where(debian, monkeypatch):
    def full(*_args):
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    monkeypatch.setattr(fetch_module, "wrapper_script", full)
    assert refusal("sid", ["x86_64"]) == (
        f"there is no space left for debian:sid at {debian.cache}\n"
        "  make room (a suite takes up to 1 GB meanwhile), or set XDG_CACHE_HOME"
    )
    assert debian.left() == []


def test_a_cache_that_cant_be_written_is_named(debian, tmp_path):
    (tmp_path / "cache").touch()
    said = refusal("sid", ["x86_64"])
    assert said.startswith(f"the cache can't be written at {tmp_path}/cache")
    assert said.endswith("\n  make it writable, or set XDG_CACHE_HOME to a folder that is")


def test_what_another_run_has_fetched_meanwhile_is_taken(debian, monkeypatch):
    real = fetch_module.check_programs

    def lose_the_race():
        monkeypatch.setattr(fetch_module, "check_programs", real)
        fetch("sid", ["x86_64"])

    monkeypatch.setattr(fetch_module, "check_programs", lose_the_race)
    assert len(fetch("sid", ["x86_64"])) == 1
    assert len([call for call in debian.calls if call.startswith("apt-get update")]) == 1


def test_two_at_once_are_refused(debian):
    with locked("sid"):
        assert refusal("sid", ["x86_64"]) == (
            f"another run is fetching debian:sid into {debian.cache}/debian-sid\n"
            "  wait until it has ended, and try again"
        )


def test_no_apt_is_said_before_anything_is_made(debian, monkeypatch, tmp_path):
    monkeypatch.setenv("PATH", str(tmp_path))
    assert refusal("sid", ["x86_64"]) == (
        "apt-get is not on PATH: fetching needs the package tools of Debian\n"
        "  fetch on a Debian system (or one made from it), or install QEMU another way and"
        " name it with --vmstate-qemu PATH"
    )
    assert not debian.cache.exists()
