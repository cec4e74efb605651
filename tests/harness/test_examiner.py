"""The examiner: one trace, every oracle, and what tells a loss from a noise."""

import pytest

from harness.command import Command
from harness.errors import DiedError, LoadError, QtestError
from harness.examiner import Examination, Examiner
from harness.finding import register_place
from harness.masks import Masks
from harness.testing import FakeGuest, FakeRegister, Script
from harness.trace import Trace


def kept(address, **kind):
    return FakeRegister(address=address, **kind)


def lost(address, **kind):
    return FakeRegister(address=address, is_saved=False, **kind)


def examiner_of(*registers, masks=None, **script):
    return Examiner(FakeGuest(Script(registers=registers, **script)), masks or Masks())


def examine(examiner, *lines, **how):
    return examiner.examine(Trace.parse("\n".join(lines)), **how)


LOSS = ("outb 0x10 0x1", "cycle", "inb 0x10")


def test_where_nothing_is_lost_nothing_is_said():
    assert examine(examiner_of(kept(0x10)), *LOSS) == Examination(cycles=1, judged=1)


def test_a_loss_is_told():
    examination = examine(examiner_of(lost(0x10)), *LOSS)
    assert examination.difference.pin == ("future", "fake", "registers")
    assert examination.cycles == 1
    assert examination.nondeterministic == examination.discarded == ""


def test_an_oracle_that_is_not_asked_sees_nothing():
    guest = FakeGuest(Script(registers=(lost(0x10),)))
    examiner = Examiner(guest, Masks(), oracles=("load", "idempotence"))
    for one in (examiner, examiner.bare()):
        assert examine(one, *LOSS) == Examination(cycles=1, judged=1)


def test_a_failure_to_load_ends_the_trace_though_nobody_asks_for_it():
    script = Script(registers=(kept(0x10),), load_errors={0x10: LoadError("bad")})
    examination = examine(Examiner(FakeGuest(script), Masks(), oracles=("future",)), *LOSS)
    assert (examination.difference, examination.cycles, examination.judged) == (None, 1, 0)


def test_the_first_loss_ends_the_trace():
    examination = examine(examiner_of(lost(0x10)), *LOSS, *LOSS)
    assert examination.cycles == 1


def test_known_losses_of_all_cycles_are_gathered():
    masks = Masks()
    masks.add("a", [register_place("fake", "registers", 0, 0xFF)])
    masks.add("b", [register_place("fake", "registers", 1, 0xFF)])
    lines = ("outw 0x10 0x101", "cycle", "inb 0x10", "outb 0x11 0x1", "cycle", "inb 0x11")
    examination = examine(examiner_of(lost(0x10), lost(0x11), masks=masks), *lines)
    assert examination == Examination(cycles=2, judged=2, known=frozenset({"a", "b"}))


def test_masks_can_be_given_for_one_trace():
    masks = Masks()
    masks.add("a", [register_place("fake", "registers", 0, 0xFF)])
    examiner = examiner_of(lost(0x10), masks=masks)
    assert examine(examiner, *LOSS).difference is None
    assert examine(examiner, *LOSS, masks=Masks()).difference is not None


def test_the_first_trace_begins_in_a_new_guest_and_later_ones_at_power_on():
    examiner = examiner_of(kept(0x10))
    examine(examiner, *LOSS)
    assert examiner.guest.restarts == 1
    assert examine(examiner, "cycle", "inb 0x10").difference is None
    assert examiner.guest.restarts == 1
    assert examiner.guest.inspect().by_key()["fake", 0, "r10"].data == b"\0"


def test_a_guest_that_restarts_quickly_is_restarted_each_time():
    class Quick(FakeGuest):
        restarts_quickly = True

    examiner = Examiner(Quick(Script(registers=(kept(0x10),))), Masks())
    for _ in range(3):
        assert examine(examiner, *LOSS) == Examination(cycles=1, judged=1)
    assert examiner.guest.restarts == 3


def test_a_fresh_trace_begins_in_a_new_guest():
    examiner = examiner_of(kept(0x10))
    for _ in range(3):
        examine(examiner, *LOSS, fresh=True)
    assert examiner.guest.restarts == 3


