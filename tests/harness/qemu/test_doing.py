"""Doing: whoever owns an operation hears how it began and how it failed."""

import pytest

from harness.qemu.doing import Doing


class Owner:
    def __init__(self, error=None):
        self.error, self.heard = error, []

    def begin(self, what):
        self.heard.append(what)
        if self.error is not None:
            raise self.error

    def end(self, what, error):
        self.heard.append((what, str(error)))


def test_what_goes_well_is_only_begun():
    owner = Owner()
    with Doing(owner, "save"):
        pass
    assert owner.heard == ["save"]


def test_an_error_inside_is_told_and_goes_on():
    owner = Owner()
    with pytest.raises(EOFError, match="gone"), Doing(owner, "load"):
        raise EOFError("gone")
    assert owner.heard == ["load", ("load", "gone")]


def test_a_lost_connection_at_the_beginning_is_told_too():
    owner = Owner(TimeoutError("late"))
    with pytest.raises(TimeoutError, match="late"), Doing(owner, "save"):
        pytest.fail("it began")
    assert owner.heard == ["save", ("save", "late")]
