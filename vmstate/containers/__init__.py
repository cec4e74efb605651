"""Containers: what a migration stream can be kept in, without loss, beside QEMU's own bytes.

::

    pieces of bytes --FORMATS["framed"].load--> events --FORMATS["json"].dump--> pieces of bytes

Each takes and gives the same events (:mod:`vmstate.stream`), one by one, so that a stream
of any size can be converted.  None opens a file.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from types import MappingProxyType
from typing import NamedTuple

from vmstate.containers import ber, framed, qemu, readable
from vmstate.containers.framed import Damage, salvage
from vmstate.errors import StreamError
from vmstate.stream import Event
from vmstate.stream.events import Bytes

__all__ = ["FIRST", "FORMATS", "Damage", "Format", "detect", "salvage"]

#: Bytes at the beginning of a file that are enough to tell its format.
FIRST = 64


class Format(NamedTuple):
    """One container.

    Attributes:
        detect: whether a file that begins with these bytes is one of it.
        load: yields the events of a file's pieces; raises StreamError.
        dump: yields the pieces of a file with these events; raises EncodeError.
    """

    detect: Callable[[bytes], bool]
    load: Callable[[Iterable[Bytes]], Iterator[Event]]
    dump: Callable[[Iterable[Event]], Iterator[Bytes]]


#: Every container by the name that users know it by.
FORMATS: Mapping[str, Format] = MappingProxyType(
    {
        "qemu": Format(qemu.detect, qemu.load, qemu.dump),
        "framed": Format(framed.detect, framed.load, framed.dump),
        "ber": Format(ber.detect, ber.load, ber.dump),
        "json": Format(readable.detect, readable.load, readable.dump),
    }
)


def detect(first: bytes) -> str:
    """Return the name of the format of a file that begins with *first*.

    Args:
        first: at least :data:`FIRST` bytes, or the whole file.

    Raises:
        StreamError: it has none of them.
    """
    for name, container in FORMATS.items():
        if container.detect(first):
            return name
    raise StreamError(
        f"starts with {first[:8]!r}, expected one of the formats {', '.join(FORMATS)}", offset=0
    )
