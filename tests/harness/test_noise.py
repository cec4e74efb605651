"""Noise: what differs by itself is named, with what makes it differ, and nothing else is."""

import pytest

from harness.errors import DiedError
from harness.noise import PAUSE_S, Noise, Source, known_sources, noise_of
from harness.testing import FakeGuest, FakeRegister, Script
from harness.trace import Trace

#: Writes 0x10, reads it and its neighbours.
READS = Trace.parse("outb 0x10 0x5\ncycle\ninb 0x10\ninb 0x11\ninb 0x12\ninb 0x13")


class Restless(FakeGuest):
    """0x11 is random, 0x12 is the host's time, 0x13 is another in each process."""

    host_s = 0.0
    processes = 0

    _drawn_from = 0

    def _start(self, *, bare):
        super()._start(bare=bare)
        type(self).processes += 1
        self._values[0x13] = self.processes % 200

    def execute(self, commands):
        self._values[0x11] = 7 + self._drawn_from
        self._values[0x12] = int(self.host_s) % 60
        return super().execute(commands)

    def restart(self, *, bare=False):
        self._drawn_from = self.chance
        super().restart(bare=bare)


def pause(seconds):
    Restless.host_s += seconds


def kept(*addresses):
    return tuple(FakeRegister(address=address) for address in addresses)


def restless(*addresses, **script):
    return Restless(Script(registers=kept(*addresses), **script))


def test_each_source_is_named_with_its_origin():
    found = noise_of(restless(0x10, 0x11, 0x12, 0x13), [READS], pause=pause).sources
    # Each shows in its register and in the field that carries it.
    assert {one for one in found if one.place.startswith("registers")} == {
        Source("each run", "fake", "registers+0x3"),
        Source("host clock", "fake", "registers+0x2"),
        Source("random numbers", "fake", "registers+0x1"),
    }
    assert {(one.origin, one.place) for one in found if "+" not in one.place} == {
        ("each run", "r13"),
        ("host clock", "r12"),
        ("random numbers", "r11"),
    }


def test_a_guest_that_repeats_itself_has_none():
    guest = FakeGuest(Script(registers=kept(0x10, 0x11, 0x12, 0x13)))
    assert noise_of(guest, [READS], pause=pause) == Noise(frozenset(), ())
    # Four runs, each in a guest of its own; the cycle is left out.
    assert guest.restarts == 4
    assert guest.chance == 0


def test_the_host_is_given_time_in_one_run_of_four():
    waited = []
    guest = FakeGuest(Script(registers=kept(0x10)))
    noise_of(guest, [READS, READS], pause=waited.append)
    assert waited == [PAUSE_S] * 2


def test_a_layout_that_nobody_knows_is_said_and_not_guessed_at():
    guest = restless(0x10, 0x13, layout_is_known=False)
    found = noise_of(guest, [Trace.parse("inb 0x10")], pause=pause).sources
    assert found == {Source("each run", "state", "of unknown layout")}


def test_a_trace_that_ends_the_guest_tells_nothing():
    script = Script(registers=kept(0x10), errors={0x10: DiedError(-6, "x", "")})
    quiet = Trace.parse("inb 0x11")
    noise = noise_of(FakeGuest(script), [READS, quiet, READS], pause=pause)
    assert noise == Noise(frozenset(), ("the guest was killed by signal 6 during x",) * 2)


def test_a_guest_that_does_not_start_says_so():
    guest = FakeGuest(Script(registers=kept(0x10)))

    def restart(*, bare=False):
        raise DiedError(1, "starting", "no such device")

    guest.restart = restart
    with pytest.raises(DiedError, match="no such device"):
        noise_of(guest, [READS], pause=pause)


def test_the_table_that_ships_gives_each_source_once_and_a_reason():
    known = known_sources()
    assert known[Source("each run", "pciespscsi", "esp.fifo.data")].startswith("memory that nobody")
    assert all(known.values())
    assert list(known) == sorted(known)
