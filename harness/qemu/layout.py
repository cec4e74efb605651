"""Layouts: how the bytes of ``xen-save-devices-state`` divide into fields.

Those bytes carry no self-description.  A migration of the same machine does; each shape
that a section took there is kept, and a section of which a known shape fits is decoded
with it.  A shape that has not been seen is not guessed at.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass

from harness.errors import UnreadableError
from harness.fields import Column, DeviceState, LeafField
from harness.qemu.decode import device_state
from harness.qemu.unordered import in_order
from vmstate.cursor import Reader
from vmstate.errors import StreamError, TruncatedStreamError
from vmstate.leaves import Leaf, leaves
from vmstate.paths import general_path
from vmstate.stream import Stream, read_stream
from vmstate.stream.boundary import FOOTER_SIZE, MOST_LOOKED_AT, footer, goes_on

_HEADER_BYTES = 8
_END, _FULL = 0x00, 0x04

SectionKey = tuple[str, int]


@dataclass(frozen=True, slots=True)
class _Shape:
    """One form that a section's body takes.

    Attributes:
        size: bytes of the body.
        fields: path, type, offset and size of each leaf.
        columns: the same for what lies side by side with one path, indices left open.
        headers: what stands between the leaves: names and versions of subsections.
    """

    size: int
    fields: tuple[tuple[str, str, int, int], ...]
    columns: tuple[tuple[str, str, int, int], ...]
    headers: tuple[tuple[int, bytes], ...]

    @classmethod
    def of(cls, body: bytes, found: list[Leaf]) -> _Shape:
        """Return the shape of *body*, whose leaves are *found*, in order."""
        headers = []
        position = 0
        for leaf in found:
            if leaf.offset > position:
                headers.append((position, body[position : leaf.offset]))
            position = leaf.offset + len(leaf.data)
        if position < len(body):
            headers.append((position, body[position:]))
        fields = tuple((leaf.path, leaf.type, leaf.offset, len(leaf.data)) for leaf in found)
        return cls(len(body), fields, tuple(_columns(fields)), tuple(headers))

    def fits(self, body: bytes) -> bool:
        """Whether *body* has this shape."""
        return len(body) == self.size and all(
            body[offset : offset + len(header)] == header for offset, header in self.headers
        )


def _columns(
    fields: Iterable[tuple[str, str, int, int]],
) -> Iterator[tuple[str, str, int, int]]:
    """Yield path without indices, type, offset and size of what lies side by side."""
    path, type_, start, end = "", "", 0, 0
    for one, its_type, offset, size in fields:
        general = general_path(one)
        if (general, its_type, offset) != (path, type_, end):
            if end:
                yield path, type_, start, end - start
            path, type_, start = general, its_type, offset
        end = offset + size
    if end:
        yield path, type_, start, end - start


#: A section, the shape of its body, and where in the state that begins.
_Place = tuple[SectionKey, _Shape, int]


@dataclass(frozen=True, slots=True)
class _Frame:
    """How one state was divided: what of it stands between the fields.

    Attributes:
        size: bytes of the state.
        pieces: offset and bytes of everything that is in no field.
        places: where its sections are.
    """

    size: int
    pieces: tuple[tuple[int, bytes], ...]
    places: tuple[_Place, ...]

    @classmethod
    def of(cls, state: bytes, places: tuple[_Place, ...]) -> _Frame:
        """Return the frame of *state*, whose sections are at *places*."""
        pieces = []
        end = 0
        for _, shape, start in places:
            for _, _, offset, size in shape.columns:
                if start + offset > end:
                    pieces.append((end, state[end : start + offset]))
                end = start + offset + size
        pieces.append((end, state[end:]))
        return cls(len(state), tuple(pieces), places)

    def fits(self, state: bytes) -> bool:
        """Whether *state* is divided in the same way."""
        return len(state) == self.size and all(
            state.startswith(piece, offset) for offset, piece in self.pieces
        )


class Layouts:
    """Every shape that has been seen of each section."""

    def __init__(self) -> None:
        self._shapes: dict[SectionKey, list[_Shape]] = {}
        self._frame: _Frame | None = None
        #: Whether sections have footers; machine types of before 2.4 leave them out.
        self._has_footers = True

    def learn(self, stream: Stream) -> None:
        """Keep the shapes of the sections of *stream*."""
        for section, sent in zip(stream.sections, stream.vmdesc.devices, strict=True):
            self._has_footers = section.has_footer
            shape = _Shape.of(section.body, leaves(sent, section.body))
            known = self._shapes.setdefault((section.idstr, section.instance_id), [])
            if shape not in known:
                known.append(shape)

    def inspected(self, stream: bytes) -> DeviceState:
        """Return the fields of a *stream* that describes itself, and keep its shapes.

        Raises:
            UnreadableError: it can't be read.
        """
        try:
            self.learn(read_stream(stream))
            return device_state(stream)
        except StreamError as error:
            raise UnreadableError(str(error)) from error

    def decode(self, state: bytes) -> DeviceState | None:
        """Return the fields of *state*; None if a section has no known shape."""
        found = self._places(state)
        if found is None:
            return None
        return DeviceState(
            in_order(
                LeafField(*key, path, type_, offset, state[start + offset : start + offset + size])
                for key, shape, start in found
                for path, type_, offset, size in shape.fields
            )
        )

    def columns(self, state: bytes, only: Collection[SectionKey]) -> tuple[Column, ...] | None:
        """Return the columns of some sections of *state*; None as for :meth:`decode`.

        Args:
            state: as ``xen-save-devices-state`` writes it.
            only: the sections that are wanted; empty for all.
        """
        found = self._places(state)
        if found is None:
            return None
        return tuple(
            Column(*key, path, type_, state[start + offset : start + offset + size])
            for key, shape, start in found
            if not only or key in only
            for path, type_, offset, size in shape.columns
        )

    def _places(self, state: bytes) -> tuple[_Place, ...] | None:
        """Return where the sections of *state* are, with shapes; None if one has no known shape.

        Most states are divided as the one before.
        """
        if self._frame is None or not self._frame.fits(state):
            found = self._find(state)
            if found is None:
                return None
            self._frame = _Frame.of(state, found)
            if any(self._is_ambiguous(place) for place in found):
                self._frame = None
            return found
        return self._frame.places

    def _is_ambiguous(self, place: _Place) -> bool:
        """Whether a shape that is tried before might fit other bytes of the same size."""
        key, shape, _ = place
        known = self._shapes[key]
        return any(one.size == shape.size for one in known[: known.index(shape)])

    def _find(self, state: bytes) -> tuple[_Place, ...] | None:
        found: list[_Place] = []
        reader = Reader(state, _HEADER_BYTES)
        try:
            while (kind := reader.unsigned(1)) != _END:
                if kind != _FULL:
                    return None
                number = reader.take(4)
                key = (reader.counted_string(), reader.unsigned(4))
                reader.unsigned(4)
                shape = self._match(key, reader, number)
                if shape is None:
                    return None
                found.append((key, shape, reader.offset))
                reader.take(shape.size + FOOTER_SIZE * self._has_footers)
        except TruncatedStreamError:
            return None
        return tuple(found)

    def _match(self, key: SectionKey, reader: Reader, number: bytes) -> _Shape | None:
        """Return the shape that fits what the reader stands before, and what follows it."""
        for shape in self._shapes.get(key, ()):
            ahead = reader.peek(shape.size + MOST_LOOKED_AT)
            if shape.fits(ahead[: shape.size]) and self._ends(ahead[shape.size :], number):
                return shape
        return None

    def _ends(self, behind: bytes, number: bytes) -> bool:
        """Whether a section of that *number* ends before *behind*."""
        if self._has_footers:
            return behind.startswith(footer(int.from_bytes(number)))
        return behind[:1] in (bytes([_END]), bytes([_FULL])) and goes_on(behind, ())
