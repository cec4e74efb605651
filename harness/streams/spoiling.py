"""Spoiling: a snapshot in which fields hold something else than was saved.

Lengths stay as they are, so that every other byte does: what is noticed is the fields' doing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from harness.fields import LeafField
from vmstate.stream import read_stream


@dataclass(frozen=True, slots=True)
class Spoilt:
    """A leaf field, and what it is to hold instead.

    Attributes:
        field: as it was saved.
        data: as many bytes as it has.
    """

    field: LeafField
    data: bytes


def spoilt(stream: bytes, changes: Sequence[Spoilt]) -> bytes:
    """Return *stream* with *changes* in it.

    Raises:
        ValueError: a field is not where it should be in the stream, or is of another length.
        StreamError: the stream can't be read.
    """
    bodies = {
        (section.idstr, section.instance_id): section for section in read_stream(stream).sections
    }
    data = bytearray(stream)
    for change in changes:
        field = change.field
        name = f"{field.section}[{field.instance_id}]/{field.path}"
        section = bodies.get((field.section, field.instance_id))
        if section is None:
            raise ValueError(f"{name}: the stream has no such section")
        end = field.offset + len(field.data)
        if section.body[field.offset : end] != field.data:
            raise ValueError(f"{name}: the stream does not hold at +{field.offset:#x} what it did")
        if len(change.data) != len(field.data):
            raise ValueError(f"{name}: {len(change.data)} bytes in the place of {len(field.data)}")
        data[section.offset + field.offset : section.offset + end] = change.data
    return bytes(data)
