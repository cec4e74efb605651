"""Reading: a source as events, whatever container it is in."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from importlib import import_module
from itertools import chain

from harness.streams.source import Source
from vmstate.errors import StreamError
from vmstate.stream import Event, StreamReader, read_events, reader_for
from vmstate.stream.format import MAGIC
from vmstate.vmdesc import Vmdesc, parse_vmdesc

#: The container that QEMU itself writes.
NATIVE = "qemu"
#: Bytes at the beginning that tell the container.
_FIRST = 64

Pieces = Iterator[bytes | memoryview]


def events_of(source: Source, progress: Callable[[int], object] | None = None) -> Iterator[Event]:
    """Yield the events of the stream in *source*.

    Args:
        source: where it is.
        progress: told how many bytes more have been read, now and then.

    Raises:
        StreamError: the bytes are no stream; the events before are yielded first.
        OSError: they can't be read.
    """
    name, pieces = container_of(source)
    if progress is not None:
        pieces = _watched(pieces, progress)
    if name == NATIVE:
        yield from read_events(pieces, _reader(source))
    else:
        # Most streams need none of the containers, which take a while to load.
        yield from import_module("vmstate.containers").FORMATS[name].load(pieces)


def container_of(source: Source) -> tuple[str, Pieces]:
    """Return the name of the container that a source holds, and all its bytes.

    Raises:
        StreamError: it is none that is known.
    """
    pieces = source.pieces()
    first, seen = b"", list[bytes | memoryview]()
    while len(first) < _FIRST and (piece := next(pieces, None)) is not None:
        first += bytes(piece[:_FIRST])
        seen.append(piece)
    # What is cut off too early for anything is a stream that is cut off.
    if first[: len(MAGIC)] == MAGIC[: len(first)]:
        return NATIVE, chain(seen, pieces)
    return str(import_module("vmstate.containers").detect(first)), chain(seen, pieces)


@lru_cache(2)
def described(text: bytes) -> Vmdesc:
    """Return what the *text* of a vmdesc says; the last ones are remembered.

    It is asked for twice: for the sizes of sections first, and for their fields in the end.

    Raises:
        StreamError: it can't be read.
    """
    return parse_vmdesc(text)


def _watched(pieces: Pieces, progress: Callable[[int], object]) -> Pieces:
    for piece in pieces:
        yield piece
        progress(len(piece))


def _reader(source: Source) -> StreamReader:
    """Return a reader that knows the sizes of sections where they are to be known."""
    text = source.vmdesc_text()
    if text is not None:
        try:
            return reader_for(described(text))
        except StreamError:
            # Its sections can be told apart by their footers all the same.
            pass
    return StreamReader()
