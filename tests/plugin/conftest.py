"""The fixtures of runs inside tests."""

from tests.support.plugin_runs import faulty, runs

__all__ = ["faulty", "runs"]
