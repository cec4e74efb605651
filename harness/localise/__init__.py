"""Localising: from a difference to the exact state at fault."""

from harness.localise.attributes import changed_attributes
from harness.localise.culprit import find_culprit
from harness.localise.memory import lost_memory
from harness.localise.refusal import Piece, refused_fields
from harness.localise.spread import merged_places, spread, step_index

__all__ = [
    "Piece",
    "changed_attributes",
    "find_culprit",
    "lost_memory",
    "merged_places",
    "refused_fields",
    "spread",
    "step_index",
]
