"""Streams: decoding one with a GiB of memory, against QEMU's own script on the same file.

The script is not part of this project.  ``ANALYZE_MIGRATION`` says where it is; QEMU has it
as ``scripts/analyze-migration.py``.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from random import Random
from typing import NamedTuple

import pytest

from harness.qemu.argv import Machine
from harness.qemu.binaries import find_one
from harness.qemu.session import Session
from vmstate.stream import (
    Ram,
    RamBlock,
    RamPages,
    RamWord,
    RamZeros,
    find_vmdesc,
    read_events,
    reader_for,
    write_events,
)

pytestmark = pytest.mark.bench

#: Names the script to be measured against.
SCRIPT = "ANALYZE_MIGRATION"
#: How many times as fast as the script the decoder must be: for the GiB of memory alone, and
#: with all the fields of the stream.
LEAST_OVER_SCRIPT = 20
#: How often both take turns.
TURNS = 5
#: MiB of memory that decoding may take, however long the stream is.
MOST_MIB = 200
#: MiB that a GiB more in the stream may add to it.
MOST_GROWTH_MIB = 40
PAGE = 4096
GIB = 1 << 30
#: Pages of an event that is written.
RUN = 1024
DEADLINE_S = 20


@pytest.fixture
def report(capsys):
    """Print a line that is seen whatever pytest captures."""

    def show(line):
        with capsys.disabled():
            print(f"\n{line}", end="")

    return show


@pytest.fixture
def script():
    path = os.environ.get(SCRIPT, "")
    if not Path(path).is_file():
        # It is QEMU's, and not ours to ship; all else that is measured here needs none.
        pytest.skip(
            f"NOT MEASURED: {SCRIPT} is {path!r}, expected the path of QEMU's "
            "scripts/analyze-migration.py: take it from QEMU's sources, and run "
            f"{SCRIPT}=/path/to/it make bench"
        )
    return path


def with_memory(data, size):
    """Yield the events of the stream *data*, its RAM grown to *size* bytes, none of them zero."""
    noise = Random(4).randbytes(RUN * PAGE)
    vmdesc, _ = find_vmdesc(data)
    events = list(read_events([data], reader_for(vmdesc)))
    grown = size - next(
        event.size for event in events if isinstance(event, RamBlock) and event.name == "pc.ram"
    )
    is_filled = False
    for event in events:
        if isinstance(event, RamWord) and event.flag == Ram.BLOCKS:
            yield replace(event, address=event.address + grown)
        elif isinstance(event, RamBlock) and event.name == "pc.ram":
            yield replace(event, size=size)
        elif isinstance(event, RamPages | RamZeros) and event.block == "pc.ram":
            if is_filled:
                continue
            is_filled = True
            yield RamPages(
                "pc.ram", is_named=True, address=0, page_size=PAGE, count=1, data=noise, stride=PAGE
            )
            for at in range(PAGE, size, RUN * PAGE):
                count = min(RUN, (size - at) // PAGE)
                yield RamPages(
                    "pc.ram",
                    is_named=False,
                    address=at,
                    page_size=PAGE,
                    count=count,
                    data=noise,
                    stride=PAGE,
                )
        else:
            yield event


@pytest.fixture(scope="module")
def streams(tmp_path_factory):
    """Write a real stream, and the same with a GiB of memory; return their paths."""
    with closing(Session(Machine(find_one().path, "pc"), DEADLINE_S)) as session:
        data = session.migration_stream("describing its sections")
    folder = tmp_path_factory.mktemp("streams")
    small, large = folder / "small", folder / "large"
    small.write_bytes(data)
    with large.open("wb") as file:
        for piece in write_events(with_memory(data, GIB)):
            file.write(piece)
    yield str(small), str(large)
    large.unlink()


def cost(*command):
    """Run *command*; return the seconds of a processor that it took, and MiB at its peak."""
    with subprocess.Popen(
        command, stdout=subprocess.DEVNULL, cwd=Path(__file__).parent.parent
    ) as process:
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    assert process.returncode == 0, command
    return usage.ru_utime + usage.ru_stime, usage.ru_maxrss / 1024


class Costs(NamedTuple):
    """Seconds of a processor that one program takes, the least of all turns.

    Attributes:
        small: for the stream as QEMU wrote it, of a guest with little memory.
        large: for the same with a GiB of memory in it.
    """

    small: float
    large: float

    @property
    def memory(self) -> float:
        """What the GiB alone costs."""
        return self.large - self.small


#: Decodes streams in turns, in one process that has done so before: to start and to load
#: everything takes longer than the work, and would hide it.  Prints the seconds of each.
_IN_TURNS = """
import contextlib, io, json, sys, time
from harness.cli import main

