"""Containers of real streams: nothing is lost in any, and no damage is overlooked in frames."""

from __future__ import annotations

import re
import shutil
from itertools import pairwise, permutations
from pathlib import Path

import pytest

from harness.qemu.argv import Machine
from tests.support.damage_table import (
    REGIONS,
    chosen,
    events_of,
    flipped,
    flips_in_frames,
    our_reader_takes,
    pieces,
    qemu_takes,
    verdict,
    with_few_pages,
)
from tests.support.stream_edit import reloaded, saved
from vmstate.containers import FORMATS, framed
from vmstate.stream import Section, write_events

pytestmark = pytest.mark.qemu

BINARY = Path(shutil.which("qemu-system-x86_64") or "qemu-system-x86_64")
DEVICES = (
    *("-blockdev", "driver=null-co,node-name=disk", "-device", "virtio-blk-pci,drive=disk"),
    *("-device", "virtio-net-pci", "-device", "rtl8139", "-device", "qemu-xhci"),
)
DOCUMENT = Path(__file__).parents[2] / "docs" / "containers.md"


@pytest.fixture(scope="module", params=["pc", "q35"])
def full(request):
    """Return the stream of a machine with devices."""
    return saved(Machine(BINARY, request.param, DEVICES))


@pytest.fixture(scope="module")
def plain_pc():
    return Machine(BINARY, "pc")


@pytest.fixture(scope="module")
def stream(plain_pc):
    return saved(plain_pc)


def test_a_real_stream_goes_all_twelve_ways_without_loss(full):
    read = events_of(full)
    files = {name: b"".join(FORMATS[name].dump(read)) for name in FORMATS}
    assert files["qemu"] == full
    ways = set()
    for source in FORMATS:
        events = list(FORMATS[source].load([files[source]]))
        for target in set(FORMATS) - {source}:
            assert b"".join(FORMATS[target].dump(events)) == files[target], (source, target)
            ways.add((source, target))
    assert ways == set(permutations(FORMATS, 2))


def test_the_devices_of_a_real_stream_are_typed_and_embedded_in_it(full):
    text = b"".join(FORMATS["json"].dump(events_of(full))).decode()
    assert '{"name": "irq_request_mask"' not in text
    assert re.search(
        r'\{"subsection": \{"description": "cpu/poll_control_msr", "version_id": 1', text
    )
    assert re.search(r'\{"struct": \{"name": "env.segs\[0\]", "description": "segment"', text)
    assert '{"integer": {"name": "limit", "type": "uint32", "size": 4, ' in text
    # Every byte of every device is accounted for by the vmdesc.
    assert '"type": "?"' not in text


def test_a_stream_with_a_value_edited_as_json_is_loaded_by_qemu(plain_pc, stream):
    text = b"".join(FORMATS["json"].dump(events_of(stream))).decode()
    line = re.search(r'"name": "cmos_data", "type": "buffer", "value": "([0-9a-f]+)"', text)
    assert line is not None
    changed = line[1][:120] + "5a" + line[1][122:]
    assert changed != line[1]
    data = b"".join(write_events(FORMATS["json"].load([text.replace(line[1], changed).encode()])))
    again = events_of(reloaded(plain_pc, data))
    (clock,) = [e for e in again if isinstance(e, Section) and e.idstr == "mc146818rtc"]
    assert bytes.fromhex(changed)[58:64] in clock.body


# Damage -----------------------------------------------------------------------------------


def test_no_flipped_bit_of_a_real_stream_in_frames_is_overlooked(stream):
    counts = flips_in_frames(with_few_pages(stream), step=211)
    assert counts["flipped"] > 2000
    assert counts["noticed"] == counts["named"] == counts["flipped"]


def test_every_bit_of_real_devices_in_frames_is_watched(stream):
    events = [event for event in events_of(stream) if isinstance(event, Section)]
    small = sorted(events, key=lambda event: len(event.body))[:3]
    counts = flips_in_frames(small, step=1)
    assert counts["flipped"] > 1000
    assert counts["noticed"] == counts["named"] == counts["flipped"]


def test_flipped_bits_of_a_whole_real_file_are_noticed(stream):
    data = b"".join(framed.dump(events_of(stream)))
    for bit in range(5, 8 * len(data), 8 * len(data) // 40):
        assert verdict(flipped(data, bit))


def test_lost_doubled_swapped_and_cut_sections_of_a_real_stream_are_named(stream):
    events = with_few_pages(stream)
    preamble, *frames = framed.dump(events)
    numbers = [at for at, event in enumerate(events) if isinstance(event, Section)]
    assert len(numbers) > 20
    for at, after in pairwise(numbers):
        names = [str(framed.Label(events[n].idstr, events[n].instance_id)) for n in (at, after)]
        lost = [*frames[:at], *frames[after:]]
        twice = [*frames[:after], *frames[at:]]
        swapped = [*frames[:at], frames[after], frames[at], *frames[after + 1 :]]
        short = [*frames[:at], frames[at][:-9], *frames[after:]]
        for damaged in (lost, twice, swapped, short):
            assert verdict(b"".join([preamble, *damaged])) == names[0]


def claims():
    """Return what the document claims: undetected flips in percent, our reader and QEMU."""
    rows = re.findall(
        r"^\| ([\w ]+?) +\| ([\d.]+) % of \d+ +\| ([\d.]+) % of \d+ +\|$",
        DOCUMENT.read_text("utf-8"),
        re.MULTILINE,
    )
    return {region: (float(ours), float(qemu)) for region, ours, qemu in rows}


def test_the_document_has_a_row_for_each_region_of_a_stream(stream):
    assert tuple(claims()) == REGIONS
    found = pieces(stream)
    assert {piece.region for piece in found} == set(REGIONS)
    assert sum(piece.size for piece in found) == len(stream)


@pytest.mark.parametrize("region", REGIONS)
def test_our_reader_of_qemus_format_overlooks_what_the_document_says(region, stream):
    bits = chosen(stream, region, 12, seed=3)
    share = 100 * sum(our_reader_takes(flipped(stream, bit)) for bit in bits) / len(bits)
    # Twelve flips say little, but what is always so, or never, is so of all but one.
    claimed = claims()[region][0]
    assert abs(share - claimed) <= (10 if claimed in (0, 100) else 50)


@pytest.mark.parametrize(
    ("region", "is_taken"), [("RAM contents", True), ("vmdesc", True), ("header", False)]
)
def test_qemu_overlooks_what_the_document_says(region, is_taken, plain_pc, stream):
    assert claims()[region][1] == (100 if is_taken else 0)
    (bit,) = chosen(stream, region, 1, seed=4)
    assert qemu_takes(plain_pc, flipped(stream, bit)) == is_taken
