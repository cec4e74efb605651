"""``vmstate diff``: what it prints, and its exit status."""

from __future__ import annotations

import json

import pytest
from click.testing import CliRunner

from harness.cli import main
from harness.cli.status import CLEAN, COULD_NOT_RUN, FOUND
from tests.support.small_streams import devices, dma, pit, stream, timer


@pytest.fixture
def files(tmp_path):
    """Write streams and return their paths."""

    def write(**streams):
        paths = []
        for name, data in streams.items():
            path = tmp_path / name
            path.write_bytes(data)
            paths.append(str(path))
        return paths

    return write


def diff(*args, data=None):
    return CliRunner().invoke(main, ["diff", *args], input=data)


OTHER = stream(devices(timer=timer(6), pit=pit(extra=None), dma1=dma(1, 3)), page=b"\xac")


def test_streams_that_are_the_same_differ_in_nothing(files):
    result = diff(*files(a=stream(), b=stream()))
    assert (result.exit_code, result.output) == (CLEAN, "")


def test_differences_are_listed_in_stream_order(files):
    result = diff(*files(a=stream(), b=OTHER), "--no-ram")
    assert result.exit_code == FOUND
    assert result.stdout.splitlines() == [
        "  timer/ticks: 7 -> 6, bit 0",
        "  dma[1]/mode: 0 -> 3, bits 0, 1",
        "- pci/pit/<pit/extra> (subsection)",
    ]


def test_memory_is_compared_unless_it_is_not_wanted(files):
    paths = files(a=stream(), b=stream(page=b"\xac"))
    result = diff(*paths)
    assert result.exit_code == FOUND
    assert result.stdout.startswith("  pc.ram, hash: ")
    assert diff(*paths, "--no-ram").exit_code == CLEAN


def test_what_is_ignored_does_not_count(files):
    paths = files(a=stream(), b=OTHER)
    result = diff(*paths, "--ignore", "pc.ram*", "--ignore", "*/<*>")
    assert [line.split()[0] for line in result.stdout.splitlines()] == [
        "timer/ticks:",
        "dma[1]/mode:",
    ]
    assert diff(*paths, "--ignore", "*").exit_code == CLEAN


def test_one_of_both_may_be_standard_input(files):
    [path] = files(a=stream())
    assert diff("-", path, data=stream()).exit_code == CLEAN
    assert diff(path, "-", data=OTHER).exit_code == FOUND
    result = diff("-", "-")
    assert result.exit_code == COULD_NOT_RUN
    assert result.stderr == "only one of both can be standard input\n"


def test_json_is_one_document(files):
    first, second = files(a=stream(), b=stream(devices(timer=timer(6))))
    made = json.loads(diff(first, second, "--json").stdout)
    assert made == {
        "schema": "vmstate-diff",
        "schema_version": 1,
        "before": first,
        "after": second,
        "changes": [{"kind": "field", "path": "timer/ticks", "before": 7, "after": 6, "bits": [0]}],
    }


def test_a_stream_that_can_not_be_read_is_no_difference(files, tmp_path):
    good, broken = files(a=stream(), b=stream()[:100])
    result = diff(good, broken)
    assert result.exit_code == COULD_NOT_RUN
    assert result.stdout == ""
    assert result.stderr.startswith(f"{broken}: ")
    assert " at offset 0x" in result.stderr
    result = diff(str(tmp_path / "none"), good)
    assert result.exit_code == COULD_NOT_RUN
    assert result.stderr == f"{tmp_path / 'none'}: can't be read: No such file or directory\n"