def test_what_the_last_trace_left_does_not_reach_a_fresh_one():
    examiner = examiner_of(lost(0x10, is_reset=False))
    examine(examiner, "outb 0x10 0x1", "cycle", "inb 0x10")
    examine(examiner, "cycle", "inb 0x10", fresh=True)
    assert examiner.guest._values[0x10] == 0


def test_after_a_failure_the_next_trace_begins_in_a_new_guest():
    examiner = examiner_of(kept(0x10), errors={0x11: DiedError(1, "a command", "")})
    with pytest.raises(DiedError):
        examine(examiner, "inb 0x11")
    assert examine(examiner, *LOSS) == Examination(cycles=1, judged=1)
    assert examiner.guest.restarts == 2


def test_a_failure_to_load_is_told_with_its_error():
    error = DiedError(-11, "load", "")
    examiner = examiner_of(kept(0x10), load_errors={0x10: error})
    examination = examine(examiner, *LOSS)
    assert examination.difference.kind == "crash"
    assert str(examination.error) == str(error)
    assert examine(examiner, "cycle") == Examination(cycles=1, judged=1)


def test_a_known_failure_to_load_ends_the_trace_quietly():
    masks = Masks()
    masks.add("known", [], "crash")
    error = DiedError(-11, "load", "")
    examiner = examiner_of(kept(0x10), load_errors={0x10: error}, masks=masks)
    examination = examine(examiner, *LOSS, "cycle")
    assert examination == Examination(cycles=1, known=frozenset({"known"}))
    assert examine(examiner, "cycle") == Examination(cycles=1, judged=1)


def test_a_refused_command_is_raised():
    with pytest.raises(QtestError):
        examine(examiner_of(kept(0x10)), "clock_step 5")


def test_what_differs_from_run_to_run_is_no_loss():
    examination = examine(examiner_of(kept(0x10, is_noisy=True)), "cycle", "inb 0x10")
    assert examination == Examination(cycles=1, judged=1, nondeterministic="inb 0x10")


#: B finds what A left, and B' what B left: the runs differ, and nothing is random.
LEFT_BEHIND = lost(0x11, is_reset=False, counts_reads=True)


def test_what_a_run_leaves_to_the_next_is_no_noise():
    examination = examine(examiner_of(LEFT_BEHIND), "cycle", "inb 0x11")
    assert examination.nondeterministic == ""
    assert examination.difference.command == "inb 0x11"
    assert (examination.difference.expected, examination.difference.seen) == ("0x00", "0x01")


def test_what_grows_from_run_to_run_is_shown_as_a_new_guest_shows_it():
    examiner = examiner_of(LEFT_BEHIND)
    assert examine(examiner, "inb 0x11", "inb 0x11", "cycle").difference is None
    restarts = examiner.guest.restarts
    examination = examine(examiner, "cycle", "inb 0x11")
    assert examiner.guest.restarts > restarts
    assert (examination.difference.expected, examination.difference.seen) == ("0x00", "0x01")


class Mortal(FakeGuest):
    """A guest that ends in its second reload: run B has left what no reset survives."""

    reloads = 0

    def restart(self, *, bare=False):
        self.reloads = 0
        super().restart(bare=bare)

    def reload(self, tag):
        self.reloads += 1
        if self.reloads > 1:
            self._raise(DiedError(-6, "load", ""))
        super().reload(tag)


@pytest.mark.parametrize(("register", "is_found"), [(lost(0x10), True), (kept(0x10), False)])
def test_a_loss_is_told_though_the_guest_does_not_survive_to_be_run_again(register, is_found):
    guest = Mortal(Script(registers=(register,)))
    examination = examine(Examiner(guest, Masks()), *LOSS)
    assert (examination.difference is not None) == is_found
    assert examination.nondeterministic == ""


def test_after_runs_from_scratch_the_next_trace_begins_in_a_new_guest():
    examiner = examiner_of(LEFT_BEHIND)
    examine(examiner, "cycle", "inb 0x11")
    restarts = examiner.guest.restarts
    examine(examiner, "cycle")
    assert examiner.guest.restarts == restarts + 1


