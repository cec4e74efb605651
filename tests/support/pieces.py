"""What a walk through a blob left behind, as tests ask for it."""

from __future__ import annotations

from vmstate.decoded.cutter import Cutter


def paths(cutter: Cutter) -> list[str]:
    return [piece.path for piece in cutter.pieces]


def tiles(cutter: Cutter) -> bool:
    """Whether every byte up to the place reached is in exactly one piece or is framing."""
    spans = sorted([(piece.offset, piece.size) for piece in cutter.pieces] + list(cutter.framing))
    reached = 0
    for offset, size in spans:
        if offset != reached or size < 1:
            return False
        reached += size
    return reached == cutter.offset


def numbers(cutter: Cutter) -> dict[str, bytes]:
    """Return the bytes of each piece by its path."""
    return {
        piece.path: cutter.data[piece.offset : piece.offset + piece.size] for piece in cutter.pieces
    }
