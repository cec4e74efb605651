"""Releases: which of QEMU's rules each answers, and how its number is read."""

from __future__ import annotations

import pytest

from vmstate import LATEST, MigrationPriority, Release

#: The releases between which something changed, in order, and one that is still to come.
NUMBERS = ((7, 2), (9, 2), (10, 0), (11, 0), (11, 1), (12, 0))
KNOWN = [Release(*numbers) for numbers in NUMBERS]


@pytest.mark.parametrize(
    ("text", "release"),
    [("7.2", (7, 2)), ("7.2.22", (7, 2)), ("10.0.13-debian", (10, 0)), ("11.10", (11, 10))],
)
def test_a_release_is_read_from_what_qemu_says(text, release):
    assert Release.parse(text) == Release(*release)


@pytest.mark.parametrize("text", ["", "7", "v7.2", " 7.2", "7.x"])
def test_what_is_no_release_is_refused(text):
    with pytest.raises(ValueError, match="not a release of QEMU") as error:
        Release.parse(text)
    assert str(error.value) == f"not a release of QEMU: {text!r}; expected a number such as 7.2"


def test_releases_are_ordered_and_shown_as_numbers():
    assert sorted([*KNOWN[2:], *KNOWN[:2]]) == KNOWN
    assert Release(9, 2) < Release(10, 0)
    assert [str(release) for release in KNOWN] == ["7.2", "9.2", "10.0", "11.0", "11.1", "12.0"]


def test_a_release_can_not_be_changed():
    with pytest.raises(AttributeError):
        LATEST.major = 12


def test_the_newest_release_is_the_last_that_is_known():
    assert KNOWN[-2] == LATEST


def answers(question):
    return [getattr(release, question) for release in KNOWN]


def test_the_marker_of_a_null_pointer_has_had_three_names():
    assert answers("marker_type") == ["uint64", "uint64", "nullptr", "nullptr"] + 2 * ["ptr-marker"]


@pytest.mark.parametrize(
    ("question", "expected"),
    [
        ("only_negative_fails", "000011"),
        ("passes_answers_up", "111100"),
        ("post_save_can_fail", "111100"),
        ("keeps_codec_errors", "111100"),
        ("numbers_elements", "111100"),
        ("numbers_last_element", "110000"),
        ("splits_pointer_runs", "001111"),
        ("has_early_setup", "011111"),
    ],
)
def test_a_rule_holds_from_one_release_on_or_until_one(question, expected):
    assert "".join(str(int(answer)) for answer in answers(question)) == expected


def test_early_setup_came_with_8_0():
    assert [Release(7, 2).has_early_setup, Release(8, 0).has_early_setup] == [False, True]


@pytest.mark.parametrize(
    ("priority", "first"),
    [(MigrationPriority.LOW, (10, 1)), (MigrationPriority.APIC, (10, 2))],
)
def test_a_priority_is_known_from_a_release_on(priority, first):
    major, minor = first
    assert Release(major, minor).knows_priority(priority)
    assert not Release(major, minor - 1).knows_priority(priority)


def test_the_other_priorities_were_always_known():
    newer = {MigrationPriority.LOW, MigrationPriority.APIC}
    assert all(Release(7, 2).knows_priority(each) for each in set(MigrationPriority) - newer)
    assert Release(7, 2).knows_priority(1000)
