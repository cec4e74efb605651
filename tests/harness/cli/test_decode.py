"""``vmstate decode``: what it prints, and its exit status."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from harness.cli import main
from harness.cli.status import CLEAN, COULD_NOT_RUN
from tests.support.qcow2_images import Image, Shot
from tests.support.small_streams import stream


def decode(*args, data=None):
    return CliRunner().invoke(main, ["decode", *map(str, args)], input=data)


@pytest.fixture
def path(tmp_path):
    file = tmp_path / "stream"
    file.write_bytes(stream())
    return file


def test_a_stream_is_shown_as_a_tree(path):
    result = decode(path)
    assert result.exit_code == CLEAN
    assert result.stdout.startswith(f"{path}: pc-test\n  command SWITCHOVER_START\nmemory\n")
    assert "\npci/pit pit (version 1, 10 bytes)\n  channels[0]\n    count = 3\n" in result.stdout
    assert result.stderr == ""


def test_standard_input_is_shown_as_a_file_is(path):
    result = decode("-", data=stream())
    assert result.exit_code == CLEAN
    assert result.stdout == decode(path).stdout.replace(str(path), "standard input")


def test_json_is_one_document(path):
    made = json.loads(decode(path, "--json").stdout)
    assert (made["schema"], made["schema_version"]) == ("vmstate-decode", 1)
    assert [section["name"] for section in made["sections"]] == [
        *("timer", "dma", "dma", "pci/pit", "kbd"),
    ]


@pytest.mark.parametrize(
    ("asked", "lines"),
    [
        (["timer/ticks"], ["timer/ticks = 7"]),
        (["dma[1]/mode"], ["dma[1]/mode = 0"]),
        (["dma[1]"], ["dma[1]/mode = 0"]),
        (
            ["pci/pit/channels"],
            ["pci/pit/channels[0].count = 3", "pci/pit/channels[1].count = 9"],
        ),
        (["pci/pit/channels[1]"], ["pci/pit/channels[1].count = 9"]),
        (["pci/pit/<pit/extra>"], ["pci/pit/<pit/extra>.bar = 4660 (0x1234)"]),
        (["kbd/led", "timer/flag"], ["timer/flag = false", "kbd/led = 17 (0x11)"]),
        (["kbd/led", "kbd/kbd.mode"], ["kbd/kbd.mode = 42 (0x2a)", "kbd/led = 17 (0x11)"]),
    ],
)
def test_a_path_is_a_field_or_all_below_it(path, asked, lines):
    options = [word for one in asked for word in ("--path", one)]
    result = decode(path, *options)
    assert (result.exit_code, result.stdout.splitlines()) == (CLEAN, lines)


def test_a_path_can_be_had_as_json_and_with_its_bytes(path):
    assert decode(path, "--path", "timer/ticks", "--hex").stdout == (
        "timer/ticks = 7  [00 00 00 00 00 00 00 07]\n"
    )
    made = json.loads(decode(path, "--path", "timer/ticks", "--json").stdout)
    [section] = made["sections"]
    assert section["fields"] == [
        {"path": "ticks", "type": "int64", "offset": 0, "size": 8, "value": 7}
    ]


def test_a_section_is_shown_alone(path):
    result = decode(path, "--section", "dma[1]", "--section", "timer")
    assert result.stdout.splitlines()[0] == "timer (version 1, 13 bytes)"
    assert result.stdout.splitlines()[-2:] == ["dma[1] (version 1, 1 bytes)", "  mode = 0"]
    assert "memory" not in result.stdout


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (["--section", "tiner"], "tiner: the stream has no such section; did you mean timer?"),
        (
            ["--path", "timer/tick"],
            "timer/tick: there is no such field; did you mean ticks?",
        ),
        (
            ["--path", "timer/q"],
            "timer/q: there is no such field; see vmstate decode --section 'timer'",
        ),
        (["--path", "q/r"], "q/r: it begins with the name of no section; the first are timer, "),
    ],
)
def test_what_is_not_there_is_refused_with_what_is_like_it(path, options, message):
    result = decode(path, *options)
    assert result.exit_code == COULD_NOT_RUN
    assert result.stdout == ""
    assert result.stderr.startswith(f"{path}: {message}")


def test_what_was_read_before_an_error_is_shown_first(path):
    data = stream()
    path.write_bytes(data[: data.index(b"pci/pit")])
    for result in (decode(path), decode("-", data=path.read_bytes())):
        assert result.exit_code == COULD_NOT_RUN
        assert "\ntimer (version 1, 13 bytes, 13 not understood)\n" in result.stdout
        assert "header of a section at offset 0x" in result.stderr
    made = decode(path, "--json")
    assert made.exit_code == COULD_NOT_RUN
    assert json.loads(made.stdout)["error"] in made.stderr


def test_fields_before_damage_are_shown_by_the_vmdesc_behind_it(path):
    data = bytearray(stream())
    data[data.index(b"pci/pit") - 6] = 0x33
    path.write_bytes(data)
    result = decode(path)
    assert result.exit_code == COULD_NOT_RUN
    assert "\ndma (version 1, 1 bytes)\n  mode = 0\n" in result.stdout
    assert "0x33" in result.stderr


def test_what_can_not_be_read_is_said(tmp_path):
    result = decode(tmp_path / "none")
    assert result.exit_code == COULD_NOT_RUN
    assert result.stderr == f"{tmp_path / 'none'}: can't be read: No such file or directory\n"
    empty = tmp_path / "empty"
    empty.touch()
    result = decode(empty)
    assert result.exit_code == COULD_NOT_RUN
    assert result.stderr.startswith(f"{empty}: header at offset 0x0: needs 8 bytes, 0 are left")


def test_a_snapshot_in_an_image_is_shown_and_compared(path, tmp_path):
    image = tmp_path / "image"
    image.write_bytes(Image((Shot(stream()), Shot(stream(), "b", "2"))).data())
    assert decode(f"{image}#b", "--path", "timer/ticks").stdout == "timer/ticks = 7\n"
    result = CliRunner().invoke(main, ["diff", f"{image}#a", str(path)])
    assert (result.exit_code, result.output) == (CLEAN, "")
    for command in (["decode"], ["diff", str(path)]):
        result = CliRunner().invoke(main, [*command, str(image)])
        assert result.exit_code == COULD_NOT_RUN
        assert "2 snapshots with VM state, expected one: 'a' (id 1), 'b' (id 2)" in result.stderr
