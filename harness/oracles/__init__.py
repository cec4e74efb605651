"""Oracles: one question each that a recorded cycle must answer.

An oracle looks at a record and at what is known; it runs nothing.
"""

from harness.oracles.future import judge_future, places_apart
from harness.oracles.idempotence import judge_idempotence
from harness.oracles.load import judge_load
from harness.oracles.verdict import Verdict

#: Their names, in the order in which they are asked.
ORACLES = ("load", "future", "idempotence")

__all__ = ["ORACLES", "Verdict", "judge_future", "judge_idempotence", "judge_load", "places_apart"]
