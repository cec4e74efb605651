"""A real QEMU whose state comes back in a new process."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from harness.corpus import Outcome, case_from_finding, replay
from harness.cycle import CHECKPOINT, run_trace
from harness.errors import DiedError, LoadError
from harness.fields import columns_of
from harness.guests.factory import spec_of_case
from harness.observation import Move, Observation
from harness.qemu.fresh import FreshGuest
from harness.qemu.guest import GuestOptions
from harness.qemu.session import Session
from harness.trace import Trace
from tests.support.findings import make_finding
from tests.support.guest_steps import run

pytestmark = pytest.mark.qemu

#: Put a request of one channel into the DMA controller's status; no field carries it.
REQUEST, STATUS = "outb 0x9 0x4", "inb 0x8"
#: Write to and read from the RTC's memory.
NOTE, NOTED = ("outb 0x70 0xf", "outb 0x71 0x5a"), "inb 0x71"
#: Allow the keyboard's interrupt, then put a byte into its output buffer.
KEY = ("outb 0x64 0x60", "outb 0x60 0x45", "outb 0x64 0xd2", "outb 0x60 0x55")


@pytest.fixture(scope="module")
def shared():
    with FreshGuest(GuestOptions(name="qemu:pc,reload=fresh@7.2.22")) as guest:
        yield guest


@pytest.fixture
def pc(shared):
    """A pc at power-on: the same guest for every test, started again."""
    shared.restart()
    return shared


def pid(guest):
    return guest._session.process.pid


def test_it_says_what_it_is(pc):
    assert (pc.spec, pc.reload_mode) == ("qemu:pc,reload=fresh", "fresh")


def test_a_reload_brings_the_state_and_nothing_else_into_another_process(pc):
    run(pc, *NOTE, REQUEST)
    pc.save("c")
    before, home = pc.state(), pid(pc)
    pc.reload("c")
    assert pid(pc) != home
    assert pc.state() == before
    assert run(pc, NOTED, STATUS) == [Observation(0x5A), Observation(0)]


def test_run_a_stays_where_it_was_and_run_b_is_another_process(pc):
    (record,) = run_trace(pc, Trace.parse(f"{REQUEST}\ncycle\n{STATUS}"))
    assert record.error is None
    assert record.before == record.after != b""
    assert [one.answer for one in record.expected.observations] == [0x10]
    assert [one.answer for one in record.seen.observations] == [0]


def test_what_was_reloaded_is_saved_and_reloaded_again(pc):
    run(pc, *NOTE)
    seen = set()
    for value in (0x5A, 0x5B, 0x5C):
        pc.save("c")
        pc.reload("c")
        seen.add(pid(pc))
        assert run(pc, NOTED) == [Observation(value)]
        run(pc, f"outb 0x71 {value + 1:#x}")
    assert len(seen) == 3


def test_the_process_that_saved_lives_on_for_the_next_trace(pc):
    pc.save("power_on")
    home = pid(pc)
    run(pc, *NOTE)
    pc.save("c")
    pc.reload("c")
    pc.rewind("power_on")
    assert pid(pc) == home
    assert run(pc, NOTED) != [Observation(0x5A)]
    pc.load("c")
    assert run(pc, NOTED) == [Observation(0x5A)]


def running(guest):
    return [each.session.process for each in guest._standing]


def test_no_process_is_kept_that_nobody_goes_back_to(pc):
    pc.save("power_on")
    for _ in range(3):
        pc.save("c")
        pc.reload("c")
        pc.reload("c")
        # Home, who saved last, and who stands for the guest now.
        assert len(running(pc)) <= 3
    pc.rewind("power_on")
    pc.save("c")
    assert [process.pid for process in running(pc)] == [pid(pc)]


def test_a_restart_and_an_end_leave_nothing():
    with FreshGuest() as guest:
        guest.save("c")
        guest.reload("c")
        first = [*running(guest), *guest._pool._started]
        assert len(first) == 4
        guest.restart()
        assert all(process.status() is not None for process in first[:2])
        assert len(running(guest)) == 1
        with pytest.raises(LoadError, match="nothing was saved as 'c'"):
            guest.reload("c")
    guest.close()
    for process in [*first, guest._session.process]:
        assert not Path(f"/proc/{process.pid}").exists()
        assert not process.directory.exists()


def test_a_new_process_is_touched_by_nothing_before_it_loads(monkeypatch):
    """What firmware does to PCI functions comes with the state."""
    sent = {}
    exchange = Session.exchange

    def spy(session, lines, doing):
        sent.setdefault(session, []).extend(lines)
        return exchange(session, lines, doing)

    monkeypatch.setattr(Session, "exchange", spy)
    with FreshGuest(GuestOptions(machine="q35", devices=("-device", "e1000"))) as guest:
        assert any(str(command) in sent[guest._session] for command in guest.boot[0])
        region = next(one for one in guest.map.regions if one.owner.type == "e1000")
        read = f"{'inl' if region.space == 'io' else 'readl'} {region.start:#x}"
        guest.save("c")
        expected = run(guest, read)
        guest.reload("c")
        assert sent[guest._session] == [f"irq_intercept_in {guest.intercept}"]
        assert run(guest, read) == expected != [Observation(0xFFFFFFFF)]


def test_lines_are_those_of_the_process_that_stands_for_the_guest(pc):
    pc.save("power_on")
    run(pc, *KEY)
    pc.save("c")
    assert pc.levels() == {"ioapic[1]": 1}
    pc.reload("c")
    # The receiver remembers what it was told, so nobody has told this process's receiver yet.
    assert pc.levels().get("ioapic[1]", 0) == 0
    assert run(pc, "inb 0x60") == [Observation(0x55)]
    run(pc, "outb 0x64 0xd2")
    assert run(pc, "outb 0x60 0x56")[0].moves == (Move("ioapic[1]", 1),)
    pc.load("c")
    assert pc.levels()["ioapic[1]"] == 0


def test_a_reset_that_run_a_asked_for_is_an_incident(pc):
    pc.save("c")
    run(pc, "outb 0x92 0x1")
    pc.reload("c")
    assert pc.incidents() == ("guest reset",)
    assert pc.incidents() == ()
    run(pc, "outb 0x92 0x1")
    pc.load("c")
    assert pc.incidents() == ("guest reset",)


def test_a_state_that_is_refused_leaves_the_guest_where_it_was(pc, monkeypatch):
    pc.save("c")
    home = pid(pc)
    monkeypatch.setattr(Session, "snapshot_bytes", lambda session, tag: b"nonsense" * 9)
    with pytest.raises(LoadError, match="Not a migration stream"):
        pc.reload("c")
    assert pid(pc) == home
    assert pc.incidents() == ()


def test_a_tag_that_was_never_saved_can_not_be_reloaded(pc):
    for bring_back in (pc.reload, pc.load, pc.rewind):
        with pytest.raises(LoadError, match="nothing was saved as 'never'"):
            bring_back("never")
    with pytest.raises(ValueError, match="snapshot tag 'two words'"):
        pc.reload("two words")


def test_a_new_process_that_dies_is_the_guests_death(pc):
    pc.save("c")
    pc.reload("c")
    os.kill(pid(pc), signal.SIGKILL)
    with pytest.raises(DiedError, match="killed by signal 9"):
        run(pc, "inb 0x21")
    pc.restart()
    assert run(pc, "inb 0x21") == [Observation(0)]


def test_fields_of_a_checkpoint_are_known_after_the_reload():
    with FreshGuest() as guest:
        state = guest.state()
        guest.save("c")
        guest.reload("c")
        columns = guest.columns(state, ())
        assert columns == tuple(columns_of(guest.decode(state).fields))


def test_what_was_reloaded_can_be_inspected(pc):
    run(pc, "outb 0x21 0x5a")
    pc.save("c")
    pc.reload("c")
    found = {field.key: field.data for field in pc.inspect().fields}
    assert found["i8259", 0, "imr"] == b"\x5a"


def test_nor_is_a_snapshot_that_was_saved_just_before_taken_for_it(pc):
    """A process that was given a state tells of its snapshots as it does of a migration."""
    run(pc, "outb 0x21 0x5a")
    for _ in range(2):
        pc.save("c")
        pc.reload("c")
    pc.save("c")
    found = {field.key: field.data for field in pc.inspect().fields}
    assert found["i8259", 0, "imr"] == b"\x5a"


DRIVE = (
    *("-blockdev", "null-co,node-name=d,size=1048576,read-zeroes=on"),
    *("-device", "virtio-blk-pci,drive=d"),
)


def test_a_machine_with_drives_is_reloaded_too():
    with FreshGuest(GuestOptions(devices=DRIVE)) as guest:
        run(guest, *NOTE)
        for _ in range(2):
            guest.save(CHECKPOINT)
            before = guest.state()
            guest.reload(CHECKPOINT)
            assert guest.state() == before
        assert run(guest, NOTED) == [Observation(0x5A)]


def test_a_case_is_replayed_the_way_it_was_found():
    finding = make_finding(guest="qemu:pc,reload=fresh", reload_mode="fresh")
    case = case_from_finding(finding)
    with spec_of_case(case, ()).make() as guest:
        assert isinstance(guest, FreshGuest)
        assert replay(case, guest).outcome is Outcome.STILL_FAILS


KILLED = """
import os, signal
from harness.qemu.fresh import FreshGuest
guest = FreshGuest()
for _ in range(2):
    guest.save("c")
    guest.reload("c")
for one in (*(each.session.process for each in guest._standing), *guest._pool._started):
    print(one.pid, one.directory, flush=True)
os.kill(os.getpid(), signal.SIGKILL)
"""


def test_one_that_is_killed_outright_leaves_nothing():
    command = [sys.executable, "-c", KILLED]
    result = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert result.returncode == -signal.SIGKILL, result.stderr
    left = [line.split() for line in result.stdout.splitlines()]
    # Home, who saved last, who stands for the guest, and two that wait.
    assert len(left) == 5
    paths = [Path(path) for pid, folder in left for path in (f"/proc/{pid}", folder)]
    deadline = time.monotonic() + 20
    while any(path.exists() for path in paths) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert [path for path in paths if path.exists()] == []
