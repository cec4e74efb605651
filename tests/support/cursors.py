"""Cursors for tests of codecs: what a codec writes, and bytes for it to read.

Errors are said to be in ``chip/field``.
"""

from __future__ import annotations

from typing import Any

from vmstate.cursor import Reader, Writer


def saved(codec: Any, value: object, size: int = 0) -> bytes:
    """Return what *codec* writes for *value*."""
    writer = Writer()
    writer.owner, writer.field = "chip", "field"
    codec.save(writer, value, size)
    return bytes(writer)


def reading(data: bytes | str) -> Reader:
    """Return a cursor over *data*, bytes or hex."""
    reader = Reader(bytes.fromhex(data) if isinstance(data, str) else data)
    reader.owner, reader.field = "chip", "field"
    return reader


def loaded(codec: Any, data: bytes | str, current: object = None, size: int = 0) -> Any:
    """Return what *codec* reads, and check that it reads all."""
    reader = reading(data)
    value = codec.load(reader, current, size)
    assert reader.remaining == 0
    return value
