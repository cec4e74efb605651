"""The framed container: every event in a frame of its own, which damage can't leave.

Each frame has two checksums, its number, and the names of the section that it belongs to
and of the one before it.  So any flipped bit, and any frame that is cut, lost, doubled or in
another's place is noticed, and whose it was can be told.  Inside, records have tags and
sizes, also the embedded descriptions and subsections of a device, with their versions.

Format: ``docs/containers.md``.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from vmstate.containers.forms import get_event, in_pieces, put_event
from vmstate.containers.frame import (
    FrameHeader,
    Label,
    checksum,
    find_frame,
    frame_bytes,
    read_header,
    read_payload,
)
from vmstate.containers.packed import TAGS, PackedGet, PackedPut
from vmstate.containers.pieces import Pieces
from vmstate.containers.structure import structured
from vmstate.errors import StreamError
from vmstate.stream import Event, Section, SectionBegin, SectionEnd
from vmstate.stream.events import Bytes

#: The first bytes of a file; the last two show whether line ends were changed.
MAGIC = b"VMSFRM\r\n"
#: Of this format; a reader refuses another one.
VERSION = 1
_PREAMBLE = len(MAGIC) + 4 + 4
#: Tag of the last frame, which is no event.
_END = 0xFF
_END_LABEL = Label("end of the stream")
_START_LABEL = Label("preamble")


@dataclass(frozen=True, slots=True)
class Damage:
    """Something wrong with a file.

    Attributes:
        name: of the section that is damaged; of what is in no section what it is.
        instance_id: of the section.
        offset: where in the file.
        why: what is wrong with it.
    """

    name: str
    instance_id: int
    offset: int
    why: str


def detect(first: bytes) -> bool:
    """Whether a file that begins with *first* is one of these."""
    return first.startswith(MAGIC)


# Writing ----------------------------------------------------------------------------------


def dump(events: Iterable[Event]) -> Iterator[bytes]:
    """Yield the bytes of *events*, the preamble first, then frame by frame.

    Raises:
        EncodeError: an event holds what its form has no place for.
    """
    preamble = MAGIC + VERSION.to_bytes(4)
    yield preamble + checksum(preamble)
    number, before, section = 0, _START_LABEL, None
    for event, items in structured(events):
        for piece in in_pieces(event):
            record = PackedPut()
            put_event(record, piece, items)
            if isinstance(piece, SectionBegin):
                section = Label(piece.idstr, piece.instance_id)
            label = section or _label(record.tag, piece)
            yield frame_bytes(TAGS[record.tag], number, label, before, bytes(record.payload))
            number, before = number + 1, label
            if isinstance(piece, SectionEnd):
                section = None
    yield frame_bytes(_END, number, _END_LABEL, before, b"")


def _label(tag: str, event: Event) -> Label:
    if isinstance(event, Section):
        return Label(event.idstr, event.instance_id)
    return Label(tag)


# Reading ----------------------------------------------------------------------------------


def load(pieces: Iterable[Bytes]) -> Iterator[Event]:
    """Yield the events of the file that *pieces* are.

    Raises:
        StreamError: it is damaged, or none; its path names the section.  The events before
            are yielded first.
    """
    return _Frames(pieces, _refuse).events()


def _refuse(damage: Damage) -> None:
    raise StreamError(
        damage.why, offset=damage.offset, path=str(Label(damage.name, damage.instance_id))
    )


def salvage(pieces: Iterable[Bytes], damages: list[Damage]) -> Iterator[Event]:
    """Yield the events that came whole, in the order in which they are in the file.

    They need not make up a stream any more: what a lost event began is not begun.

    Args:
        pieces: the file's bytes.
        damages: a list that what is wrong is appended to as it is met.
    """
    return _Frames(pieces, damages.append).events()


class _Frames:
    """One pass over one file.

    Args:
        pieces: its bytes.
        report: told of each damage; may raise.
    """

    def __init__(self, pieces: Iterable[Bytes], report: Callable[[Damage], None]) -> None:
        self._source = Pieces(pieces)
        self._report = report
        #: Number of the frame that comes next, and whose the last one was.
        self._next = 0
        self._before = _START_LABEL
        #: Frames that were not there when they should be, as runs of numbers.
        self._missing: list[range] = []

    def _tell(self, label: Label, offset: int, why: str) -> None:
        self._report(Damage(label.name, label.instance_id, offset, why))

    def events(self) -> Iterator[Event]:
        """Yield the events of all frames that are whole."""
        self._preamble()
        source = self._source
        while source.want(1):
            offset = source.offset
            header = read_header(source)
            if header is None:
                self._skip_damaged()
                continue
            is_of_use = self._check_order(header, offset)
            payload = read_payload(source, header)
            if payload is None:
                self._tell(header.label, offset, "its frame is damaged or cut off")
            elif header.tag == _END and is_of_use:
                self._end(header)
                return
            elif is_of_use:
                yield from self._event(header, payload, offset)
        self._tell(
            self._before, source.offset, "the file ends behind it, expected more or a last frame"
        )

    def _preamble(self) -> None:
        source = self._source
        preamble = source.look(_PREAMBLE)
        data = preamble[:-4]
        if not preamble.startswith(MAGIC):
            shown = preamble[: len(MAGIC)]
            self._tell(_START_LABEL, 0, f"starts with {shown!r}, expected {MAGIC!r}")
        elif preamble[-4:] != checksum(data) or len(preamble) < _PREAMBLE:
            self._tell(_START_LABEL, 0, "its checksum does not fit: it is damaged")
        elif (version := int.from_bytes(data[len(MAGIC) :])) != VERSION:
            self._tell(_START_LABEL, 0, f"version {version} of the format, expected {VERSION}")
        source.skip(min(_PREAMBLE, len(source)))

    def _skip_damaged(self) -> None:
        """Move on to the next frame; it says whose the one before it is."""
        source = self._source
        offset = source.offset
        why = f"its frame's header is damaged or cut off: {find_frame(source)} bytes skipped"
        header = read_header(source)
        label = _END_LABEL
        if header is None:
            why += f", behind {self._before}"
        else:
            label = header.before
        if header is not None and header.number > self._next:
            # What is lost is told here; the next frame is the one to be expected.
            count = header.number - self._next
            if count > 1:
                why += f", in which were {count} frames behind {self._before}"
            self._missing.append(range(self._next, header.number))
            self._next = header.number
        self._tell(label, offset, why)

    def _check_order(self, header: FrameHeader, offset: int) -> bool:
        """Tell of frames that are lost or out of place; return whether this one is of use."""
        number, expected = header.number, self._next
        if number == expected:
            self._next, self._before = number + 1, header.label
            return True
        if number > expected:
            self._missing.append(range(expected, number))
            count = number - expected
            self._tell(
                header.before,
                offset,
                f"lost or elsewhere: {count} {'frame' if count == 1 else 'frames'} up to it, "
                f"behind {self._before} and before {header.label}",
            )
            self._next, self._before = number + 1, header.label
            return True
        for at, run in enumerate(self._missing):
            if number in run:
                self._missing[at : at + 1] = [range(run.start, number), range(number + 1, run.stop)]
                self._tell(header.label, offset, f"out of place: frame {number}")
                return True
        self._tell(header.label, offset, f"it is here twice: frame {number}")
        return False

    def _event(self, header: FrameHeader, payload: bytes, offset: int) -> Iterator[Event]:
        try:
            yield get_event(PackedGet(header.tag, payload))
        except StreamError as error:
            self._tell(header.label, offset, f"its record is none: {error}")

    def _end(self, header: FrameHeader) -> None:
        if self._source.want(1):
            self._tell(header.label, self._source.offset, "bytes behind it, expected none")