def test_what_is_always_noise_is_soon_taken_for_noise():
    examiner = examiner_of(kept(0x10, is_noisy=True))
    restarts = []
    for _ in range(5):
        assert examine(examiner, "cycle", "inb 0x10").nondeterministic == "inb 0x10"
        restarts.append(examiner.guest.restarts)
    assert restarts[3] == restarts[4] > restarts[0]


class Generator(FakeGuest):
    """A guest whose register counts on with each read: from the same number at each start."""

    def restart(self, *, bare=False):
        self._noise = 100 * self.chance
        super().restart(bare=bare)


def test_noise_is_noise_though_the_guest_does_not_survive_to_be_run_again():
    class Chancy(Mortal, Generator):
        pass

    guest = Chancy(Script(registers=(kept(0x10, is_noisy=True),)))
    examination = examine(Examiner(guest, Masks()), "cycle", "inb 0x10")
    assert examination.difference is None
    assert examination.nondeterministic.startswith("no run B': ")


def test_random_numbers_that_are_the_same_at_each_start_are_noise_still():
    guest = Generator(Script(registers=(kept(0x10, is_noisy=True),)))
    examiner = Examiner(guest, Masks())
    assert examine(examiner, "cycle", "inb 0x10").nondeterministic == "inb 0x10"
    assert guest.chance == 0
    assert guest.restarts == 3


@pytest.mark.parametrize("register", [lost(0x10), kept(0x10, is_noisy=True)])
def test_the_checkpoint_of_what_differs_is_one_that_was_looked_at(register):
    examiner = examiner_of(register)
    examination = examine(examiner, "outb 0x10 0x1", "cycle", "inb 0x10")
    assert examination.difference or examination.nondeterministic
    assert examination.checkpoint
    assert examination.checkpoint == examine(examiner, "outb 0x10 0x1", "cycle").checkpoint


class OnceResetting(FakeGuest):
    """A guest that resets itself whenever a trace is run from scratch."""

    def save(self, tag):
        super().save(tag)
        if self.restarts > 1:
            self._incidents.append("guest reset")


def test_a_difference_that_is_not_shown_from_scratch_stays_noise():
    examiner = Examiner(OnceResetting(Script(registers=(LEFT_BEHIND,))), Masks())
    assert examine(examiner, "cycle", "inb 0x11").nondeterministic == "inb 0x11"


def test_noise_that_is_known_hides_nothing():
    masks = Masks()
    masks.add("noise", [register_place("fake", "registers", 1, 0xFF)])
    examiner = examiner_of(lost(0x10), kept(0x11, is_noisy=True), masks=masks)
    examination = examine(examiner, *LOSS, "inb 0x11")
    assert examination.difference.command == "inb 0x10"


def test_incidents_make_a_trace_unjudged():
    examiner = examiner_of(lost(0x10), incidents={0x11: "guest reset"})
    lines = ("outb 0x11 0x0", "outb 0x11 0x0", *LOSS)
    assert examine(examiner, *lines) == Examination(cycles=1, discarded="guest reset")


def test_an_incident_at_the_end_of_a_trace_is_not_the_next_ones():
    examiner = examiner_of(kept(0x10), incidents={0x11: "guest reset"})
    examine(examiner, "outb 0x11 0x0")
    assert examine(examiner, *LOSS) == Examination(cycles=1, judged=1)


class Restless(FakeGuest):
    """Asks for a reset by itself, at the third load."""

    loads = 0

    def load(self, tag):
        super().load(tag)
        self.loads += 1
        if self.loads == 2:
            self._incidents.append("guest reset")


def test_an_incident_while_the_loss_is_looked_at_again_makes_it_unjudged():
    examiner = Examiner(Restless(Script(registers=(lost(0x10),))), Masks())
    examination = examine(examiner, *LOSS)
    assert examination == Examination(cycles=1, judged=1, discarded="guest reset")


class Drifting(FakeGuest):
    """Every load changes a field, each time in another way."""

    loads = 0

    def load(self, tag):
        super().load(tag)
        self.loads += 1
        self._values[0x10] = self.loads


