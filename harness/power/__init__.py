"""Power: how much of what could be lost would be noticed, measured on a stock binary."""

from harness.power.score import FieldScore, Score, Verdict, ratio
from harness.power.trial import Trial, TrialSettings

__all__ = ["FieldScore", "Score", "Trial", "TrialSettings", "Verdict", "ratio"]
