"""Virtual time of a real QEMU: stepped, seen by its devices, and put back with the state."""

import os
import signal
import subprocess
import sys

import pytest

from harness.corpus import Outcome, case_from_finding, replay
from harness.corpus.reproducer import Launch, reproducer
from harness.cycle import run_trace
from harness.errors import DiedError
from harness.guests.factory import check_guest, find_guests, spec_of_case
from harness.masks import Masks
from harness.oracles import judge_future
from harness.qemu.argv import launch_arguments
from harness.trace import Trace
from tests.support.findings import make_finding
from tests.support.guest_steps import run
from tests.support.stepping import MACHINE, stepping_binary

pytestmark = pytest.mark.qemu

#: Let the clock on the board interrupt 1024 times a second.
PERIODIC = ("outb 0x70 0xa", "outb 0x71 0x26", "outb 0x70 0xb", "outb 0x71 0x42")
#: What of it has happened; reading clears it.
SEEN = ("outb 0x70 0xc", "inb 0x71")
MILLISECOND = "clock_step 1000000"
#: Let the timer count down from 0xffff, and read how far it is.
COUNT = ("outb 0x43 0x34", "outb 0x40 0xff", "outb 0x40 0xff")
COUNTED = ("outb 0x43 0x0", "inb 0x40", "inb 0x40")


@pytest.fixture(scope="module", params=["", ",reload=fresh"], ids=["in place", "fresh"])
def shared(request):
    text = f"qemu:{MACHINE},accel=qtest{request.param}"
    [spec] = find_guests((text,), (stepping_binary().path,)).specs
    with check_guest(spec) as guest:
        yield guest


@pytest.fixture
def guest(shared):
    """A guest at power-on, the same for every test."""
    shared.restart()
    return shared


def time_of(guest):
    return guest._session.clock.now_ns


def test_it_says_what_it_is(guest):
    assert guest.has_clock
    assert guest.spec.startswith(f"qemu:{MACHINE},accel=qtest")
    assert guest.machine.accelerator == "qtest"
    assert time_of(guest) == 0


def test_a_timer_counts_and_interrupts_as_time_is_stepped(guest):
    run(guest, *COUNT)
    *_, low, high = run(guest, MILLISECOND, *COUNTED)
    # 1.193182 MHz for a millisecond.
    assert 0xFFFF - (low.answer | high.answer << 8) == 1193
    moves = [move for seen in run(guest, *PERIODIC, MILLISECOND) for move in seen.moves]
    assert ("ioapic[8]", 1) in moves
    assert run(guest, *SEEN)[1].answer == 0xC0


def test_time_comes_back_with_the_state(guest):
    run(guest, *COUNT, MILLISECOND)
    guest.save("c")
    levels, expected = guest.follow((*run_of(MILLISECOND, *COUNTED),))
    assert time_of(guest) == 2_000_000
    guest.reload("c")
    assert time_of(guest) == 1_000_000
    assert guest.follow((*run_of(MILLISECOND, *COUNTED),)) == (levels, expected)


def run_of(*lines):
    return Trace.parse("\n".join(lines)).steps


def test_power_on_is_the_beginning_of_time(guest):
    guest.save("p")
    run(guest, MILLISECOND)
    guest.rewind("p")
    assert run(guest, MILLISECOND)[0].answer == 1_000_000


def test_the_same_state_is_read_twice_although_the_machine_runs(guest):
    assert guest.state() == guest.state()


def test_a_state_of_a_guest_that_runs_is_inspected_and_decoded(guest):
    run(guest, MILLISECOND)
    fields = {(leaf.section, leaf.path): leaf.data for leaf in guest.inspect().fields}
    assert fields["timer", "cpu_clock_offset"] == bytes(8)


@pytest.mark.parametrize("step", [MILLISECOND, "clock_step 100000000"], ids=["short", "long"])
def test_what_is_timed_goes_on_after_a_reload_as_if_there_had_been_none(guest, step):
    suffix = (step, *COUNTED, *SEEN, step, *SEEN)
    trace = Trace.parse("\n".join((*COUNT, *PERIODIC, step, "cycle", *suffix, "cycle", *suffix)))
    records = list(run_trace(guest, trace))
    assert [record.error for record in records] == [None, None]
    assert [judge_future(record, guest.map, Masks()).difference for record in records] == [None] * 2
    assert any(seen.moves for record in records for seen in record.expected.observations)


def test_a_case_of_a_guest_with_a_clock_is_replayed(guest):
    finding = make_finding(
        guest=f"qemu:{MACHINE},accel=qtest@7.2",
        trace=Trace.parse("\n".join((*COUNT, "cycle", MILLISECOND, *COUNTED))),
        reload_mode=guest.reload_mode,
    )
    case = case_from_finding(finding)
    spec = spec_of_case(case, (stepping_binary().path,))
    assert (spec.has_clock, spec.reload_mode) == (True, guest.reload_mode)
    with check_guest(spec) as another:
        assert replay(case, another).outcome in {Outcome.FIXED, Outcome.PASSES}


def test_the_script_steps_time_and_puts_it_back(guest, tmp_path):
    lines = (*COUNT, *PERIODIC, MILLISECOND, *SEEN, "cycle", MILLISECOND, *COUNTED, *SEEN)
    finding = make_finding(
        trace=Trace.parse("\n".join(lines)),
        reload_mode=guest.reload_mode,
        kind="interrupt lost",
    )
    launch = Launch("qemu", launch_arguments(guest.machine), guest.intercept, has_clock=True)
    script = tmp_path / "reproduce.py"
    script.write_text(reproducer(finding, launch))
    command = [sys.executable, "-I", script, stepping_binary().path]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == "the run after the reload is the same\n", done.stderr
    assert done.returncode == 0


def test_a_guest_that_is_killed_is_missed_at_the_next_save(guest):
    os.kill(guest._session.process.pid, signal.SIGKILL)
    guest._session.process.status(within_s=10)
    with pytest.raises(DiedError):
        guest.save("c")
