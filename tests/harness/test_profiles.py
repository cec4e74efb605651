"""Profiles: from quick to thorough."""

from harness.budget import Budget
from harness.profiles import PROFILES


def test_there_are_three():
    assert list(PROFILES) == ["quick", "ci", "nightly"]


def test_each_is_more_thorough_than_the_one_before():
    profiles = list(PROFILES.values())
    for name in ("confirmations", "shrink_limit"):
        values = [getattr(profile, name) for profile in profiles]
        assert values == sorted(set(values))
    seconds = [Budget.parse(profile.budget).seconds for profile in profiles]
    assert seconds == sorted(set(seconds))


def test_every_finding_is_confirmed_several_times():
    assert min(profile.confirmations for profile in PROFILES.values()) >= 3
