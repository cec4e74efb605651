"""Learning: which words of a large region answer, told from a guest that is bytes."""

from dataclasses import replace
from itertools import pairwise

import pytest

from harness.command import Command
from harness.errors import DiedError, QmpError
from harness.learning import Lesson, learn
from harness.observation import Observation
from harness.regions import BEHIND, PAGE, Owner, Region, Via

START = 0xC000_0000
OWNER = Owner("card")


class Bytes:
    """A guest with one region: what each byte holds at power-on, and which bits stick.

    Reading or writing *deadly* ends it, as its *reasons* say; writing one of *resetting* makes
    it reset itself.
    """

    def __init__(
        self,
        size,
        *,
        holds=(),
        sticks=(),
        deadly=None,
        reasons=("read", "write"),
        resetting=(),
        hazards=(),
    ):
        self.resetting, self.hazards, self.has_reset = set(resetting), set(hazards), False
        self.size, self.holds, self.sticks = size, dict(holds), dict(sticks)
        self.deadly, self.reasons = deadly, reasons
        self.written, self.restarts, self.is_dead = [], 0, False
        self.restart()

    status = -11

    def restart(self, *, bare=False):
        assert not bare
        self.restarts += 1
        self.is_dead = self.has_reset = False
        self.memory = bytearray(self.size)
        for at, value in self.holds.items():
            self.memory[at] = value

    def hazard(self, command):
        reached = range(command.address - START, command.address - START + command.size)
        return None if self.hazards.isdisjoint(reached) else "it is one"

    def state(self):
        return b""

    def incidents(self):
        has_reset, self.has_reset = self.has_reset, False
        return ("guest reset",) if has_reset else ()

    def execute(self, commands):
        return [Observation(self._one(command)) for command in commands]

    def _one(self, command):
        assert not self.is_dead
        at = command.address - START
        assert at >= 0
        assert at + command.size <= self.size
        touches = self.deadly is not None and at <= self.deadly < at + command.size
        if touches and any(command.verb.startswith(reason) for reason in self.reasons):
            self.is_dead = True
            raise DiedError(self.status, "commands", "")
        if command.verb == "read":
            return bytes(self.memory[at : at + command.size])
        if command.is_read:
            return int.from_bytes(self.memory[at : at + command.size], "little")
        self.written += range(at, at + command.size)
        self.has_reset |= not self.resetting.isdisjoint(range(at, at + command.size))
        if command.verb == "write":
            data = bytes.fromhex(command.operands[2][2:])
        else:
            data = command.value.to_bytes(command.size, "little")
        for place, byte in enumerate(data, at):
            mask = self.sticks.get(place, 0)
            self.memory[place] = self.memory[place] & ~mask | byte & mask
        return None


def region(size, start=START, space="memory", name="bar"):
    return Region(space, start, size, name, 0, OWNER)


def spots(guest):
    whole = region(guest.size)
    return learn(guest, [whole])[whole].spots


def lesson(guest, **changes):
    whole = replace(region(guest.size), **changes)
    return learn(guest, [whole])[whole]


def test_what_reads_as_something_is_a_register():
    assert spots(Bytes(4096, holds={0x200: 1, 0x3FF: 0x80})) == (0x200, 0x3FC)


def test_what_keeps_what_is_written_is_a_register():
    assert spots(Bytes(4096, sticks={0x801: 0x10, 0xFFF: 0x40})) == (0x800, 0xFFC)


def test_bits_that_are_not_asked_for_are_not_seen():
    # 0x5a has none of these.
    assert spots(Bytes(4096, sticks={0x800: 0xA5})) == ()


def test_the_first_bytes_are_registers_anyway():
    guest = Bytes(4096, holds={0: 1, 0xFC: 1, 0x100: 1}, sticks={4: 0xFF, 0x104: 0xFF})
    assert spots(guest) == (0x100, 0x104)


def test_small_regions_and_ports_have_no_spots():
    small, ports = region(256), region(4096, space="io")
    learned = learn(Bytes(4096, holds={0x200: 1}), [small, ports])
    assert [learned[one].spots for one in (small, ports)] == [(), ()]


