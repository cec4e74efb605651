"""The conformance test accepts every guest that there is, and tells what a broken one breaks."""

from dataclasses import replace

import pytest

from harness.command import Command
from harness.errors import QtestError
from harness.guests.model import ModelGuest
from harness.observation import Observation
from harness.qemu.fresh import FreshGuest
from harness.qemu.guest import GuestOptions, QemuGuest
from harness.regions import Owner, Region, RegionMap
from harness.testing import FakeGuest, FakeRegister, Script, check_guest

PLAIN = Script(registers=(FakeRegister(address=1), FakeRegister(address=2, value=9)))


def test_the_fake_guest_conforms():
    check_guest(lambda: FakeGuest(PLAIN))


def test_a_fake_guest_that_must_be_inspected_first_conforms():
    check_guest(lambda: FakeGuest(Script(registers=PLAIN.registers, layout_is_known=False)))


def test_a_guest_may_lose_one_register_if_it_keeps_another():
    check_guest(
        lambda: FakeGuest(
            Script(
                registers=(
                    FakeRegister(address=1, is_saved=False),
                    FakeRegister(address=2, is_readable=False),
                    FakeRegister(address=3, is_reset=False),
                    FakeRegister(address=4),
                )
            )
        )
    )


def test_the_model_guest_conforms():
    check_guest(lambda: ModelGuest("pc"))


@pytest.mark.qemu
def test_the_qemu_guest_conforms():
    check_guest(QemuGuest)


def refused(script, kind=FakeGuest, error=AssertionError):
    with pytest.raises(error) as info:
        check_guest(lambda: kind(script))
    return str(info.value)


def test_a_guest_without_registers_is_refused():
    assert "the guest's map is empty" in refused(Script(registers=()))


def test_a_guest_of_hazards_is_refused():
    script = Script(registers=(FakeRegister(address=1),), hazards={1: "ends it"})
    assert "can be written without hazard" in refused(script)


def test_a_guest_that_keeps_nothing_is_refused():
    script = Script(registers=(FakeRegister(address=1, is_saved=False),))
    assert "no register keeps what is written" in refused(script)


def test_only_so_many_registers_are_tried():
    registers = [FakeRegister(address=2 * n, is_saved=False) for n in range(256)]
    script = Script(registers=(*registers, FakeRegister(address=0x1000)))
    assert "no register keeps what is written" in refused(script)


def test_a_hazard_that_is_not_told_is_named():
    script = Script(
        registers=(FakeRegister(address=1), FakeRegister(address=2)),
        errors={2: QtestError("inb 0x2", "FAIL")},
    )

    class Careless(FakeGuest):
        def reset(self):
            super().reset()
            self.execute([Command("inb", (2,))])

    assert "are no hazards, yet: qtest command 'inb 0x2'" in refused(script, Careless)


class Overlapping(FakeGuest):
    def __init__(self, script):
        super().__init__(script)
        owner = Owner("fake", "", "fake")
        regions = (Region("io", 1, 2, "a", 0, owner), Region("io", 2, 1, "b", 0, owner))
        self.map = RegionMap(regions)


class SectionTwice(FakeGuest):
    sections = (("fake", 0), ("fake", 0))


class SectionMissing(FakeGuest):
    sections = (("other", 0),)


class Fieldless(FakeGuest):
    def inspect(self):
        return type(super().inspect())(())


class AnswersWrites(FakeGuest):
    def execute(self, commands):
        return [Observation(0) for _ in commands]


class AnswersNothing(FakeGuest):
    def execute(self, commands):
        return [Observation(None) for _ in commands]


class AnswersTooMuch(FakeGuest):
    def execute(self, commands):
        return [Observation(0x100 if command.is_read else None) for command in commands]


class AnswersTooFew(FakeGuest):
    def execute(self, commands):
        return super().execute(commands)[1:]


class AnswersTooMany(FakeGuest):
    def execute(self, commands):
        return super().execute(commands) or [Observation()]


class HalfHigh(FakeGuest):
    def levels(self):
        return {"irq": 2}


class FollowsLate(FakeGuest):
    def follow(self, commands):
        observations = self.execute(commands)
        return {**self.levels(), "late": 1}, observations


class RestlessState(FakeGuest):
    calls = 0

    def state(self):
        self.calls += 1
        return super().state() + bytes([self.calls])


class BlindState(FakeGuest):
    def state(self):
        return bytes(8)


class DisturbingState(FakeGuest):
    def state(self):
        state = super().state()
        super().reset()
        return state


class NeverDecodes(FakeGuest):
    def decode(self, state):
        return None


class DecodesNothing(FakeGuest):
    def decode(self, state):
        return type(super().decode(state))(())


class OneTag(FakeGuest):
    def save(self, tag):
        super().save("one")

    def load(self, tag):
        super().load("one")


class FirstSaveWins(FakeGuest):
    def save(self, tag):
        if tag not in self._saved:
            super().save(tag)


class RepeatsIncidents(FakeGuest):
    def incidents(self):
        return ("guest reset",)


class RemembersSaves(FakeGuest):
    def restart(self):
        saved = self._saved
        super().restart()
        self._saved = saved


class RemembersRegisters(FakeGuest):
    def restart(self):
        values = self._values
        super().restart()
        if self.restarts > 7:
            self._values = values


class RemembersLines(FakeGuest):
    def levels(self):
        return {"irq": self.restarts % 2}


class LoadsAnything(FakeGuest):
    def load(self, tag):
        if tag in self._saved or tag == "conformance":
            super().load(tag)


