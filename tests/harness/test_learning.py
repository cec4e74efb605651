"""Learning: which words of a large region answer, told from a guest that is bytes."""

from itertools import pairwise

import pytest

from harness.command import Command
from harness.errors import DiedError
from harness.learning import learn
from harness.observation import Observation
from harness.regions import Owner, Region

START = 0xC000_0000
OWNER = Owner("card")


class Bytes:
    """A guest with one region: what each byte holds at power-on, and which bits stick.

    Reading or writing *deadly* ends it, as its *reasons* say.
    """

    def __init__(self, size, *, holds=(), sticks=(), deadly=None, reasons=("read", "write")):
        self.size, self.holds, self.sticks = size, dict(holds), dict(sticks)
        self.deadly, self.reasons = deadly, reasons
        self.written, self.restarts, self.is_dead = [], 0, False
        self.restart()

    def restart(self, *, bare=False):
        assert not bare
        self.restarts += 1
        self.is_dead = False
        self.memory = bytearray(self.size)
        for at, value in self.holds.items():
            self.memory[at] = value

    def execute(self, commands):
        return [Observation(self._one(command)) for command in commands]

    def _one(self, command):
        assert not self.is_dead
        at = command.address - START
        assert at >= 0
        assert at + command.size <= self.size
        touches = self.deadly is not None and at <= self.deadly < at + command.size
        if touches and command.verb in self.reasons:
            self.is_dead = True
            raise DiedError(-11, "commands", "")
        if command.verb == "read":
            return bytes(self.memory[at : at + command.size])
        assert command.verb == "write"
        self.written += range(at, at + command.size)
        for place, byte in enumerate(bytes.fromhex(command.operands[2][2:]), at):
            mask = self.sticks.get(place, 0)
            self.memory[place] = self.memory[place] & ~mask | byte & mask
        return None


def region(size, start=START, space="memory"):
    return Region(space, start, size, "bar", 0, OWNER)


def spots(guest):
    whole = region(guest.size)
    return learn(guest, [whole])[whole]


def test_what_reads_as_something_is_a_register():
    assert spots(Bytes(4096, holds={0x200: 1, 0x3FF: 0x80})) == (0x200, 0x3FC)


def test_what_keeps_what_is_written_is_a_register():
    assert spots(Bytes(4096, sticks={0x801: 0x10, 0xFFF: 0x40})) == (0x800, 0xFFC)


def test_bits_that_are_not_asked_for_are_not_seen():
    # 0x5a has none of these.
    assert spots(Bytes(4096, sticks={0x800: 0xA5})) == ()


def test_the_first_bytes_are_neither_asked_nor_written():
    guest = Bytes(4096, holds={0: 1, 0xFC: 1, 0x100: 1}, sticks={4: 0xFF, 0x104: 0xFF})
    assert spots(guest) == (0x100, 0x104)
    assert min(guest.written) == 0x100
    assert sorted(guest.written) == list(range(0x100, 4096))


def test_small_regions_and_ports_are_not_asked():
    guest = Bytes(4096)
    small, ports = region(256), region(4096, space="io")
    assert learn(guest, [small, ports]) == {}
    assert guest.restarts == 1


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
    assert learn(guest, [first, second]) == {first: (), second: (0x200,)}
    assert guest.restarts == 3
    assert learn(guest, [second]) == {second: (0x200,)}


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
