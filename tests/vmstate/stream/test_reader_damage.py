"""Damaged streams: whatever comes, it is read or refused, at once and without much memory.

On every change 10^5 inputs are tried.  For 10^6::

    pytest -n auto --hypothesis-profile=thorough tests/vmstate/stream/test_reader_damage.py
"""

import time
import tracemalloc
from random import Random

import pytest
from hypothesis import settings

from tests.support.streams import (
    CONFIGURATION,
    EOS,
    HEADER,
    SIZES,
    SMALL,
    TINY,
    advise,
    be32,
    be64,
    blocks,
    capabilities,
    command,
    counted,
    damaged,
    end,
    full,
    mapped,
    page_bits,
    start,
    subsection,
    word,
)
from vmstate.errors import StreamError
from vmstate.stream import StreamReader, read_events, read_stream, write_events

SHARDS = 40
#: Inputs of a shard: 10^5 of all shards, or 10^6.
INPUTS = 25_000 if settings.get_current_profile_name() == "thorough" else 2_500
MOST_S = 1.0
MOST_BYTES = 64 << 20
#: Mostly those that are read in an instant.
STREAMS = [*SMALL.values(), *list(TINY.values()) * 6]


def has_place(error, data):
    return bool(error.path) and 0 <= error.offset <= len(data)


def read(data, pieces, *, is_strict):
    """Read *data* in *pieces*; return whether it could be read."""
    reader = StreamReader(sizes=SIZES, is_strict=is_strict)
    refused = None
    try:
        events = list(read_events(pieces, reader))
    except StreamError as error:
        refused = error
    assert has_place(refused, data) if refused else b"".join(write_events(events)) == data
    return refused is None


def read_whole(data):
    refused = stream = None
    try:
        stream = read_stream(data)
    except StreamError as error:
        refused = error
    assert has_place(refused, data) if refused else stream.sections is not None


@pytest.mark.parametrize("shard", range(SHARDS))
def test_damage_gives_a_stream_or_an_error_with_its_place(shard):
    random = Random(shard)
    slowest, good = 0.0, 0
    for number in range(INPUTS):
        data = damaged(random, STREAMS[number % len(STREAMS)])
        cut = int(random.random() * 4 * len(data))
        pieces = (data,) if cut >= len(data) else (data[:cut], data[cut:])
        began = time.process_time()
        if number % 10:
            good += read(data, pieces, is_strict=number % 3 > 0)
        else:
            read_whole(data)
        slowest = max(slowest, time.process_time() - began)
    assert slowest < MOST_S
    # Damage inside a body or a page goes unseen, and is written back as it was.
    assert INPUTS // 20 < good < INPUTS


def vmdesc(text):
    return HEADER + b"\0\x06" + be32(len(text)) + text


def nested(depth):
    """Packages in packages: each has the next one in it."""
    data = b""
    for _ in range(depth):
        data = command(7, be32(len(data))) + data
    return HEADER + data + b"\0"


def deep(depth):
    """A vmdesc with structs in structs."""
    inside = b'{"vmsd_name":"x","version":1,"fields":[]}'
    for _ in range(depth):
        inside = (
            b'{"vmsd_name":"x","version":1,"fields":[{"name":"f","type":"struct","size":1,"struct":'
            + inside
            + b"}]}"
        )
    device = b'{"name":"a","instance_id":0,' + inside[1:]
    return vmdesc(b'{"page_size":4096,"devices":[' + device + b"]}")


def described_as(**changed):
    text = end({**SUBSECTION_SAID, **changed})
    return HEADER + full(1, "a", b"x") + text


MOST32, MOST64 = be32(0xFFFFFFFF), be64(0xFFFFFFFFFFFFFC00)
SUBSECTION_SAID = {"name": "a", "instance_id": 0, "vmsd_name": "a", "version": 1, "fields": []}
HUGE = 10**30
HOSTILE = {
    "name of a machine": HEADER + b"\x07" + MOST32,
    "names of capabilities": (
        HEADER + CONFIGURATION + subsection("configuration/capabilities", MOST32) + bytes(5000)
    ),
    "page bits": HEADER + CONFIGURATION + page_bits(0xFFFFFFFF) + b"\0",
    "advised page": HEADER + advise(0xFFFFFFFFFFFFFFFF, 1 << 63) + b"\0",
    "payload": HEADER + b"\x08\0\6\xff\xff" + bytes(100),
    "package": HEADER + command(7, MOST32) + bytes(100),
    "packages": nested(10_000),
    "total of blocks": HEADER + start(1, be64((1 << 63) | 4) + counted("r") + be64(1 << 63) + EOS),
    "pages of blocks": (
        (HEADER + CONFIGURATION + capabilities("mapped-ram"))
        + start(1, blocks(1 << 60) + mapped(bitmap=0x1000, pages=0x100000) + bytes(64))
    ),
    "compressed page": HEADER + start(1, word(0x100, 0, "r") + MOST32 + bytes(100)),
    "changed page": HEADER + start(1, word(0x40, 0, "r") + b"\1\xff\xff" + bytes(100)),
    "address": HEADER + start(1, word(0x02, 0, "r") + b"\0" + MOST64[:6] + b"\xfc\x22\0" + EOS),
    "body": HEADER + b"\x04" + MOST32 + b"\1a" + MOST32 + MOST32 + bytes(100_000),
    "footers": HEADER + full(1, "a", b"\x7e\0\0\0\1" * 5_000, end=b""),
    "vmdesc": HEADER + b"\0\x06" + MOST32 + b"{}",
    "lists in vmdesc": vmdesc(b'{"page_size":4096,"devices":' + b"[" * 50_000),
    "structs in vmdesc": deep(330),
    "few structs in vmdesc": deep(150),
    "size in vmdesc": described_as(fields=[{"name": "f", "type": "buffer", "size": HUGE}]),
    "count in vmdesc": described_as(
        fields=[{"name": "f", "type": "buffer", "size": 1, "array_len": HUGE}]
    ),
    "version in vmdesc": described_as(
        subsections=[{"vmsd_name": "a/b", "version": HUGE, "fields": []}]
    ),
    "name in vmdesc": described_as(
        subsections=[{"vmsd_name": "\ud800", "version": 1, "fields": []}]
    ),
}


def read_all(data):
    read(data, [data], is_strict=True)


@pytest.mark.parametrize("how", [read_all, read_whole])
@pytest.mark.parametrize("name", HOSTILE)
def test_a_hostile_number_costs_no_memory_and_no_time(name, how):
    data = HOSTILE[name]
    began = time.process_time()
    how(data)
    assert time.process_time() - began < MOST_S
    tracemalloc.start()
    try:
        how(data)
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 8 * len(data) + (1 << 20)


@pytest.mark.parametrize("name", [name for name in HOSTILE if "vmdesc" not in name])
def test_a_hostile_number_is_refused(name):
    with pytest.raises(StreamError) as caught:
        list(read_events([HOSTILE[name]]))
    assert caught.value.path
    assert caught.value.offset is not None


def test_damage_costs_no_memory():
    random = Random(1)
    tracemalloc.start()
    try:
        for number in range(300):
            data = damaged(random, STREAMS[number % len(STREAMS)])
            tracemalloc.reset_peak()
            before, _ = tracemalloc.get_traced_memory()
            read(data, [data], is_strict=True)
            _, peak = tracemalloc.get_traced_memory()
            assert peak - before < (1 << 20) < MOST_BYTES
    finally:
        tracemalloc.stop()