def test_what_words_rest_at_and_which_bits_stick_is_learned():
    guest = Bytes(4096, holds={0: 0x80, 0x201: 0x34}, sticks={4: 0x03, 5: 0x01, 0x200: 0xFF})
    found = lesson(guest)
    assert found.rest == {
        at: {0: 0x80, 0x200: 0x3400}.get(at, 0) for at in (*range(0, 256, 4), 0x200)
    }
    assert found.sticky == {4: 0x0103, 0x200: 0xFF}
    assert found.touchy == ()


def test_a_word_that_takes_one_pattern_alone_has_a_key():
    """The upper byte is a password, which is read as 0; the word beside has none."""

    class Locked(Bytes):
        def _one(self, command):
            at = command.address - START
            if at == 4 and not command.is_read:
                if command.value >> 24 != 0x5A:
                    return None
                command = Command("writel", (command.address, command.value & 0xFFFFFF))
            return super()._one(command)

    found = lesson(Locked(16, sticks=dict.fromkeys(range(8), 0xFF)))
    assert found.sticky == {0: 0xFFFFFFFF, 4: 0x5A5A5A}
    assert found.keys == {4: 0x5A5A5A5A}


def test_ports_are_asked_by_bytes():
    found = lesson(Bytes(16, holds={3: 1}, sticks={0: 0xF0, 7: 0x01}), space="io")
    assert found == Lesson((), {0: 1 << 24, 4: 0, 8: 0, 12: 0}, {0: 0xF0, 4: 1 << 24})


class OneWidth(Bytes):
    """Answers to accesses of one width; to others as if nothing were there."""

    def __init__(self, size, width, *, nothing=0, **what):
        self.width, self.nothing = width, nothing
        super().__init__(size, **what)

    def _one(self, command):
        if command.spec.size in {0, self.width}:
            return super()._one(command)
        return self.nothing & (1 << 8 * command.size) - 1 if command.is_read else None


@pytest.mark.parametrize("nothing", [0, 0xFFFFFFFF])
@pytest.mark.parametrize(
    ("space", "width", "usual"),
    [
        ("io", 1, 1),
        ("io", 2, 1),
        ("io", 4, 1),
        ("memory", 1, 4),
        ("memory", 2, 4),
        ("memory", 4, 4),
    ],
)
def test_words_are_asked_by_the_width_that_they_answer_to(space, width, usual, nothing):
    guest = OneWidth(16, width, nothing=nothing, holds={1: 0x80}, sticks={4: 0x0F, 7: 0x10})
    found = lesson(guest, space=space)
    assert found.rest[0] == 0x8000
    assert found.sticky == {4: 0x1000000F}
    assert found.widths == ({} if width == usual else {0: width, 4: width})


def test_what_answers_as_usual_is_asked_no_other_way():
    sent = []

    class Listening(Bytes):
        def _one(self, command):
            sent.append(command)
            return super()._one(command)

    lesson(Listening(16, holds={0: 1, 4: 1}, sticks={8: 1}))
    narrow = {command.address - START for command in sent if command.verb in {"readb", "readw"}}
    # The word that keeps what is written was asked what it reads as, and that was nothing.
    assert narrow == set(range(8, 16))
    written = {command.address - START for command in sent if command.verb == "writew"}
    assert written == {12, 14}


def test_of_what_is_smaller_than_an_access_nothing_wider_is_asked():
    guest = OneWidth(3, 2, holds={0: 7}, sticks={1: 0xFF})
    assert lesson(guest, space="io").widths == {0: 2}


def test_what_is_set_for_ever_or_never_does_not_stick():
    class Stubborn(Bytes):
        def _one(self, command):
            answer = super()._one(command)
            return answer | 0x0F if isinstance(answer, int) else answer

    assert lesson(Stubborn(4, sticks={0: 0x3C})).sticky == {0: 0x30}


