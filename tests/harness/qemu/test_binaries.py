"""Finding and probing programs; the programs here are small shell scripts."""

import os
from pathlib import Path

import pytest

from harness.errors import ConfigError
from harness.qemu.binaries import (
    Binary,
    default_for,
    described_by,
    dump_vmstate,
    find,
    find_one,
    named,
    on_path,
    probe,
)

VERSION_LINE = "QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7)"


def script(path, *lines, mode=0o755):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(("#!/bin/sh", *lines, "")))
    path.chmod(mode)
    return path


def fake(path, version=VERSION_LINE):
    return script(path, f"echo '{version}'", "echo 'Copyright (c) 2003-2022'")


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """Let the user's cache be an empty folder."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path / "cache/pytest-vmstate/qemu"


def fetched(cache, suite, target, version="QEMU emulator version 10.0.2"):
    return fake(cache / f"debian-{suite}/tree/bin/qemu-system-{target}", version)


def set_path(monkeypatch, *directories):
    monkeypatch.setenv("PATH", os.pathsep.join(map(str, directories)))


def test_a_binary_says_its_version_and_its_name_says_the_target(tmp_path):
    path = fake(tmp_path / "qemu-system-x86_64")
    assert probe(path) == Binary(path, (7, 2, 22), "x86_64", "7.2.22 (Debian 1:7.2+dfsg-7)")


def test_another_name_says_no_target(tmp_path):
    assert probe(fake(tmp_path / "my-qemu", "QEMU emulator version 11.1.3")).target == ""


@pytest.mark.parametrize(
    ("lines", "printed"),
    [
        (["echo 'GNU bash, version 5.2.15'"], "'GNU bash, version 5.2.15'"),
        (["echo 'qemu-img version 7.2.22'"], "'qemu-img version 7.2.22'"),
        (["echo 'unknown option' >&2", "exit 2"], "'unknown option'"),
        (["true"], "nothing"),
    ],
)
def test_a_foreign_program_is_refused_with_what_it_printed(tmp_path, lines, printed):
    path = script(tmp_path / "qemu-system-x86_64", *lines)
    with pytest.raises(ConfigError) as caught:
        probe(path)
    assert str(caught.value) == (
        f"{path} is not a QEMU system emulator: asked for --version it printed {printed}\n"
        "  name a qemu-system-* binary with --vmstate-qemu PATH"
    )


def test_a_missing_program_is_refused(tmp_path):
    with pytest.raises(ConfigError, match=r"there is no QEMU at .*/none\n  name a qemu-system"):
        probe(tmp_path / "none")


def test_a_program_that_is_not_executable_is_refused(tmp_path):
    path = script(tmp_path / "qemu-system-arm", mode=0o644)
    with pytest.raises(ConfigError, match=r"is not executable\n  make it executable \(chmod \+x\)"):
        probe(path)


def test_a_program_that_the_kernel_can_not_run_is_refused(tmp_path):
    path = tmp_path / "qemu-system-arm"
    path.write_bytes(b"\x7fELFnot really")
    path.chmod(0o755)
    with pytest.raises(ConfigError, match=r"can't be run: .*[Ee]xec"):
        probe(path)


def test_a_program_that_does_not_answer_is_given_up(tmp_path):
    path = script(tmp_path / "qemu-system-arm", "exec sleep 60")
    with pytest.raises(ConfigError, match=r"--version did not answer within 0\.2 s"):
        probe(path, deadline_s=0.2)


def test_all_binaries_on_path_are_found_in_order(tmp_path, monkeypatch):
    fake(tmp_path / "b" / "qemu-system-x86_64")
    fake(tmp_path / "a" / "qemu-system-arm")
    first = fake(tmp_path / "a" / "qemu-system-x86_64", "QEMU emulator version 11.1.3")
    script(tmp_path / "b" / "qemu-system-mips", "echo 'something else'")
    script(tmp_path / "b" / "qemu-system-ppc", mode=0o644)
    set_path(monkeypatch, "/usr/bin/none", "", tmp_path / "a", tmp_path / "b", "/bin/none")
    monkeypatch.setenv("PATH", os.environ["PATH"] + os.pathsep)
    assert [(binary.target, binary.version) for binary in find()] == [
        ("arm", (7, 2, 22)),
        ("x86_64", (11, 1, 3)),
    ]
    assert find_one().path == first


def test_where_there_is_no_x86_binary_the_first_one_serves(tmp_path, monkeypatch):
    fake(tmp_path / "qemu-system-riscv64")
    fake(tmp_path / "qemu-system-arm")
    set_path(monkeypatch, tmp_path)
    assert find_one().target == "arm"


def test_none_at_all_is_an_error_that_says_what_to_install(tmp_path, monkeypatch):
    set_path(monkeypatch, tmp_path)
    assert find() == []
    with pytest.raises(ConfigError) as caught:
        find_one()
    assert str(caught.value) == (
        "no qemu-system-* binary was found on PATH or in the cache\n"
        "  install QEMU, e.g. apt-get install qemu-system-x86, "
        "fetch it with vmstate qemu fetch debian:SUITE, "
        "or name a binary with --vmstate-qemu PATH"
    )


def test_what_was_fetched_is_found_behind_what_is_on_path(tmp_path, cache, monkeypatch):
    new = fetched(cache, "new", "arm")
    old = fetched(cache, "old", "arm", VERSION_LINE)
    script(cache / "debian-old/tree/bin/qemu-system-mips", "echo broken")
    installed = fake(tmp_path / "bin/qemu-system-x86_64")
    set_path(monkeypatch, tmp_path / "bin")
    assert [binary.path for binary in on_path()] == [installed]
    assert [binary.path for binary in find()] == [installed, new, old]


def test_by_default_the_one_on_path_is_used_and_else_the_newest_that_was_fetched(
    tmp_path, cache, monkeypatch
):
    fetched(cache, "a", "arm", VERSION_LINE)
    new = fetched(cache, "b", "arm", "QEMU emulator version 11.1.3")
    fetched(cache, "c", "arm")
    fetched(cache, "b", "x86_64", "QEMU emulator version 11.1.3")
    installed = fake(tmp_path / "bin/qemu-system-x86_64")
    set_path(monkeypatch, tmp_path / "bin")
    assert [binary.path for binary in default_for(["x86_64", "mips", "arm"])] == [installed, new]
    assert find_one().path == installed


def test_x86_that_was_fetched_serves_before_another_target_on_path(tmp_path, cache, monkeypatch):
    fake(tmp_path / "bin/qemu-system-arm")
    set_path(monkeypatch, tmp_path / "bin")
    assert find_one().target == "arm"
    path = fetched(cache, "sid", "x86_64")
    assert find_one().path == path


def test_a_fetched_one_is_named_by_its_suite_and_target(cache):
    x86, arm = fetched(cache, "sid", "x86_64"), fetched(cache, "sid", "arm")
    only = fetched(cache, "trixie", "riscv64")
    assert named("debian:sid/arm").path == arm
    assert named(Path("debian:sid/arm")).path == arm
    assert named("debian:sid").path == x86
    assert named("debian:trixie").path == only
    assert named(str(arm)).path == arm


@pytest.mark.parametrize(
    ("name", "remedy"),
    [
        ("debian:sid", "fetch debian:sid --arch x86_64"),
        ("debian:sid/mips", "fetch debian:sid --arch mips"),
        ("debian:none/arm", "fetch debian:none --arch arm"),
    ],
)
def test_what_was_not_fetched_is_refused_with_what_there_is(cache, name, remedy):
    with pytest.raises(ConfigError) as caught:
        named(name)
    assert str(caught.value) == (
        f"{name} has not been fetched; there are: none\n  fetch it with vmstate qemu {remedy}"
    )
    fetched(cache, "sid", "arm")
    fetched(cache, "sid", "riscv64")
    with pytest.raises(ConfigError, match="there are: debian:sid/arm, debian:sid/riscv64\n"):
        named(name)


def test_the_dump_is_read_once_for_each_state_of_the_file(tmp_path):
    path = script(
        tmp_path / "q", f"echo run >> {tmp_path}/runs", 'echo \'{"i8257": {"Name": "i8257"}}\''
    )
    assert dump_vmstate(path) == {"i8257": {"Name": "i8257"}}
    assert dump_vmstate(path) == {"i8257": {"Name": "i8257"}}
    assert Path(tmp_path / "runs").read_text() == "run\n"
    script(path, "echo '{}'")
    os.utime(path, (1, 1))
    assert dump_vmstate(path) == {}


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (["echo oops"], r"-dump-vmstate wrote no JSON: "),
        (["echo '[]'"], r"-dump-vmstate wrote no JSON object"),
        (["exec sleep 60"], r"-dump-vmstate did not end within 0\.2 s"),
    ],
)
def test_a_dump_that_is_none_is_refused(tmp_path, lines, message):
    with pytest.raises(ConfigError, match=message):
        dump_vmstate(script(tmp_path / "q", *lines), deadline_s=0.2)


def test_the_descriptions_are_read_once(tmp_path):
    path = script(tmp_path / "q", "echo '{}'")
    assert described_by(path) is described_by(path)
    assert described_by(path).descriptions == {}
