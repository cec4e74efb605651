"""Profiles: how thorough a campaign is, under one name."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What a profile stands for.

    Attributes:
        budget: unless the user gives one.
        confirmations: runs from scratch that a finding must pass.
        shrink_limit: traces that may be tried to shrink one finding.
    """

    budget: str
    confirmations: int
    shrink_limit: int


PROFILES = {
    #: While one works: seconds.
    "quick": Profile(budget="30s", confirmations=3, shrink_limit=250),
    #: For each change.
    "ci": Profile(budget="2m", confirmations=5, shrink_limit=600),
    #: Overnight.
    "nightly": Profile(budget="1h", confirmations=10, shrink_limit=1500),
}
