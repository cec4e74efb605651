"""Replaying a case: what became of it."""

import msgspec
import pytest

from harness.corpus import Outcome, case_from_finding, replay
from harness.corpus.replay import judged, wanted_of
from harness.errors import DiedError, LoadError
from harness.hunt import Hunt
from harness.job import HuntSettings, Job
from harness.masks import Masks
from harness.testing import FakeGuest, FakeRegister, Script

SOUND = (FakeRegister(address=0x10), FakeRegister(address=0x11))
BROKEN = (FakeRegister(address=0x10), FakeRegister(address=0x11, is_saved=False))


def guest_of(registers, version="Fake 1.0", **script):
    return FakeGuest(Script(registers=registers, **script), version=version)


def found(registers, **script):
    guest = guest_of(registers, **script)
    job = Job(guest=guest.spec, device="machine", cycles=40)
    (finding,) = Hunt(guest, job, Masks(), HuntSettings()).run().findings
    return case_from_finding(finding)


@pytest.fixture(scope="module")
def case():
    return found(BROKEN)


def test_a_case_that_fails_as_it_says_still_fails(case):
    result = replay(case, guest_of(BROKEN), runs=3)
    assert result.outcome is Outcome.STILL_FAILS
    assert result.why == "without the reload 0x01, after it 0x00"


def test_a_case_that_fails_no_more_is_fixed(case):
    result = replay(case, guest_of(SOUND))
    assert result.outcome is Outcome.FIXED
    assert result.why == (
        "Fake 1.0 passes; narrow 'fails' in the case ('fake >=1.0') to the releases before it"
    )


def test_a_case_on_a_release_before_it_passes(case):
    result = replay(case, guest_of(SOUND, version="Fake 0.9"))
    assert result.outcome is Outcome.PASSES
    assert result.why == "Fake 0.9 passes, as expected"


def test_a_case_that_fails_where_it_should_not_has_come_back(case):
    narrowed = msgspec.structs.replace(case, fails="fake <1.0")
    assert replay(narrowed, guest_of(BROKEN)).outcome is Outcome.REGRESSED


def test_what_a_machine_loses_besides_does_not_hide_the_case(case):
    registers = (FakeRegister(address=0x10, is_saved=False), *BROKEN[1:])
    both = msgspec.structs.replace(
        case, trace="outb 0x10 0x2\noutb 0x11 0x1\ncycle\ninb 0x10\ninb 0x11\n"
    )
    assert replay(both, guest_of(registers), runs=2).outcome is Outcome.STILL_FAILS
    # Without the case's own loss, what is told is what shows first.
    result = replay(both, guest_of((registers[0], SOUND[1])))
    assert result.outcome is Outcome.CHANGED
    assert result.why == "expected future inb 0x11 0x01 0x00; got future inb 0x10 0x02 0x00"


def test_a_field_that_changes_besides_does_not_hide_the_case():
    first, second = (
        FakeRegister(address=address, is_readable=False, loads=0x0F) for address in (0x10, 0x11)
    )
    case = found((SOUND[0], second))
    assert (case.oracle, case.culprit.fields) == ("idempotence", ("r11",))
    both = msgspec.structs.replace(case, trace=f"outb 0x10 0x20\n{case.trace}")
    assert replay(both, guest_of((first, second))).outcome is Outcome.STILL_FAILS


def test_a_case_that_fails_in_another_way_has_changed(case):
    registers = (FakeRegister(address=0x10), FakeRegister(address=0x11, is_saved=False, value=8))
    result = replay(case, guest_of(registers))
    assert result.outcome is Outcome.CHANGED
    assert result.why.startswith("expected future ")
    assert "inb 0x11 0x01 0x00; got future " in result.why
    assert result.why.endswith("inb 0x11 0x01 0x08")


def test_long_values_are_told_from_where_they_differ_on(case):
    whole = msgspec.structs.replace(case, expected=f"0x{'00' * 99}01", seen=f"0x{'00' * 99}02")
    told = "…01 (100 bytes, from 0x63 on)", "…02 (100 bytes, from 0x63 on)"
    result = judged(whole, {wanted_of(whole)}, "Fake 1.0")
    assert result.why == f"without the reload {told[0]}, after it {told[1]}"
    result = judged(case, {wanted_of(whole)}, "Fake 1.0")
    assert result.why.endswith(f"; got future {case.command} {told[0]} {told[1]}")


def test_a_case_that_fails_now_and_then_has_changed(case):
    class Wavering(FakeGuest):
        def load(self, tag):
            super().load(tag)
            if self.restarts % 2:
                self._values[0x11] = 1

    result = replay(case, Wavering(Script(registers=BROKEN)), runs=4)
    assert result.outcome is Outcome.CHANGED
    assert "; got nothing; future " in result.why


def test_noise_and_resets_are_changes(case):
    noisy = (FakeRegister(address=0x11, is_noisy=True),)
    result = replay(case, guest_of(noisy))
    assert (result.outcome, result.why) == (Outcome.CHANGED, "nondeterministic: inb 0x11")
    result = replay(case, guest_of(BROKEN, incidents={0x11: "guest reset"}))
    # What happens before the first cycle is told with it.
    assert (result.outcome, result.why) == (Outcome.CHANGED, "guest reset")


def test_a_guest_that_dies_of_the_trace_is_an_error(case):
    guest = guest_of(BROKEN, errors={0x11: DiedError(1, "a command", "")})
    result = replay(case, guest)
    assert result.outcome is Outcome.ERROR
    assert result.why == "the guest ended with exit status 1 during a command"


def test_the_words_of_a_failure_to_load_may_change():
    case = found(SOUND, load_errors={0x11: LoadError("bad value")})
    other = guest_of(SOUND, load_errors={0x11: LoadError("in other words")})
    assert replay(case, other).outcome is Outcome.STILL_FAILS
    crash = guest_of(SOUND, load_errors={0x11: DiedError(-11, "load", "")})
    assert replay(case, crash).outcome is Outcome.CHANGED
