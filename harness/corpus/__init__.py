"""The corpus: one file per case, written for people, replayed by machines."""

from harness.corpus.case import Case, case_from_finding
from harness.corpus.replay import Outcome, Replay, replay
from harness.corpus.standalone import stand_alone
from harness.corpus.store import add_case, load_cases, read_case, write_case
from harness.corpus.table import findings_table

__all__ = [
    "Case",
    "Outcome",
    "Replay",
    "add_case",
    "case_from_finding",
    "findings_table",
    "load_cases",
    "read_case",
    "replay",
    "stand_alone",
    "write_case",
]
