"""Hypothesis strategies: what a hunt tries."""

from harness.strategies.spoils import spoilable
from harness.strategies.traces import hostile_traces, traces
from harness.strategies.vocabulary import Vocabulary

__all__ = ["Vocabulary", "hostile_traces", "spoilable", "traces"]
