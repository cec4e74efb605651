"""The beginning: power-on, by the quickest way that brings everything back."""

import pytest

from harness.beginning import Beginning
from harness.command import Command
from harness.errors import DiedError, LoadError, SaveError
from harness.testing import FakeGuest, FakeRegister, Script

BOOT = ((Command("outb", (0x18, 1)),),)
REGISTERS = (FakeRegister(address=0x10), FakeRegister(address=0x18))
CARD = FakeRegister(address=0x20, device="card", enabled_by=0x18)


class Forgetful(FakeGuest):
    """A guest that loses, in being loaded, what its boot has done."""

    def load(self, tag):
        super().load(tag)
        self._values[0x18] = 0


class Undescribed(FakeGuest):
    """A guest with a register that its boot sets, nobody saves and nothing else depends on."""

    def load(self, tag):
        super().load(tag)
        self._values[0x19] = 0


class Stubborn(Forgetful):
    """One that does not take its boot again either."""

    is_loaded = False

    def load(self, tag):
        super().load(tag)
        self.is_loaded = True

    def execute(self, commands):
        answers = super().execute(commands)
        if self.is_loaded:
            self._values[0x18] = 0
        return answers

    def restart(self, *, bare=False):
        self.is_loaded = False
        super().restart(bare=bare)


def made(kind):
    return kind(Script(registers=(*REGISTERS, CARD), boot=BOOT))


def begun(guest, times):
    """Begin so many times, each time from a guest that has been used; return the starts."""
    beginning, starts = Beginning(guest), []
    for _ in range(times):
        beginning.begin()
        assert guest.mapping() == made(FakeGuest).mapping()
        assert guest.execute([Command("inb", (0x10,))])[0].answer == 0
        guest.execute([Command("outb", (0x10, 7)), Command("outb", (0x18, 0))])
        beginning.trust()
        starts.append(guest.restarts)
    return beginning, starts


@pytest.mark.parametrize("kind", [FakeGuest, Forgetful])
def test_a_guest_goes_back_and_does_its_boot_again_where_that_is_lost(kind):
    beginning, starts = begun(made(kind), 3)
    assert not beginning.is_slow
    assert beginning.loses_boot is (kind is Forgetful)
    assert starts == [1, 1, 1]


def test_a_guest_does_its_boot_again_where_a_register_of_it_is_lost_that_maps_nothing():
    boot = (*BOOT, (Command("outb", (0x18, 1)), Command("outb", (0x19, 2))))
    guest = Undescribed(Script(registers=(*REGISTERS, FakeRegister(address=0x19)), boot=boot))
    beginning = Beginning(guest)
    for _ in range(3):
        beginning.begin()
        assert guest.execute([Command("inb", (0x19,))])[0].answer == 2
        beginning.trust()
    assert beginning.loses_boot
    assert not beginning.is_slow
    assert guest.restarts == 1


def test_a_guest_that_loses_its_boot_for_good_is_started_anew_each_time():
    beginning, starts = begun(made(Stubborn), 3)
    assert beginning.is_slow
    assert beginning.loses_boot
    # The first time it is found out, for which it is started once more.
    assert starts == [2, 3, 4]


def test_a_guest_that_can_not_be_saved_once_it_was_loaded_is_started_anew_each_time():
    class Once(FakeGuest):
        is_loaded = False

        def load(self, tag):
            super().load(tag)
            self.is_loaded = True

        def restart(self, *, bare=False):
            self.is_loaded = False
            super().restart(bare=bare)

        def state(self):
            if self.is_loaded:
                raise SaveError("two namespaces")
            return super().state()

    beginning, starts = begun(made(Once), 3)
    assert beginning.is_slow
    assert starts == [2, 3, 4]


@pytest.mark.parametrize("error", [DiedError(-6, "load", ""), LoadError("no")])
@pytest.mark.parametrize("ahead", [False, True])
def test_a_guest_that_does_not_survive_going_back_is_started_anew(error, ahead):
    class Spoilt(FakeGuest):
        is_spoilt = False

        def incidents(self):
            if self.is_spoilt:
                self.is_spoilt = False
                self._raise(error)
            return super().incidents()

    guest = Spoilt(Script(registers=REGISTERS))
    beginning = Beginning(guest)
    beginning.begin()
    beginning.trust()
    guest.is_spoilt = True
    if ahead:
        beginning.go_back_ahead()
    before = guest.restarts
    beginning.begin()
    assert guest.restarts == before + 1
    assert not beginning.is_slow
    beginning.trust()
    beginning.begin()
    assert guest.restarts == before + 1


def test_what_is_refused_at_once_in_going_back_is_no_error_of_the_trace_before():
    class Refusing(FakeGuest):
        def rewind(self, tag):
            self._raise(LoadError("no"))

    guest = Refusing(Script(registers=REGISTERS))
    beginning = Beginning(guest)
    beginning.begin()
    beginning.trust()
    beginning.go_back_ahead()
    beginning.begin()
    assert guest.restarts == 2


def test_a_guest_without_a_boot_is_not_looked_at():
    class Unseen(FakeGuest):
        def mapping(self):
            raise AssertionError("nothing can have been lost")

    beginning = Beginning(Unseen(Script(registers=REGISTERS)))
    beginning.begin()
    assert not beginning.is_slow


def test_it_is_told_once_that_the_guest_stands_at_power_on():
    told = []
    guest = made(FakeGuest)
    beginning = Beginning(guest, at_power_on=lambda: told.append(guest.mapping()))
    for _ in range(2):
        beginning.begin(fresh=True)
    assert told == [guest.mapping()]
