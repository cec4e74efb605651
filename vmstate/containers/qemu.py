"""QEMU's own bytes as a container: what ``migrate`` and ``savevm`` write."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from vmstate.stream import Event, StreamReader, read_events, write_events
from vmstate.stream.events import Bytes
from vmstate.stream.format import MAGIC


def detect(first: bytes) -> bool:
    """Whether a file that begins with *first* is one of these."""
    return first.startswith(MAGIC)


def dump(events: Iterable[Event]) -> Iterator[Bytes]:
    """Yield the bytes of *events*.

    Raises:
        EncodeError: an event has no bytes.
    """
    return write_events(events)


def load(pieces: Iterable[Bytes], reader: StreamReader | None = None) -> Iterator[Event]:
    """Yield the events of the stream that *pieces* are.

    Args:
        pieces: its bytes; they must not change as long as any event is in use.
        reader: one that knows more of it, e.g. of its vmdesc; see
            :func:`vmstate.stream.reader_for`.

    Raises:
        StreamError: they are none; the events before are yielded first.
    """
    return read_events(pieces, reader)