def seconds(path):
    started = time.process_time()
    with contextlib.redirect_stdout(io.StringIO()), contextlib.suppress(SystemExit):
        main(["decode", "--json", path], standalone_mode=False)
    return time.process_time() - started

paths = sys.argv[2:]
seconds(paths[0])
print(json.dumps([[seconds(path) for path in paths] for _ in range(int(sys.argv[1]))]))
"""


def in_turns(*paths):
    """Return the least seconds that our decoder takes for each of *paths*."""
    printed = subprocess.run(
        [sys.executable, "-c", _IN_TURNS, str(3 * TURNS), *paths],
        check=True,
        capture_output=True,
        text=True,
        cwd=Path(__file__).parent.parent,
    ).stdout
    return [min(column) for column in zip(*json.loads(printed), strict=True)]


#: Our command, up to the stream.
OURS = (sys.executable, "-c", "from harness.cli import main; main()", "decode", "--json")


def test_memory_that_is_passed_over_stays_out_of_ours(streams, report):
    small, large = (max(cost(*OURS, path)[1] for _ in range(TURNS)) for path in streams)
    report(f"peak memory of vmstate decode {large:.0f} MiB, {small:.0f} without the GiB")
    assert large <= MOST_MIB
    assert large - small <= MOST_GROWTH_MIB


def test_a_stream_with_much_memory_is_decoded_fast(streams, script, report):
    small, large = streams
    theirs = [sys.executable, script]
    commands = [
        [*OURS, large],
        *([*theirs, "-h"], [*theirs, "-f", small], [*theirs, "-f", large]),
    ]
    turns = [[cost(*command) for command in commands] for _ in range(TURNS)]
    # Whatever else the machine does only adds to a cost, so the least is nearest to the truth.
    least = [min(seconds for seconds, _ in column) for column in zip(*turns, strict=True)]
    us, start, them = Costs(*in_turns(small, large)), least[1], Costs(*least[2:])
    memory, work = them.memory / us.memory, (them.large - start) / us.large
    report(f"seconds of vmstate decode, once loaded: {us}")
    report(f"seconds of analyze-migration.py: {them}, {start:.3f} of them to start")
    report(f"ratio of a GiB of memory {memory:.1f}, with all fields {work:.1f}")
    report(f"ratio of whole processes {them.large / least[0]:.1f}: ours takes {least[0]:.2f} s")
    assert memory >= LEAST_OVER_SCRIPT
    assert work >= LEAST_OVER_SCRIPT


def test_both_find_the_same_sections(streams, script):
    small, _ = streams
    ours = subprocess.run(
        [sys.executable, "-c", "from harness.cli import main; main()", "decode", "--json", small],
        check=True,
        capture_output=True,
        timeout=60,
    )
    theirs = subprocess.run(
        [sys.executable, script, "-f", small], check=True, capture_output=True, timeout=60
    )
    names = [section["name"] for section in json.loads(ours.stdout)["sections"]]
    assert [key.rpartition(" (")[0] for key in json.loads(theirs.stdout)] == ["ram", *names]