def test_a_field_that_loading_changes_each_time_otherwise_is_nondeterministic():
    examiner = Examiner(Drifting(Script(registers=(kept(0x10, is_readable=False),))), Masks())
    examination = examine(examiner, "cycle")
    assert examination.difference is None
    assert examination.nondeterministic == "the bytes of fake"


CHANGED = ("outb 0x10 0x10", "cycle")


@pytest.mark.parametrize("is_known", [True, False])
def test_a_field_that_loading_changes_is_named_once_the_layout_is_known(is_known):
    register = kept(0x10, is_readable=False, loads=0x0F)
    examiner = examiner_of(register, layout_is_known=is_known)
    assert examine(examiner, *CHANGED).difference.pin == ("idempotence", "field", "fake", "r10")


class Opaque(FakeGuest):
    def decode(self, state):
        return None


def test_a_layout_that_can_not_be_learned_is_one_field():
    register = kept(0x10, is_readable=False, loads=0x0F)
    examiner = Examiner(Opaque(Script(registers=(register,))), Masks())
    assert examine(examiner, *CHANGED).difference.pin == ("idempotence", "field", "?", "state")


class OpaqueDrifting(Opaque, Drifting):
    pass


def test_what_is_run_again_from_scratch_may_have_a_layout_that_can_not_be_learned():
    register = kept(0x10, is_readable=False)
    examiner = Examiner(OpaqueDrifting(Script(registers=(register,))), Masks())
    assert examine(examiner, "cycle").nondeterministic == "the bytes of ?"


def test_the_states_around_a_cycle_can_be_seen():
    examiner = examiner_of(kept(0x10, loads=0x0F))
    trace = Trace.parse("outb 0x10 0x11\ncycle\noutb 0x10 0x22\ncycle\noutb 0x10 0x44")
    for number, expected, seen in ((1, 0x11, 0x01), (2, 0x22, 0x02)):
        states = examiner.inspector.states_at(trace, number)
        values = [state.by_key()["fake", 0, "r10"].data[0] for state in states]
        assert values == [expected, seen]


def test_a_guest_that_was_lent_is_started_again_for_the_next_trace():
    examiner = examiner_of(kept(0x10))
    examine(examiner, *LOSS)
    guest = examiner.restarted()
    assert guest.restarts == 2
    examine(examiner, *LOSS)
    assert guest.restarts == 3


def test_a_guest_that_dies_of_saving_at_once_is_judged_in_the_cycle():
    crash = DiedError(-11, "save", "")

    class Doomed(FakeGuest):
        """Dies whenever it is saved."""

        def save(self, tag):
            self._check()
            self._raise(crash)

    examiner = Examiner(Doomed(Script(registers=(kept(0x10),))), Masks())
    for _ in range(2):
        difference = examine(examiner, "cycle").difference
        assert (difference.oracle, difference.kind) == ("load", "crash")


def test_every_register_that_differs_after_a_cycle_is_told_known_or_not():
    masks = Masks()
    masks.add("known", [register_place("fake", "registers", 0, 0xFF)])
    examiner = examiner_of(lost(0x10), kept(0x11), lost(0x12), masks=masks)
    trace = Trace.parse("outw 0x10 0x101\noutb 0x12 0x6\ncycle\ninw 0x10\ninb 0x12")
    found = [(place.register.offset, place.bits) for place in examiner.everywhere(trace, 1)]
    assert found == [(0, 1), (2, 6)]
    assert examiner.everywhere(trace, 2) == ()
    assert examine(examiner, *LOSS).known == {"known"}


def test_a_cycle_that_fails_shows_no_registers():
    examiner = examiner_of(kept(0x10), load_errors={0x10: LoadError("no")})
    assert examiner.everywhere(Trace.parse("\n".join(LOSS)), 1) == ()


def test_a_guest_that_can_not_go_back_is_started_anew():
    boot = ((Command("outb", (0x18, 1)),),)
    errors = {0x18: LoadError("no")}
    examiner = examiner_of(kept(0x10), kept(0x18), boot=boot, load_errors=errors)
    assert examine(examiner, *LOSS).difference.kind == "does not load"
    assert examiner.beginning.is_slow
