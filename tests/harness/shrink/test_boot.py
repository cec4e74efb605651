"""The boot: what is left of it still fails, and no group of that can be spared."""

from hypothesis import given
from hypothesis import strategies as st

from harness.command import Command
from harness.shrink.boot import needed

GROUPS = [(Command("outb", (port, 1)),) for port in range(24)]


def ports(groups):
    return [group[0].address for group in groups]


def failing_with(*wanted):
    return lambda groups: set(wanted) <= set(ports(groups))


def test_what_is_needed_is_left_in_order():
    assert ports(needed(GROUPS, failing_with(17, 3, 4))) == [3, 4, 17]


def test_nothing_is_left_where_nothing_is_needed():
    tried = []
    assert needed(GROUPS, lambda groups: not tried.append(groups)) == []
    assert len(tried) == 1


def test_everything_is_left_where_all_is_needed():
    assert needed(GROUPS, failing_with(*range(24))) == GROUPS


def test_a_guest_without_a_boot_needs_none():
    assert needed([], lambda _: False) == []


def test_what_goes_only_after_another_goes_too():
    # Group 2 can be spared only once group 5 is gone: what is in between is looked at again.
    def fails(groups):
        left = set(ports(groups))
        return 9 in left and (2 in left or 5 not in left)

    assert ports(needed(GROUPS, fails)) == [9]


def test_few_runs_are_made_for_what_little_is_needed():
    count = []

    def fails(groups):
        count.append(groups)
        return failing_with(11)(groups)

    assert ports(needed(GROUPS, fails)) == [11]
    assert len(count) < len(GROUPS)


@given(
    st.lists(st.sampled_from(GROUPS[:12]), max_size=14),
    st.sets(st.frozensets(st.integers(0, 11), max_size=4), min_size=1, max_size=6),
    st.sets(st.frozensets(st.integers(0, 11), min_size=1, max_size=3), max_size=4),
)
def test_whatever_the_failure_is_no_group_can_be_spared(groups, causes, cures):
    """It fails with any of *causes* whole, unless one of *cures* is (of less than all)."""

    def fails(some):
        left = frozenset(ports(some))
        is_cured = any(cure <= left for cure in cures) and list(some) != groups
        return not is_cured and any(cause <= left for cause in causes)

    if not fails(groups):
        return
    left = needed(groups, fails)
    assert fails(left)
    position = iter(groups)
    assert all(any(group is one for one in position) for group in left)
    assert not any(fails(left[:at] + left[at + 1 :]) for at in range(len(left)))
