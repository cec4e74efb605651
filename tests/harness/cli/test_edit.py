"""``vmstate edit``: what it writes, and its exit status."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from harness.cli import main
from harness.cli.status import CLEAN, COULD_NOT_RUN
from tests.support.small_streams import devices, dma, events, kbd, pit, stream, timer
from vmstate.stream import Section, read_events


def edit(*args, data=None):
    return CliRunner().invoke(main, ["edit", *map(str, args)], input=data)


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "stream"
    file.write_bytes(stream())
    return file


@pytest.fixture
def other(tmp_path):
    file = tmp_path / "other"
    file.write_bytes(stream(devices(timer=timer(99), kbd=kbd(77))))
    return file


def order(data):
    return [event.idstr for event in read_events([data]) if isinstance(event, Section)]


def test_nothing_is_changed_unless_it_is_asked_for(path, tmp_path):
    result = edit(path, tmp_path / "out")
    assert (result.exit_code, result.output) == (CLEAN, "")
    assert (tmp_path / "out").read_bytes() == stream()


def test_fields_are_set(path, tmp_path):
    out = tmp_path / "out"
    result = edit(path, out, "--set", "timer/ticks=-1", "--set", "pci/pit/channels[0].count=0x10")
    assert result.exit_code == CLEAN
    assert out.read_bytes() == stream(devices(timer=timer(-1), pit=pit((16, 9))))


def test_a_stream_may_be_edited_in_place_and_in_a_pipe(path):
    changed = stream(devices(dma1=dma(1, 4)))
    assert edit(path, path, "--set", "dma[1]/mode=4").exit_code == CLEAN
    assert path.read_bytes() == changed
    result = edit("-", "-", "--set", "dma[1]/mode=4", data=stream())
    assert (result.exit_code, result.stdout_bytes) == (CLEAN, changed)


def test_subsections_go_and_come_from_another_stream(path, other):
    assert edit(path, path, "--drop-subsection", "kbd/kbd.<kbd/more>").exit_code == CLEAN
    assert path.read_bytes() == stream(devices(kbd=kbd(None)))
    assert edit(path, path, "--copy-subsection", other, "kbd/kbd.<kbd/more>").exit_code == CLEAN
    assert path.read_bytes() == stream(devices(kbd=kbd(77)))


def test_sections_go_come_and_move(path, other):
    result = edit(
        *(path, path, "--drop-section", "dma", "--move-before", "kbd", "timer"),
        *("--move-after", "timer", "pci/pit", "--copy-section", other, "timer"),
    )
    assert result.exit_code == CLEAN
    assert order(path.read_bytes()) == ["kbd", "dma", "pci/pit", "timer"]
    assert edit(path, path, "--copy-section", other, "dma").exit_code == CLEAN
    assert order(path.read_bytes()) == ["kbd", "dma", "pci/pit", "timer", "dma"]


def test_a_file_can_be_edited_in_front_of_memory_and_a_pipe_not(path):
    early = stream(devices()[1:], early=[timer()])
    path.write_bytes(early)
    assert edit(path, path, "--set", "timer/ticks=4").exit_code == CLEAN
    assert path.read_bytes() == stream(devices()[1:], early=[timer(4)])
    result = edit("-", path, "--set", "timer/ticks=5", data=early)
    assert result.exit_code == COULD_NOT_RUN
    assert "save the stream to a file, and edit that" in result.stderr
    assert path.read_bytes() == stream(devices()[1:], early=[timer(4)])


def test_what_was_done_can_be_had_as_json(path):
    result = edit(path, path, "--json", "--set", "dma/mode=4", "--drop-section", "timer")
    assert json.loads(result.stderr) == {"changes": 2}


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--set", "dma/mode"], "dma/mode: expected PATH=VALUE, such as 'i8254/channels[1].cou"),
        (["--set", "dma/mode=256"], "dma/mode: '256' does not fit: not in the range of uint8"),
        (["--drop-section", "kbe"], "kbe: the stream has no such section; did you mean kbd?"),
        (["--move-after", "kbd", "kbd"], "kbd: it can't be moved before or after itself"),
    ],
)
def test_what_can_not_be_done_leaves_the_file_as_it_was(path, options, message):
    result = edit(path, path, *options)
    assert result.exit_code == COULD_NOT_RUN
    assert result.stderr.startswith(f"{path}: {message}")
    assert path.read_bytes() == stream()


def test_a_stream_that_can_not_be_read_is_not_written(path, tmp_path):
    path.write_bytes(stream()[:-1])
    out = tmp_path / "out"
    result = edit(path, out)
    assert result.exit_code == COULD_NOT_RUN
    assert result.stderr.startswith(f"{path}: vmdesc at offset 0x")
    assert not out.exists()


def test_files_that_can_not_be_opened_are_named(path, tmp_path):
    none = tmp_path / "none"
    for args in ((none, path), (path, path, "--copy-section", none, "dma")):
        result = edit(*args)
        assert result.exit_code == COULD_NOT_RUN
        assert result.stderr == f"{none}: No such file or directory\n"
    result = edit(path, none / "out")
    assert result.exit_code == COULD_NOT_RUN
    assert result.stderr.endswith(": No such file or directory\n")


def test_the_editor_sees_what_the_tests_build():
    assert list(read_events([stream()])) == events()