@pytest.mark.parametrize(
    ("kind", "message"),
    [
        (Overlapping, "regions a and b overlap at 0x2"),
        (SectionTwice, "a section stands twice"),
        (SectionMissing, "section fake is its own; there is none"),
        (Fieldless, r"inspect\(\) found no field"),
        (AnswersWrites, "answered 0, expected None"),
        (AnswersNothing, "inb 0x1 answered no value"),
        (AnswersTooMuch, "answered more than a byte"),
        (AnswersTooFew, "not one observation for each command"),
        (AnswersTooMany, "no commands, yet something was observed"),
        (HalfHigh, "a level other than 0 and 1"),
        (FollowsLate, r"follow\(\) is not levels\(\) and then execute"),
        (RestlessState, "differs from one call to the next"),
        (BlindState, "does not show outb 0x1 0x15"),
        (DisturbingState, "disturbs the guest"),
        (NeverDecodes, "must know the layout"),
        (DecodesNothing, "gave no fields"),
        (OneTag, "under another tag"),
        (FirstSaveWins, "did not replace"),
        (RepeatsIncidents, "told of something twice"),
        (RemembersSaves, "did not forget what was saved"),
        (RemembersRegisters, "different from that at power-on"),
        (RemembersLines, "lines different from those at power-on"),
        (LoadsAnything, "never saved must raise LoadError"),
    ],
)
def test_a_guest_that_breaks_the_protocol_is_told_how(kind, message):
    with pytest.raises(AssertionError, match=message):
        check_guest(lambda: kind(PLAIN))


def test_the_guest_is_closed_twice():
    closed = []

    class Counting(FakeGuest):
        def close(self):
            closed.append(self)

    check_guest(lambda: Counting(PLAIN))
    assert len(closed) == 2


LOW = (FakeRegister(address=1), FakeRegister(address=2))
BOOTED = Script(registers=PLAIN.registers, boot=((Command("outb", (2, 3)),),))


def test_a_guest_with_a_boot_conforms():
    check_guest(lambda: FakeGuest(BOOTED))


@pytest.mark.qemu
def test_a_qemu_with_pci_express_conforms():
    with QemuGuest(GuestOptions(machine="q35", devices=("-device", "e1000"))) as guest:
        assert guest.boot
    check_guest(lambda: QemuGuest(GuestOptions(machine="q35", devices=("-device", "e1000"))))


def test_a_guest_that_reloads_into_something_fresh_conforms():
    check_guest(lambda: FakeGuest(replace(PLAIN, reload_mode="fresh")))


@pytest.mark.qemu
def test_a_qemu_that_reloads_into_new_processes_conforms():
    check_guest(FreshGuest)


def test_a_reload_that_brings_nothing_back_is_told():
    class Forgetful(FakeGuest):
        def reload(self, tag):
            self.reset()

    assert "reload() does not bring back what was saved" in refused(PLAIN, Forgetful)


def test_a_reload_that_works_only_once_is_told():
    class Once(FakeGuest):
        def reload(self, tag):
            if tag in self._saved:
                super().reload(tag)
                self._saved.pop(tag)
            else:
                self.reset()

    assert "reload() of the same tag works only once" in refused(PLAIN, Once)


def test_a_reload_behind_which_nothing_saved_before_is_found_is_told():
    class Moved(FakeGuest):
        has_reloaded = False

        def reload(self, tag):
            self.has_reloaded = True
            super().reload(tag)

        def rewind(self, tag):
            super().rewind("conformance" if self.has_reloaded else tag)

    assert "rewind() does not find what was saved before" in refused(PLAIN, Moved)


def test_a_bare_restart_that_boots_is_told():
    class Eager(FakeGuest):
        def restart(self, *, bare=False):
            super().restart()

    assert "a bare restart does the boot too" in refused(BOOTED, Eager)


def test_a_restart_that_does_more_than_its_boot_is_told():
    class Secret(FakeGuest):
        def restart(self, *, bare=False):
            super().restart(bare=bare)
            if not bare:
                self._values[1] = 5

    assert "a bare restart and the boot do not come to a restart" in refused(BOOTED, Secret)


def test_a_bare_restart_that_starts_elsewhere_is_told():
    class Elsewhere(FakeGuest):
        def restart(self, *, bare=False):
            super().restart(bare=bare)
            if bare:
                self._values[1] = 5

    assert "a bare restart and the boot do not come to a restart" in refused(PLAIN, Elsewhere)


def test_a_restart_that_forgets_the_lines_of_its_boot_is_told():
    class Deaf(FakeGuest):
        def restart(self, *, bare=False):
            super().restart(bare=bare)
            self._levels.clear()

    script = replace(BOOTED, lines={"irq": (2,)}, registers=LOW)
    check_guest(lambda: FakeGuest(script))
    assert "the boot moves lines that a restart does not" in refused(script, Deaf)


def test_an_empty_group_of_the_boot_is_told():
    script = Script(registers=PLAIN.registers, boot=((),))
    assert "a group of the boot is empty" in refused(script)


def columns_with(change):
    class Odd(FakeGuest):
        def columns(self, state, only):
            return change(super().columns(state, only), only)

    return refused(PLAIN, Odd)


def test_columns_that_are_not_known_though_fields_are_are_told():
    said = columns_with(lambda columns, only: None)
    assert "columns() does not know the layout that decode() knows" in said


def test_columns_other_than_the_fields_are_told():
    said = columns_with(lambda columns, only: columns[1:])
    assert "columns() gave other fields than decode()" in said


def test_columns_of_other_sections_than_the_wanted_one_are_told():
    class All(FakeGuest):
        def columns(self, state, only):
            return super().columns(state, ())

    assert "columns() of section timer alone are not those that it has" in refused(PLAIN, All)
