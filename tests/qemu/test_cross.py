"""A real QEMU whose state another release loads; here both are the one at hand.

So whatever differs is ours: nothing may.  What two releases make of each other's state is
tried by hand, and kept as cases.
"""

import subprocess
import sys
from pathlib import Path

import pytest

from harness.corpus import Outcome, case_from_finding, replay
from harness.corpus.reproducer import reproducer
from harness.cycle import run_trace
from harness.errors import ConfigError, LaunchError, LoadError
from harness.examiner import Examiner
from harness.guests.factory import GuestSpec, find_guests, spec_of_case
from harness.masks import Masks
from harness.observation import Observation
from harness.qemu.binaries import Binary, find_one
from harness.qemu.cross import CrossGuest
from harness.qemu.discovery.inquiry import machine_types
from harness.qemu.guest import GuestOptions
from harness.trace import Trace
from tests.support.findings import make_finding
from tests.support.guest_steps import run

pytestmark = pytest.mark.qemu

NOTE, NOTED = ("outb 0x70 0xf", "outb 0x71 0x5a"), "inb 0x71"
#: Put a request of one channel into the DMA controller's status; no field carries it.
LOSS = Trace.parse("outb 0x9 0x4\ncycle\ninb 0x8")


def machine():
    """The newest i440FX of the binary, by the name that says its version."""
    return next(one.name for one in machine_types(find_one().path) if one.alias == "pc")


def spec():
    version = ".".join(map(str, find_one().version))
    (found,) = find_guests((f"qemu:{machine()},reload=cross,to={version}",), ()).specs
    return found


@pytest.fixture(scope="module")
def shared():
    with spec().make() as guest:
        yield guest


@pytest.fixture
def pc(shared):
    """A pc at power-on: the same guest for every test, started again."""
    shared.restart()
    return shared


def pids(guest):
    waiting = [one for pool in guest._pools.values() for one in pool._started]
    own = [each.session.process for each in guest._standing]
    twins = [twin._session.process for twin in guest._twins]
    return [*waiting, *own, *twins]


def test_it_says_what_it_is_and_who_loads(pc):
    version = "QEMU " + ".".join(map(str, find_one().version))
    assert (pc.reload_mode, pc.version, pc.crossing.loader) == ("cross", version, version)


def test_the_releases_take_turns(pc):
    run(pc, *NOTE)
    sides = []
    for _ in range(3):
        pc.save("c")
        before = pc.state()
        pc.reload("c")
        sides.append(pc._here.is_foreign)
        # Told in the same form, wherever it is.
        assert pc.state() == before != b""
        assert run(pc, NOTED) == [Observation(0x5A)]
    assert sides == [True, False, True]


def test_fields_are_those_of_the_release_that_it_began_with(pc):
    run(pc, "outb 0x21 0x5a")
    pc.save("c")
    fields = pc.inspect().fields
    pc.reload("c")
    assert pc.inspect().fields == fields
    told = pc.decode(pc.state()).fields
    # What a machine that is being saved says of itself is another thing.
    assert [one for one in told if one not in fields and one.section != "globalstate"] == []
    found = {field.key: field.data for field in fields}
    assert found["i8259", 0, "imr"] == b"\x5a"


def test_a_checkpoint_tells_the_layout_of_its_state():
    with spec().make() as guest:
        state = guest.state()
        assert guest.decode(state) is None
        guest.save("c")
        guest.reload("c")
        fields = guest.decode(state).fields
        assert ("i8259", 0, "imr") in {field.key for field in fields}


def test_between_equal_releases_nothing_is_found_but_what_either_loses(pc):
    examiner = Examiner(pc, Masks())
    trace = Trace.parse("\n".join((*NOTE, "cycle", NOTED, "outb 0x21 0x5a", "cycle", "inb 0x21")))
    examination = examiner.examine(trace)
    assert (examination.difference, examination.cycles) == (None, 2)
    shown = examiner.examine(LOSS).difference
    assert (shown.command, shown.expected, shown.seen) == ("inb 0x8", "0x10", "0x00")
    (place,) = examiner.everywhere(LOSS, 1)
    assert place == shown.places[0]


def test_a_state_that_is_not_taken_back_is_told_once_and_is_empty(pc, monkeypatch):
    pc.save("c")
    pc.reload("c")

    def refuse(session):
        raise LoadError("unknown section")

    monkeypatch.setattr(pc, "_back", refuse)
    assert pc.state() == b""
    assert pc.refusals() == (f"{pc.version} does not take it back: {LoadError('unknown section')}",)
    assert pc.refusals() == ()


def test_its_end_leaves_no_process():
    guest = spec().make()
    guest.save("c")
    guest.reload("c")
    assert len(guest.uninterrupted()) == 2
    (record,) = run_trace(guest, LOSS)
    assert record.seen is not None
    processes = pids(guest)
    assert len(processes) >= 6
    guest.close()
    guest.close()
    for process in processes:
        assert not Path(f"/proc/{process.pid}").exists()
        assert not process.directory.exists()


def test_a_release_that_does_not_start_is_told_and_leaves_nothing(tmp_path):
    path = tmp_path / "qemu-system-x86_64"
    path.write_text("#!/bin/sh\necho no such machine >&2\nexit 1\n")
    path.chmod(0o755)
    broken = Binary(path, (99, 0, 0), "x86_64", "99.0.0")
    with pytest.raises(LaunchError, match="no such machine"):
        CrossGuest(GuestOptions(machine=machine()), broken)


def test_an_alias_is_another_machine_in_each_release():
    version = ".".join(map(str, find_one().version))
    with pytest.raises(ConfigError, match=r"the machine 'pc' is not the same"):
        find_guests((f"qemu:pc,reload=cross,to={version}",), ())


def finding(found: GuestSpec, guest):
    return make_finding(
        guest=found.name,
        version=guest.version,
        loaded_by=guest.crossing.loader,
        reload_mode="cross",
    )


def test_a_case_is_replayed_and_reproduced_with_both(tmp_path):
    found = spec()
    with found.make() as guest:
        case = case_from_finding(finding(found, guest))
        script = reproducer(finding(found, guest), found.launch(guest))
    with spec_of_case(case, ()).make() as guest:
        assert isinstance(guest, CrossGuest)
        assert replay(case, guest).outcome is Outcome.STILL_FAILS
    path = tmp_path / "reproduce.py"
    path.write_text(script)
    command = [sys.executable, "-I", path, found.binary.path, found.loader.path]
    done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    assert done.stdout == "inb 0x8: never reloaded 0x0010, after the reload 0x0000\n", done.stderr
    assert done.returncode == 1
