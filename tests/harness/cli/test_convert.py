"""``vmstate convert``: every container to every other one, and back."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from harness.cli import main
from harness.cli.status import CLEAN, COULD_NOT_RUN
from tests.support.small_streams import stream
from vmstate.containers import FORMATS, detect


def vmstate(*args, data=None):
    return CliRunner().invoke(main, [str(arg) for arg in args], input=data)


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "stream"
    file.write_bytes(stream())
    return file


@pytest.mark.parametrize("container", sorted(FORMATS))
@pytest.mark.parametrize("over", sorted(FORMATS))
def test_a_stream_is_the_same_after_two_containers(container, over, path, tmp_path):
    for name in (container, over, "qemu"):
        out = tmp_path / name
        result = vmstate("convert", path, out, "--to", name)
        assert (result.exit_code, result.output) == (CLEAN, "")
        assert detect(out.read_bytes()) == name
        path = out
    assert path.read_bytes() == stream()


@pytest.mark.parametrize("container", sorted(FORMATS))
def test_all_commands_read_every_container(container, path, tmp_path):
    other = tmp_path / "other"
    vmstate("convert", path, other, "--to", container)
    assert vmstate("diff", path, other).exit_code == CLEAN
    assert vmstate("decode", other, "--path", "timer/ticks").stdout == "timer/ticks = 7\n"
    assert vmstate("edit", other, other).exit_code == CLEAN
    assert other.read_bytes() == stream()


def test_a_stream_is_converted_in_a_pipe_and_what_was_done_is_told():
    there = vmstate("convert", "-", "-", "--to", "json", "--json", data=stream())
    assert there.exit_code == CLEAN
    assert json.loads(there.stderr) == {"container": "json", "bytes": len(there.stdout_bytes)}
    back = vmstate("convert", "-", "-", "--to", "qemu", data=there.stdout_bytes)
    assert back.stdout_bytes == stream()


def test_what_is_no_stream_is_refused_and_nothing_is_written(tmp_path):
    out, bad = tmp_path / "out", tmp_path / "bad"
    bad.write_bytes(b"no stream at all")
    result = vmstate("convert", bad, out, "--to", "json")
    assert result.exit_code == COULD_NOT_RUN
    assert result.stderr.startswith(f"{bad}: stream at offset 0x0: starts with b'no strea'")
    result = vmstate("convert", tmp_path / "none", out, "--to", "json")
    assert result.exit_code == COULD_NOT_RUN
    assert result.stderr == f"{tmp_path / 'none'}: No such file or directory\n"
    assert not out.exists()
