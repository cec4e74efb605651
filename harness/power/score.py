"""Scores: of each field, whether losing it is noticed, and by what."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

#: ``killed``: the guest behaves differently, or refuses the state.  ``resaved``: it does not, as
#: far as was seen, but saves another state than it was to load.  ``survived``: nothing shows.
#: ``equivalent``: it loads what was put back as if it had been there.  ``not reached``: the field
#: was as at power-on at every checkpoint, so that there was nothing to lose.
Verdict = Literal["killed", "resaved", "survived", "equivalent", "not reached"]

#: From the best to the worst that can be said of a field that was lost several times.
_ORDER: tuple[Verdict, ...] = ("killed", "resaved", "survived", "equivalent", "not reached")


@dataclass(slots=True)
class FieldScore:
    """What came of losing one field.

    Attributes:
        section: idstr of its section.
        instance_id: instance id of that.
        path: of the field, every index left open.
        verdict: the best of all trials.
        trials: how often it was put back to what it is at power-on.
        named: of a field that was noticed: whether it is the first that is named.
        shown: what showed it first: a command and its answers, or what a refusal said.
    """

    section: str
    instance_id: int
    path: str
    verdict: Verdict = "not reached"
    trials: int = 0
    named: bool = False
    shown: str = ""

    @property
    def name(self) -> str:
        """Section, instance and path in one."""
        return f"{self.section}[{self.instance_id}]/{self.path}"

    def note(self, verdict: Verdict, *, named: bool, shown: str) -> None:
        """Take in what came of one trial."""
        self.trials += 1
        if _ORDER.index(verdict) < _ORDER.index(self.verdict):
            self.verdict, self.named, self.shown = verdict, named, shown


@dataclass(slots=True)
class Score:
    """The scores of a device's fields.

    Attributes:
        device: name of the job's device.
        guest: spec of the guest.
        version: what runs.
        fields: one for each field that its sections had.
        checkpoints: at how many checkpoints fields were lost.
        why: why nothing was measured; empty if something was.
    """

    device: str
    guest: str
    version: str
    fields: list[FieldScore] = field(default_factory=list)
    checkpoints: int = 0
    why: str = ""

    def count(self, *verdicts: Verdict) -> int:
        """Return how many fields have one of *verdicts*."""
        return sum(one.verdict in verdicts for one in self.fields)

    @property
    def named(self) -> int:
        """How many of the fields that were noticed are the first that is named."""
        return sum(one.named for one in self.fields if one.verdict in ("killed", "resaved"))


def ratio(scores: Iterable[Score], wanted: tuple[Verdict, ...], of: tuple[Verdict, ...]) -> str:
    """Return how many fields of verdicts *of* have one of *wanted*: ``41 of 50 (82%)``."""
    scores = [*scores]
    whole = sum(score.count(*of) for score in scores)
    part = sum(score.count(*wanted) for score in scores)
    return f"{part} of {whole}" + (f" ({part / whole:.0%})" if whole else "")
