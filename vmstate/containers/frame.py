"""Frames: one record each, that says what it is, whose, and whether it came whole.

Owns the bytes of one frame and finding frames in damaged bytes.  What is in a frame is not
known here, nor what to do about damage.  The format is in ``docs/containers.md``; all
numbers are big-endian::

    0   4    mark f7 56 4d 46
    4   1    tag of the record
    5   4    number of the frame, from 0
    9   4    bytes of the payload
    13  ..   label of this frame
        ..   label of the frame before it
        4    CRC32C of all above
        ..   payload
        4    CRC32C of the payload

    label    u8 length, name in UTF-8; u32 instance
"""

from __future__ import annotations

from typing import NamedTuple

from crc32c import crc32c

from vmstate.containers.pieces import Pieces
from vmstate.errors import EncodeError
from vmstate.stream.events import Bytes

#: What every frame begins with: no text, and nothing that guests have much of.
MARK = b"\xf7VMF"
_FIXED = len(MARK) + 1 + 4 + 4
_CHECKSUM = 4
#: Bytes of the longest header.
MOST_HEADER = _FIXED + 2 * (1 + 0xFF + 4) + _CHECKSUM
_MOST = 0xFFFFFFFF


class Label(NamedTuple):
    """Whose a frame is.

    Attributes:
        name: the idstr of the section; for what is in none, what it is.
        instance_id: which one of that name.
    """

    name: str
    instance_id: int = 0

    def __str__(self) -> str:
        return f"{self.name} (instance {self.instance_id})" if self.instance_id else self.name


class FrameHeader(NamedTuple):
    """What a frame says of itself.

    Attributes:
        tag: what the record is.
        number: of the frame.
        size: bytes of the payload.
        label: whose it is.
        before: whose the frame before it is.
        length: bytes of the header.
    """

    tag: int
    number: int
    size: int
    label: Label
    before: Label
    length: int


def frame_bytes(tag: int, number: int, label: Label, before: Label, payload: Bytes) -> bytes:
    """Return one frame.

    Raises:
        EncodeError: a number or a name does not fit.
    """
    if number > _MOST or len(payload) > _MOST:
        raise EncodeError(str(label), (number, len(payload)), "no frame has such numbers")
    head = MARK + bytes([tag]) + number.to_bytes(4) + len(payload).to_bytes(4)
    head += _label_bytes(label) + _label_bytes(before)
    return b"".join((head, checksum(head), payload, checksum(payload)))


def checksum(data: Bytes) -> bytes:
    """Return the CRC32C of *data*."""
    return crc32c(data).to_bytes(_CHECKSUM)


def _label_bytes(label: Label) -> bytes:
    name = label.name.encode()
    if len(name) > 0xFF:
        # It is there to be shown; the record has it whole.
        name = name[:0xFF].decode(errors="ignore").encode()
    return bytes([len(name)]) + name + label.instance_id.to_bytes(4)


def read_header(source: Pieces, ahead: int = 0) -> FrameHeader | None:
    """Look at the header that begins *ahead* of this place; None if there is no whole one."""
    data = source.look(ahead + MOST_HEADER)[ahead:]
    if data[: len(MARK)] != MARK:
        return None
    labels, at = [], _FIXED
    for _ in range(2):
        size = data[at] if at < len(data) else 0
        end = at + 1 + size
        labels.append((data[at + 1 : end], int.from_bytes(data[end : end + 4])))
        at = end + 4
    length = at + _CHECKSUM
    if length > len(data) or data[at:length] != checksum(data[:at]):
        return None
    label, before = (Label(name.decode(errors="replace"), number) for name, number in labels)
    start = len(MARK)
    numbers = data[start + 1 : start + 5], data[start + 5 : start + 9]
    number, size = map(int.from_bytes, numbers)
    return FrameHeader(data[start], number, size, label, before, length)


def read_payload(source: Pieces, header: FrameHeader) -> bytes | None:
    """Move past the frame whose header was looked at; return its payload, if it is whole.

    If it is not, the next place is where its header says, or, where no frame begins there,
    where one does behind its header.
    """
    whole = header.length + header.size + _CHECKSUM
    if source.want(whole):
        frame = source.look(whole)
        payload = frame[header.length : -_CHECKSUM]
        if frame[-_CHECKSUM:] == checksum(payload):
            source.skip(whole)
            return payload
        if read_header(source, whole) is not None:
            source.skip(whole)
            return None
    find_frame(source)
    return None


def find_frame(source: Pieces) -> int:
    """Move to the next frame with a whole header behind this place, or to the end.

    Returns:
        how many bytes were skipped.
    """
    start = source.offset
    # The byte here begins no frame, or one that is damaged.
    if source.want(1):
        source.skip(1)
    while source.want(len(MARK)):
        place = source.find(MARK, 0)
        if place < 0:
            source.skip(len(source) - len(MARK) + 1)
            continue
        source.skip(place)
        if read_header(source) is not None:
            return source.offset - start
        source.skip(1)
    source.skip(len(source))
    return source.offset - start
