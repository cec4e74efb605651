"""Refusals: which fields of a state it is that a guest refuses to load, dies or hangs of.

From a state that it loads and one that it does not, those of the fields are found that make
the difference, by delta debugging; then which of their bits.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, replace

from harness.cycle import CHECKPOINT, run_trace
from harness.fields import WHOLE_SECTION
from harness.guest import Loader
from harness.localise.delta import culprits, minimal
from harness.trace import Trace
from vmstate.errors import StreamError
from vmstate.leaves import leaves
from vmstate.stream import Stream, read_stream

#: Of a buffer of more bytes those are named that matter.
_FEW_BYTES = 8
#: The tag of the state before anything was done.
_POWER_ON = "vmstate_untouched"
#: Says what comes of loading a stream; empty where it is loaded.
Refusal = Callable[[bytes], str]


@dataclass(frozen=True, slots=True)
class Piece:
    """What two states hold differently: a leaf field, or a section whose layout differs.

    Attributes:
        section: idstr.
        instance_id: instance id of the section.
        path: of the field; ``(section)`` for all of it.
        start: where it is in the stream that is loaded, bytes.
        good: what it holds there.
        bad: what the other stream holds.
    """

    section: str
    instance_id: int
    path: str
    start: int
    good: bytes
    bad: bytes

    @property
    def name(self) -> str:
        """Section, instance and path in one."""
        return f"{self.section}[{self.instance_id}]/{self.path}"

    @property
    def bits(self) -> int:
        """The bits that differ, as an integer in wire order; all of a section's."""
        if len(self.good) != len(self.bad):
            return (1 << 8 * len(self.bad)) - 1
        return int.from_bytes(self.good) ^ int.from_bytes(self.bad)


def blamed(good: bytes, bad: bytes, refusal: Refusal) -> tuple[tuple[Piece, ...], ...]:
    """Return what of *bad* it is that is refused.

    Each element is one cause: fields that together are refused, none of them without the others,
    each with those of its bits only that it takes.  With all of them as in *good*, it loads.

    Args:
        good: a stream that is loaded.
        bad: one of the same machine that is not.
        refusal: loads a stream in a new process.

    Raises:
        ValueError: *good* is refused, or *bad* is not because of anything in its sections.
        StreamError: one of them can't be read.
    """
    if why := refusal(good):
        raise ValueError(f"the state that should load does not: {why}")

    def fails(chosen: Sequence[Piece]) -> bool:
        return bool(refusal(_changed(good, chosen)))

    pieces = tuple(_pieces(read_stream(good), read_stream(bad)))
    causes = (_with_least_bits(cause, fails) for cause in culprits(pieces, fails))
    return tuple(tuple(map(_narrowed, cause)) for cause in causes)


def refused_fields(guest: Loader, trace: Trace, cycle: int) -> tuple[Piece, ...]:
    """Return because of what the state at a checkpoint of *trace* is not loaded.

    Nothing where it is loaded by who has run nothing before, where another is refused on the way
    to it, or where no field is the reason: the state at power-on is refused as well.

    Args:
        guest: just started.
        trace: what leads to the state.
        cycle: which checkpoint, from 1.

    Raises:
        GuestError: the guest could not get there.
    """
    guest.save(_POWER_ON)
    good = guest.snapshot(_POWER_ON)
    if any(one.error for one in run_trace(guest, Trace.join(trace.segments[:cycle]))):
        return ()
    guest.save(CHECKPOINT)
    bad = guest.snapshot(CHECKPOINT)
    if not guest.refusal(bad):
        return ()
    try:
        return blamed(good, bad, guest.refusal)[0]
    except (ValueError, StreamError):
        return ()


def _pieces(good: Stream, bad: Stream) -> Iterator[Piece]:
    """Yield everything of *bad*'s sections that *good* holds differently."""
    others = {
        (section.idstr, section.instance_id): (section, sent)
        for section, sent in zip(bad.sections, bad.vmdesc.devices, strict=True)
    }
    for section, sent in zip(good.sections, good.vmdesc.devices, strict=True):
        key = section.idstr, section.instance_id
        if key not in others or others[key][0].body == section.body:
            continue
        other, other_sent = others[key]
        mine, theirs = leaves(sent, section.body), leaves(other_sent, other.body)
        if [(one.path, len(one.data)) for one in mine] != [
            (one.path, len(one.data)) for one in theirs
        ]:
            yield Piece(*key, WHOLE_SECTION, section.offset, section.body, other.body)
            continue
        for one, its in zip(mine, theirs, strict=True):
            if one.data != its.data:
                yield Piece(*key, one.path, section.offset + one.offset, one.data, its.data)


def _changed(stream: bytes, chosen: Iterable[Piece]) -> bytes:
    """Return *stream* with the bad values of *chosen*."""
    data = bytearray(stream)
    # From the end, so that what changes its length moves nothing that is still to be changed.
    for piece in sorted(chosen, key=lambda one: one.start, reverse=True):
        data[piece.start : piece.start + len(piece.good)] = piece.bad
    return bytes(data)


def _narrowed(piece: Piece) -> Piece:
    """Return *piece* as those of its bytes that differ, where it is a long buffer."""
    if len(piece.good) != len(piece.bad) or len(piece.bad) <= _FEW_BYTES:
        return piece
    differing = [at for at, byte in enumerate(piece.good) if byte != piece.bad[at]]
    first, end = differing[0], differing[-1] + 1
    place = f"{first:#x}" if end == first + 1 else f"{first:#x}:{end:#x}"
    return replace(
        piece,
        path=f"{piece.path}[{place}]",
        start=piece.start + first,
        good=piece.good[first:end],
        bad=piece.bad[first:end],
    )


def _with_least_bits(
    cause: tuple[Piece, ...], fails: Callable[[Sequence[Piece]], bool]
) -> tuple[Piece, ...]:
    """Return *cause* with as few wrong bits in each of its fields as are refused."""
    found = list(cause)
    for at, piece in enumerate(found):
        if len(piece.good) != len(piece.bad):
            continue
        others = (*found[:at], *found[at + 1 :])

        def with_bits(chosen: tuple[int, ...], piece: Piece = piece) -> Piece:
            number = int.from_bytes(piece.good) ^ sum(1 << bit for bit in chosen)
            return replace(piece, bad=number.to_bytes(len(piece.good)))

        def still_fails(chosen: tuple[int, ...], others: tuple[Piece, ...] = others) -> bool:
            return fails((*others, with_bits(chosen)))

        bits = [bit for bit in range(8 * len(piece.good)) if piece.bits >> bit & 1]
        found[at] = with_bits(minimal(bits, still_fails))
    return tuple(found)
