"""Oracles: one question each that a recorded cycle must answer.

An oracle looks at a record and at what is known; it runs nothing.
"""

from harness.oracles.future import judge_future, places_apart
from harness.oracles.hostile import judge_hostile
from harness.oracles.idempotence import judge_idempotence
from harness.oracles.load import judge_load
from harness.oracles.verdict import Verdict

#: Their names, in the order in which they are asked.
ORACLES = ("load", "future", "idempotence", "hostile")
#: Those that are asked unless somebody names some.  That a state which nobody saved ends a guest
#: says nothing of what it saves itself.
USUAL_ORACLES = ("load", "future", "idempotence")

__all__ = [
    "ORACLES",
    "USUAL_ORACLES",
    "Verdict",
    "judge_future",
    "judge_hostile",
    "judge_idempotence",
    "judge_load",
    "places_apart",
]
