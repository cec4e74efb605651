"""Hypothesis strategies: what a hunt tries."""

from harness.strategies.traces import Vocabulary, traces

__all__ = ["Vocabulary", "traces"]
