"""Proofs: what fails from scratch each time, and how little of it."""

import pytest

from harness.beginning import POWER_ON
from harness.command import Command
from harness.errors import DiedError
from harness.examiner import Examiner
from harness.masks import Masks
from harness.proof import Proof, Prover
from harness.round import Caught
from harness.testing import FakeGuest, FakeRegister, Script
from harness.trace import Trace

PIN = ("future", "fake", "registers")
LONG = Trace.parse("outb 0x10 0x7\noutw 0x11 0x3355\ncycle\ninb 0x10\ninw 0x11\ncycle\ninb 0x13")
LEAST = Trace.parse("outb 0x11 0x1\ncycle\ninb 0x11")
REGISTERS = tuple(FakeRegister(address=at, is_saved=at != 0x11) for at in range(0x10, 0x14))
BOOT = tuple((Command("outb", (port, 1)),) for port in (0x18, 0x10, 0x19))
#: Lost, and there only once the boot has switched it on.
MAPPED = FakeRegister(address=0x20, device="card", is_saved=False, enabled_by=0x10)
BEHIND = Trace.parse("outb 0x20 0x1\ncycle\ninb 0x20")


def prover_of(*registers, limit=400, is_late=lambda: False, kind=FakeGuest, **script):
    examiner = Examiner(kind(Script(registers=registers or REGISTERS, **script)), Masks())
    return Prover(examiner, confirmations=3, shrink_limit=limit, is_late=is_late)


@pytest.mark.parametrize("limit", [0, 400])
def test_the_least_trace_fails_and_every_step_is_needed(limit):
    prover = prover_of(limit=limit)
    proof = prover.prove(Caught(LONG, LONG, PIN))
    assert (proof.is_quick, proof.difference.pin, len(proof.trace)) == (True, PIN, 3)
    assert prover.is_proved(proof.trace, PIN)
    if limit:
        assert proof.trace == LEAST


def test_a_trace_with_a_step_that_it_does_not_need_is_not_proved():
    assert not prover_of().is_proved(LONG, PIN)


def test_what_never_fails_is_no_proof():
    passing = Trace.parse("outb 0x10 0x1\ncycle\ninb 0x10")
    assert prover_of().prove(Caught(passing, passing, PIN)) == 0


@pytest.mark.parametrize("is_quick", [False, True])
def test_what_does_not_fail_from_scratch_is_not_shrunk(is_quick):
    prover = prover_of(limit=400)
    asked = []

    def still_fails(trace, _pin, *, fresh=False):
        asked.append((trace, fresh))
        return is_quick and not fresh

    prover.still_fails = still_fails
    assert prover.prove(Caught(LEAST, LONG, PIN)) == 0
    assert asked[0] == (LEAST, False)
    from_scratch = [trace for trace, fresh in asked if fresh]
    # What the quick way came down to, and what it began with: as often as a finding is confirmed.
    assert from_scratch[-3:] == [LONG] * 3
    assert from_scratch[:-3] == [from_scratch[0]] * (3 if is_quick else 0)


@pytest.mark.parametrize(("lasts", "most"), [(0, 2), (8, 8 + 14)])
def test_what_a_used_guest_does_not_show_or_stops_to_show_is_shrunk_on_new_ones(lasts, most):
    class Worn(FakeGuest):
        rewinds = 0

        def rewind(self, tag):
            super().rewind(tag)
            self.rewinds += tag == POWER_ON

        def restart(self, *, bare=False):
            self.rewinds = 0
            super().restart(bare=bare)

        def execute(self, commands):
            return super().execute([one for one in commands if not self._is_lost_on(one)])

        def _is_lost_on(self, command):
            return self.rewinds > lasts and command.verb == "outb" and command.address == 0x11

    many = "".join(f"outb 0x10 {value:#x}\n" for value in range(1, 200))
    long = Trace.parse(f"{many}outb 0x11 0x1\ncycle\ninb 0x11")
    prover = prover_of(kind=Worn)
    asked = []
    prover.show = lambda trace, **ways: asked.append(ways) or Prover.show(prover, trace, **ways)
    proof = prover.prove(Caught(long, long, PIN))
    assert (proof.trace, proof.is_quick) == (LEAST, False)
    assert sum(not ways["fresh"] for ways in asked) <= most


def test_when_time_is_up_nothing_is_shrunk_and_nothing_is_proved():
    proof = prover_of(is_late=lambda: True).prove(Caught(LEAST, LONG, PIN))
    assert proof.trace == LEAST
    assert not prover_of(is_late=lambda: True).is_proved(LEAST, PIN)


def test_what_was_proved_once_is_not_asked_again():
    prover = prover_of()
    assert prover.is_proved(LEAST, PIN)
    prover.still_fails = None
    assert prover.is_proved(LEAST, PIN)


def test_a_trace_that_ends_the_guest_shows_nothing():
    prover = prover_of(*REGISTERS, errors={0x30: DiedError(1, "a command", "")})
    trace = Trace.parse("outb 0x11 0x1\ncycle\ninb 0x30\ninb 0x11")
    assert prover.show(trace) is None
    assert not prover.still_fails(trace, PIN)


def test_a_trace_fails_only_at_its_pin():
    assert prover_of().still_fails(LEAST, PIN)
    assert not prover_of().still_fails(LEAST, ("future", "fake", "other"))


def test_a_trace_brings_what_it_needs_of_the_boot():
    prover = prover_of(*REGISTERS[:1], MAPPED, boot=BOOT)
    found = Proof(BEHIND, prover.show(BEHIND), is_quick=True, hits=3, runs=3)
    whole = prover.whole(found, found.difference.pin)
    assert whole.trace == Trace((*BOOT[1], *BEHIND.steps))
    assert prover.whole(found, PIN) is None


def test_a_trace_shows_what_it_shows_behind_what_it_needs_of_the_boot():
    leaking = FakeRegister(address=0x11, is_saved=False, is_reset=False)
    boot = ((Command("outb", (0x11, 4)),),)
    prover = prover_of(leaking, boot=boot)
    trace = Trace.parse("cycle\ninb 0x11\noutb 0x11 0x2")
    found = Proof(trace, prover.show(trace, fresh=True), is_quick=False, hits=3, runs=3)
    assert found.difference.expected == "0x04"
    whole = prover.whole(found, found.difference.pin)
    assert (whole.trace, whole.difference.expected) == (trace, "0x00")


def test_a_guest_that_was_not_booted_needs_nothing():
    prover = prover_of()
    found = Proof(LEAST, prover.show(LEAST), is_quick=True, hits=3, runs=3)
    assert prover.whole(found, PIN) is found


def test_a_guest_that_can_not_be_sent_its_boot_has_no_whole_trace():
    class Fragile(FakeGuest):
        def restart(self, *, bare=False):
            if bare:
                raise DiedError(-6, "starting", "")
            super().restart()

    prover = prover_of(*REGISTERS[:1], MAPPED, boot=BOOT, kind=Fragile)
    found = Proof(BEHIND, prover.show(BEHIND), is_quick=True, hits=3, runs=3)
    assert prover.whole(found, found.difference.pin) is None


def test_when_time_is_up_the_whole_boot_is_brought():
    prover = prover_of(*REGISTERS[:1], MAPPED, boot=BOOT, is_late=lambda: True)
    found = Proof(BEHIND, prover.show(BEHIND), is_quick=True, hits=3, runs=3)
    whole = prover.whole(found, found.difference.pin)
    assert whole.trace == Trace((*(command for group in BOOT for command in group), *BEHIND.steps))
