"""Finding and probing programs; the programs here are small shell scripts."""

import os
from pathlib import Path

import pytest

from harness.errors import ConfigError
from harness.qemu.binaries import Binary, dump_vmstate, find, find_one, probe

VERSION_LINE = "QEMU emulator version 7.2.22 (Debian 1:7.2+dfsg-7)"


def script(path, *lines, mode=0o755):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join(("#!/bin/sh", *lines, "")))
    path.chmod(mode)
    return path


def fake(path, version=VERSION_LINE):
    return script(path, f"echo '{version}'", "echo 'Copyright (c) 2003-2022'")


def on_path(monkeypatch, *directories):
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
    on_path(monkeypatch, "/usr/bin/none", "", tmp_path / "a", tmp_path / "b", "/bin/none")
    monkeypatch.setenv("PATH", os.environ["PATH"] + os.pathsep)
    assert [(binary.target, binary.version) for binary in find()] == [
        ("arm", (7, 2, 22)),
        ("x86_64", (11, 1, 3)),
    ]
    assert find_one().path == first


def test_where_there_is_no_x86_binary_the_first_one_serves(tmp_path, monkeypatch):
    fake(tmp_path / "qemu-system-riscv64")
    fake(tmp_path / "qemu-system-arm")
    on_path(monkeypatch, tmp_path)
    assert find_one().target == "arm"


def test_none_at_all_is_an_error_that_says_what_to_install(tmp_path, monkeypatch):
    on_path(monkeypatch, tmp_path)
    assert find() == []
    with pytest.raises(ConfigError) as caught:
        find_one()
    assert str(caught.value) == (
        "no qemu-system-* binary was found on PATH\n"
        "  install QEMU, e.g. apt-get install qemu-system-x86, "
        "or name a binary with --vmstate-qemu PATH"
    )


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
