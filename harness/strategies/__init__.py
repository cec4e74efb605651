"""Hypothesis strategies: what a hunt tries."""

from harness.strategies.traces import traces
from harness.strategies.vocabulary import Vocabulary

__all__ = ["Vocabulary", "traces"]
