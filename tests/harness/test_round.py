"""A round: traces are drawn, the first that fails is shrunk, and nothing depends on luck."""

from dataclasses import replace

import pytest

from harness.difference import Difference
from harness.errors import DiedError
from harness.round import Questions, Round
from harness.strategies import Vocabulary, traces
from harness.testing import FakeGuest, FakeRegister, Script

GUEST = FakeGuest(Script(registers=tuple(FakeRegister(address=a) for a in range(0x10, 0x14))))
DRAWN = traces(Vocabulary.of_owner(GUEST.map, None, has_clock=False, hazard=GUEST.hazard))
DIFFERENCE = Difference(
    oracle="future",
    cycle=1,
    step=0,
    command="inb 0x10",
    places=(),
    expected="",
    seen="",
    kind="state lost",
)


class Asked:
    """Answers the questions of a round; a trace fails if it writes to *address*."""

    def __init__(self, address=None, confirms=True, over_after=None):
        self.address = address
        self.confirms = confirms
        self.over_after = over_after
        self.hunted, self.confirmed, self.tried = [], [], []

    def fails(self, trace):
        return any(c.is_write and c.address == self.address for c in trace.commands)

    def hunt(self, trace):
        self.hunted.append(trace)
        return DIFFERENCE if self.fails(trace) else None

    def confirm(self, trace, pin):
        self.confirmed.append((trace, pin))
        return self.confirms

    def still_fails(self, trace, pin):
        self.tried.append(trace)
        assert pin == DIFFERENCE.pin
        return self.fails(trace)

    def is_over(self):
        return self.over_after is not None and len(self.hunted) >= self.over_after

    def run(self, seed=0, traces=30):
        questions = Questions(
            hunt=self.hunt,
            confirm=self.confirm,
            still_fails=self.still_fails,
            is_over=self.is_over,
        )
        return Round(DRAWN, questions, seed=seed, traces=traces).run()


def test_where_nothing_fails_every_trace_is_hunted_once():
    asked = Asked()
    assert asked.run() is None
    assert len(asked.hunted) == 30
    assert asked.tried == asked.confirmed == []


def test_the_first_trace_that_fails_is_caught_and_shrunk():
    asked = Asked(0x12)
    caught = asked.run()
    assert caught.pin == DIFFERENCE.pin
    assert caught.original == asked.hunted[-1] == asked.confirmed[0][0]
    assert asked.fails(caught.trace)
    assert len(caught.trace) <= len(caught.original)
    assert len(asked.confirmed) == 1


def test_no_trace_is_asked_about_twice_and_only_so_many():
    asked = Asked(0x12)
    asked.run()
    assert len(asked.tried) == len(set(asked.tried)) <= 81


def test_when_enough_has_been_asked_nothing_more_is_drawn():
    asked = Asked(address=0x11)
    drawn = []
    questions = Questions(
        hunt=asked.hunt,
        confirm=asked.confirm,
        # Only the trace itself fails, so that there is no end of others to try.
        still_fails=lambda trace, pin: asked.still_fails(trace, pin) and trace == asked.hunted[-1],
        is_over=asked.is_over,
    )
    caught = Round(
        DRAWN.map(lambda trace: drawn.append(trace) or trace), questions, seed=0, traces=30
    ).run()
    assert caught is not None
    assert len(asked.tried) == 41
    after = len(drawn) - 1 - max(i for i, trace in enumerate(drawn) if trace == asked.tried[-1])
    assert after <= 1


def test_what_is_not_confirmed_is_not_caught():
    asked = Asked(0x12, confirms=False)
    assert asked.run() is None
    assert len(asked.hunted) == 30
    assert asked.confirmed


@pytest.mark.parametrize("after", [0, 3])
def test_when_it_is_over_nothing_more_is_hunted(after):
    asked = Asked(over_after=after)
    assert asked.run() is None
    assert len(asked.hunted) == after


def test_one_seed_draws_the_same_and_another_something_else():
    first, second, other = Asked(0x12), Asked(0x12), Asked(0x12)
    assert first.run(seed=7) == second.run(seed=7)
    assert first.hunted == second.hunted
    assert first.tried == second.tried
    other.run(seed=8)
    assert other.hunted != first.hunted


def test_what_went_before_changes_nothing():
    first, second = Asked(0x12), Asked(0x12)
    first.run(seed=7)
    Asked().run(seed=1)
    second.run(seed=7)
    assert first.hunted == second.hunted


def test_an_error_ends_the_round_and_is_raised_as_it_is():
    class Dying(Asked):
        def hunt(self, trace):
            super().hunt(trace)
            if len(self.hunted) == 4:
                raise DiedError(1, "a command", "")
            return

    asked = Dying()
    with pytest.raises(DiedError, match="exit status 1"):
        asked.run()
    assert len(asked.hunted) == 4


def test_a_caught_trace_is_a_value():
    caught = Asked(0x12).run()
    assert replace(caught) == caught


def test_what_a_used_guest_does_not_show_again_is_not_shrunk_here():
    asked = Asked(address=0x11)
    questions = Questions(
        hunt=asked.hunt,
        confirm=asked.confirm,
        still_fails=lambda trace, pin: asked.still_fails(trace, pin) and False,
        is_over=asked.is_over,
    )
    caught = Round(DRAWN, questions, seed=0, traces=30).run()
    assert caught is not None
    assert caught.trace == caught.original
    assert len(asked.tried) == 1
