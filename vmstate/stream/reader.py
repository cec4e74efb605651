"""The reader: pieces of bytes in, events out.

It waits for nothing and reads no file; bytes are fed to it as they come.  What it has read
is told before what is wrong is raised.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping

from vmstate.errors import StreamError
from vmstate.stream.events import Bytes, Event
from vmstate.stream.format import PAGE_POWERS
from vmstate.stream.input import Input
from vmstate.stream.parser import Parser, SectionKey


class StreamReader:
    """Reads one stream.

    ::

        reader = StreamReader()
        for piece in pieces:
            for event in reader.feed(piece):
                ...
        for event in reader.finish():
            ...

    Args:
        page_size: bytes of a target page; None to find out by the first page.
        sizes: bytes of the bodies of sections, as far as they are known (from a
            vmdesc); where one is not, or is wrong, the section's footer is looked for.
        capabilities: what the destination has to be told beforehand because the stream has
            no configuration (``send-configuration=off``): ``x-ignore-shared``, ``mapped-ram``.
        is_strict: whether to refuse what QEMU refuses, though it could be read.

    Raises:
        ValueError: *page_size* is no power of two, or too small.
    """

    def __init__(
        self,
        *,
        page_size: int | None = None,
        sizes: Mapping[SectionKey, int] | None = None,
        capabilities: Collection[str] = (),
        is_strict: bool = True,
    ) -> None:
        if page_size is not None and page_size not in PAGE_POWERS:
            raise ValueError(
                f"a page of {page_size} bytes, expected a power of two from {min(PAGE_POWERS)} on"
            )
        self._input = Input()
        self._parser = Parser(
            self._input, page_size, sizes or {}, capabilities, is_strict=is_strict
        )
        self._reading = self._parser.stream()
        self._error: StreamError | None = None

    @property
    def page_size(self) -> int | None:
        """Bytes of a target page, as soon as it is known."""
        return self._parser.page_size

    @property
    def offset(self) -> int:
        """How many bytes have become events."""
        return self._input.offset

    def feed(self, data: Bytes | bytearray) -> Iterator[Event]:
        """Take *data*; return what is whole now, which is read as the caller asks for it.

        What the caller does not ask for comes with the next piece.  *data* is not copied: it
        must not change as long as any event is in use.

        Raises:
            ValueError: the stream has been finished.
            StreamError: while the events are asked for: the bytes are no stream; the events
                before are yielded first.  The reader is of no use from then on, and raises
                the same again.
        """
        if self._input.is_closed:
            raise ValueError("the stream has been finished; make a new reader for another one")
        if self._error is None:
            self._input.push(data)
        return self._events()

    def finish(self) -> Iterator[Event]:
        """Return what is left, now that no more bytes come.

        Raises:
            StreamError: the stream is not complete, or as :meth:`feed`.
        """
        self._input.is_closed = True
        return self._events()

    def _events(self) -> Iterator[Event]:
        if self._error is not None:
            raise self._error
        try:
            for event in self._reading:
                if event is None:
                    return
                yield event
        except StreamError as error:
            self._error = error
            raise


def read_events(
    pieces: Iterable[Bytes | bytearray], reader: StreamReader | None = None
) -> Iterator[Event]:
    """Yield the events of the stream that *pieces* are, from the first to the last.

    Raises:
        StreamError: the bytes are no stream; the events before are yielded first.
    """
    reader = reader or StreamReader()
    for piece in pieces:
        yield from reader.feed(piece)
    yield from reader.finish()
