"""Shrinking by domain moves: what Hypothesis can't know about traces.

One written order, in ``harness.shrink.order``; each pass only proposes simpler traces.
"""

from harness.shrink.order import simplicity
from harness.shrink.shrinker import Question, Shrunk, shrink

__all__ = ["Question", "Shrunk", "shrink", "simplicity"]
