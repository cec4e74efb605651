"""The cache of unpacked QEMUs."""

import subprocess
import sys
from pathlib import Path

import pytest

from harness.errors import ConfigError
from harness.qemu.suites.cache import Wrapped, cache_folder, locked, wrapped


@pytest.fixture
def cache(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    return tmp_path / "pytest-vmstate/qemu"


def make(cache, *names):
    for name in names:
        path = cache / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()


def test_the_cache_is_the_users(cache):
    assert cache_folder() == cache
    assert not cache.exists()
    assert wrapped() == []


def test_wrappers_are_told_by_suite_and_target(cache):
    names = ("debian-sid/a/bin/qemu-system-arm", "debian-bullseye/a/bin/qemu-system-x86_64")
    make(cache, *names, "debian-sid/.new-1/bin/qemu-system-rx", "debian-sid/a/bin/other")
    arm = Wrapped("sid", "arm", cache / names[0])
    x86 = Wrapped("bullseye", "x86_64", cache / names[1])
    assert wrapped() == [x86, arm]
    assert wrapped("sid") == [arm]
    assert wrapped("bookworm") == []


def test_a_target_counts_once_though_two_trees_have_it(cache):
    make(cache, "debian-sid/b/bin/qemu-system-arm", "debian-sid/a/bin/qemu-system-arm")
    assert [item.path.parts[-3] for item in wrapped("sid")] == ["a"]


def test_a_tree_appears_whole(cache):
    with locked("sid") as folder, folder.draft() as draft:
        make(draft, "tree/bin/qemu-system-arm", "apt/log")
        assert wrapped("sid") == []
        assert folder.publish(draft / "tree", "arm") == cache / "debian-sid/arm"
        assert folder.has_tree("arm")
        assert not folder.has_tree("x86")
    assert [item.target for item in wrapped("sid")] == ["arm"]
    assert sorted(path.name for path in (cache / "debian-sid").iterdir()) == [".lock", "arm"]


def fail_with_a_draft(folder):
    with folder.draft() as draft:
        make(draft, "tree/bin/qemu-system-arm")
        raise ZeroDivisionError


def test_a_draft_that_fails_leaves_nothing(cache):
    with locked("sid") as folder:
        with pytest.raises(ZeroDivisionError):
            fail_with_a_draft(folder)
        assert sorted(path.name for path in folder.path.iterdir()) == [".lock"]


def test_the_lock_is_held_by_one_and_given_back(cache):
    with (
        locked("sid"),
        locked("bullseye"),
        pytest.raises(
            ConfigError, match=r"another run is fetching debian:sid into .*\n  wait until"
        ),
        locked("sid"),
    ):
        pass
    with locked("sid") as folder:
        assert folder.path == cache / "debian-sid"


DIE_WITH_A_DRAFT = """
import signal
from harness.qemu.suites.cache import locked
with locked("sid") as folder, folder.draft() as draft:
    (draft / "half").write_text("a package")
    print(draft, flush=True)
    signal.pause()
"""


def test_what_a_killed_run_left_is_cleared_by_the_next(cache):
    with subprocess.Popen(
        [sys.executable, "-c", DIE_WITH_A_DRAFT], stdout=subprocess.PIPE, text=True
    ) as process:
        # A line, or the end of what it prints: a run that fails to start does not hang us.
        left = Path(process.stdout.readline().strip())
        process.kill()
    assert (left / "half").read_text() == "a package"
    with locked("sid"):
        assert sorted(path.name for path in (cache / "debian-sid").iterdir()) == [".lock"]
