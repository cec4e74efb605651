"""Reading: a source as events, with all that its end can tell known in advance."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from harness.streams.source import Source
from vmstate.errors import StreamError
from vmstate.stream import Event, StreamReader, reader_for
from vmstate.vmdesc import parse_vmdesc


def events_of(source: Source, progress: Callable[[int], object] | None = None) -> Iterator[Event]:
    """Yield the events of the stream in *source*.

    Args:
        source: where it is.
        progress: told how many bytes more have been read, now and then.

    Raises:
        StreamError: the bytes are no stream; the events before are yielded first.
        OSError: they can't be read.
    """
    reader = _reader(source)
    for piece in source.pieces():
        yield from reader.feed(piece)
        if progress is not None:
            progress(len(piece))
    yield from reader.finish()


def _reader(source: Source) -> StreamReader:
    """Return a reader that knows the sizes of sections where they are to be known."""
    text = source.vmdesc_text()
    if text is not None:
        try:
            return reader_for(parse_vmdesc(text))
        except StreamError:
            # Its sections can be told apart by their footers all the same.
            pass
    return StreamReader()