@pytest.mark.parametrize("space", ["memory", "io"])
def test_what_is_smaller_than_a_word_is_asked_by_bytes(space):
    found = lesson(Bytes(3, holds={1: 4}, sticks={0: 0xF0, 2: 0x01}), space=space)
    assert found == Lesson((), {0: 4 << 8}, {0: 0x0100F0})
    assert lesson(Bytes(1, resetting=[0]), space=space).touchy == (0,)


def test_a_region_without_bytes_has_nothing_to_tell():
    guest = Bytes(0)
    assert lesson(guest) == Lesson()
    assert guest.written == []


def test_hazards_are_left_alone():
    guest = Bytes(16, sticks=dict.fromkeys(range(16), 0xFF), hazards=[6])
    assert set(lesson(guest).sticky) == {0, 8, 12}
    assert not {4, 5, 6, 7} & set(guest.written)


def test_the_header_of_a_page_is_not_written():
    guest = Bytes(256, sticks=dict.fromkeys(range(256), 0xFF))
    assert set(lesson(guest, name=PAGE).sticky) == set(range(64, 256, 4))
    assert min(guest.written) == 64


def test_a_word_that_ends_the_guest_is_touchy_and_the_others_are_learned():
    guest = Bytes(64, sticks=dict.fromkeys(range(64), 0x01), deadly=9, reasons=("writel",))
    found = lesson(guest)
    assert found.touchy == (8,)
    assert set(found.rest) == set(range(0, 64, 4))
    assert set(found.sticky) == set(range(0, 64, 4)) - {8}


def test_words_that_reset_the_guest_are_touchy():
    guest = Bytes(256, sticks={0: 1, 0x80: 1}, resetting=[4, 0x90])
    found = lesson(guest)
    assert found.touchy == (4, 0x90)
    assert set(found.sticky) == {0, 0x80}
    # Once for the region, and after each reset: of two groups, and of the words.
    assert guest.restarts == 1 + 1 + 4


def test_where_many_words_are_touchy_all_that_are_asked_with_them_are():
    guest = Bytes(256, sticks={0xF0: 1}, resetting=[*range(0, 0x40, 4), 0xE0])
    found = lesson(guest)
    assert found.touchy == tuple(range(0, 256, 4))
    assert guest.restarts < 16


def test_a_register_far_from_many_touchy_words_is_learned():
    # A VIA has each register 512 bytes from the next, and one of them switches the machine off.
    guest = Bytes(4096, holds={0x200: 1}, sticks={0x200: 0xFF}, resetting=range(256))
    found = lesson(guest)
    assert found.touchy == tuple(range(0, 256, 4))
    assert found.sticky == {0x200: 0xFF}
    assert guest.restarts < 24


def test_a_guest_that_can_not_tell_whether_it_has_reset_is_not_written():
    class Mute(Bytes):
        def state(self):
            raise QmpError("xen-save-devices-state", "it has a blocker")

    guest = Mute(64, sticks={0: 1})
    assert lesson(guest) == Lesson()
    assert guest.written == []


def test_what_was_learned_is_learned_again():
    made = [Bytes(4096, holds={0: 9, 0x300: 1}, sticks={4: 7}, resetting=[8]) for _ in range(2)]
    assert lesson(made[0]) == lesson(made[1]) == lesson(made[0])


@pytest.mark.parametrize("size", [260, 1020, 1027, 2600])
def test_odd_sizes_are_asked_to_their_last_word(size):
    last = size // 4 * 4 - 4
    guest = Bytes(size, sticks={last: 0xFF})
    assert spots(guest) == (last,)
    assert max(guest.written) == last + 3


def test_of_a_huge_region_only_the_beginning_is_asked():
    guest = Bytes(1 << 18, holds={0xFFFC: 1, 0x10000: 1})
    assert spots(guest) == (0xFFFC,)


def test_of_many_registers_some_from_everywhere_are_kept():
    found = spots(Bytes(1 << 16, holds=dict.fromkeys(range(0x100, 1 << 16), 1)))
    assert len(found) == len(set(found)) == 192
    assert found[0] == 0x100
    assert found[-1] > 0xFE00
    gaps = {right - left for left, right in pairwise(found)}
    assert max(gaps) - min(gaps) <= 4


