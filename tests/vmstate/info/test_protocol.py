"""The codec protocol: every codec that is offered obeys it."""

from __future__ import annotations

import inspect
import struct

import pytest

from vmstate import info
from vmstate.cursor import Reader
from vmstate.errors import StreamError

CODECS = [
    value
    for name, value in vars(info).items()
    if name.isupper() and name != "PARTIAL_BUFFER"  # a buffer, too
]


@pytest.mark.parametrize("codec", CODECS, ids=lambda codec: codec.name)
def test_a_codec_has_the_protocols_methods(codec):
    holds_states = hasattr(codec, "load_states")
    protocol = info.Container if holds_states else info.Info
    for method in ("load_states", "save_states") if holds_states else ("load", "save"):
        expected = inspect.signature(getattr(protocol, method)).parameters
        assert ["self", *inspect.signature(getattr(codec, method)).parameters] == [*expected]


@pytest.mark.parametrize(
    "codec", [codec for codec in CODECS if hasattr(codec, "format")], ids=lambda codec: codec.name
)
def test_the_format_of_a_fixed_codec_is_what_it_reads(codec):
    raw = 0xA5A5A5A5A5A5A5A5.to_bytes(8)[: struct.calcsize(">" + codec.format)]
    reader = Reader(raw + b"rest")
    (number,) = struct.unpack(">" + codec.format, raw)
    if not hasattr(codec, "convert"):
        with pytest.raises(StreamError):
            codec.load(reader, object(), 0)
    else:
        expected = codec.convert(number) if codec.convert else number
        assert codec.load(reader, None, 0) == expected
    assert reader.remaining == 4


def test_no_two_codecs_have_one_name():
    names = [codec.name for codec in CODECS]
    assert len(names) == len({*names}) == 28