def test_what_dies_of_being_written_is_known_by_what_it_reads_as():
    guest = Bytes(4096, holds={0x200: 1}, sticks={0x300: 0xFF}, deadly=0x400, reasons=("write",))
    assert spots(guest) == (0x200,)
    assert not guest.is_dead


def test_what_dies_of_being_read_has_nothing_to_tell():
    guest = Bytes(4096, holds={0x200: 1}, deadly=0x400)
    assert spots(guest) == ()


def test_each_region_is_asked_on_a_fresh_guest():
    guest = Bytes(8192, sticks={0x200: 0xFF, 0x1200: 0xFF}, deadly=0x500, reasons=("read",))
    first, second = region(4096), region(4096, START + 0x1000)
    learned = learn(guest, [first, second])
    assert [learned[one].spots for one in (first, second)] == [(), (0x200,)]
    assert learn(guest, [second]) == {second: learned[second]}


def test_a_guest_that_does_not_start_says_so():
    guest = Bytes(4096)

    def restart():
        raise DiedError(1, "starting", "no such device")

    guest.restart = restart
    with pytest.raises(DiedError, match="no such device"):
        learn(guest, [region(4096)])


def test_commands_stay_within_reach_of_one_another():
    sent = []

    class Listening(Bytes):
        def _one(self, command):
            sent.append(command)
            return super()._one(command)

    spots(Listening(4096))
    assert Command("read", (START, 1024)) in sent
    assert max(command.size for command in sent) == 1024


def test_a_region_that_can_not_be_read_is_not_written_and_the_others_are_learned():
    guest = Bytes(128, sticks={4: 0xFF, 68: 0xFF}, deadly=8, reasons=("readl",))
    first, second = region(64), region(64, START + 64)
    learned = learn(guest, [first, second])
    assert learned[first] == Lesson()
    assert learned[second].sticky == {4: 0xFF}
    assert min(guest.written) == 64


def test_a_device_is_asked_with_few_starts_and_its_page_at_last():
    sent = []

    class Listening(Bytes):
        def _one(self, command):
            sent.append(command)
            return super()._one(command)

    guest = Listening(4096)
    page, bar = region(256, name=PAGE), region(3840, START + 256)
    assert list(learn(guest, [page, bar])) == [page, bar]
    # One that it was made with, one to find registers, one to learn of them.
    assert guest.restarts == 3
    written = [command.address for command in sent if command.verb == "writel"]
    first_of_page = next(at for at, address in enumerate(written) if address < START + 256)
    assert first_of_page > 0
    assert all(address < START + 256 for address in written[first_of_page:])


@pytest.mark.parametrize("reason", ["read", "write", "readl", "writel"])
def test_of_a_guest_that_somebody_kills_nothing_is_learned(reason):
    guest = Bytes(512, holds={0x100: 1}, deadly=0x100, reasons=(reason,))
    guest.status = -9
    with pytest.raises(DiedError, match="killed by signal 9"):
        lesson(guest)


def test_of_a_guest_that_is_killed_as_its_state_is_read_nothing_is_learned():
    class Killed(Bytes):
        def state(self):
            raise DiedError(-9, "reading the state", "")

    with pytest.raises(DiedError, match="reading the state"):
        lesson(Killed(64))


class Paired(Bytes):
    """The same behind a pair of ports."""

    def _one(self, command):
        if command.address == 0xCF8:
            self.selected = command.value - 0x8000_0000
            return None
        at = START + self.selected + command.address - 0xCFC
        return super()._one(Command(command.verb, (at, *command.operands[1:])))


def test_what_is_behind_a_pair_is_learned_by_double_words():
    page = Region("io", BEHIND + 0x8000_0000, 256, PAGE, 0, OWNER, Via("io", 0xCF8, 0xCFC))
    guest = Paired(256, holds={0x40: 0x80, 0x45: 3}, sticks={0x44: 0xF0, 0x47: 0x01})
    (learned,) = learn(guest, [page]).values()
    assert learned.rest[0x40], learned.rest[0x44] == (0x80, 0x300)
    assert learned.sticky == {0x44: 0x0100_00F0}
    assert min(guest.written) == 0x40
