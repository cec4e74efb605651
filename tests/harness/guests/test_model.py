"""The model guest: our machine behind the protocol."""

import pytest

from device_models import build
from device_models.clock import VirtualClock
from device_models.faults import drop_field, plant, plant_on_load
from device_models.machine import Machine
from harness.command import Command
from harness.errors import LoadError, QtestError, RaisedError, SaveError, SpoilError
from harness.guests.model import ModelGuest
from harness.observation import Move, Observation


def run(guest, *lines):
    return guest.execute([Command.parse(line) for line in lines])


@pytest.fixture
def pc():
    return ModelGuest("pc")


def test_it_says_what_it_is(pc):
    assert pc.spec == "model:pc"
    assert pc.version.startswith("pytest-vmstate ")
    assert pc.has_clock
    assert ("dma", 1) in pc.sections


def test_a_register_reads_back(pc):
    assert run(pc, "outb 0x70 0xf", "outb 0x71 0x5a", "inb 0x71")[-1] == Observation(0x5A)


def test_time_passes_when_it_is_told_to(pc):
    assert run(pc, "clock_step 1000", "clock_step 500")[1] == Observation(1500)


def test_a_step_without_a_length_goes_to_the_next_event(pc):
    run(pc, "outb 0x43 0x34", "outb 0x40 0x10", "outb 0x40 0x0")
    deadline_ns = pc.machine.clock.deadline_ns
    assert run(pc, "clock_step")[0].answer == deadline_ns
    moves = [move for line in ["clock_step"] * 3 for move in run(pc, line)[0].moves]
    assert Move("isa[0]", 1) in moves


def test_without_an_event_a_step_without_a_length_goes_nowhere():
    guest = ModelGuest("still", lambda: Machine("still", VirtualClock()))
    assert run(guest, "clock_step 5", "clock_step") == [Observation(5), Observation(5)]
    assert guest.spec == "model:still"


@pytest.mark.parametrize("line", ["readb 0x10", "endianness"])
def test_what_it_does_not_have_is_refused(pc, line):
    with pytest.raises(QtestError, match="FAIL not a command of this machine"):
        run(pc, line)


def test_an_interrupt_is_observed(pc):
    moves = run(pc, "outb 0x43 0x30", "outb 0x40 0x1", "outb 0x40 0x0", "clock_step 10000000")
    assert any(move.line == "isa[0]" for seen in moves for move in seen.moves)
    assert "isa[0]" in pc.levels()


def test_moves_in_a_reset_are_not_charged_to_the_next_command(pc):
    run(pc, "outb 0x43 0x30", "outb 0x40 0x1", "outb 0x40 0x0", "clock_step 10000000")
    pc.reset()
    assert run(pc, "inb 0x71")[0].moves == ()


def test_state_is_what_a_save_would_hold(pc):
    before = pc.state()
    assert pc.state() is before
    run(pc, "outb 0x81 0x5")
    assert pc.state() != before


def test_the_latest_states_can_be_decoded(pc):
    states = []
    for value in range(20):
        run(pc, f"outb 0x81 {value:#x}")
        states.append(pc.state())
    assert pc.decode(states[-1]) == pc.inspect()
    assert pc.decode(states[0]) is None
    assert pc.decode(b"never taken") is None


def test_its_objects_can_be_seen(pc):
    live = pc.objects()["dma", 0]
    assert "command" in live.attributes
    assert "command" in live.described


def test_a_state_that_the_machine_refuses_is_a_load_error():
    def broken():
        machine = build("pc")
        slot = machine.slot("rtc")
        plant_on_load(slot, lambda vmsd: drop_field(vmsd, "cmos_index"))
        return machine

    guest = ModelGuest("pc", broken)
    guest.save("c")
    with pytest.raises(LoadError, match="the guest could not load its own state: "):
        guest.load("c")


def test_what_was_never_saved_can_not_be_loaded(pc):
    with pytest.raises(LoadError, match="nothing was saved as 'x'"):
        pc.load("x")


def test_a_state_that_does_not_fit_is_a_save_error(pc):
    pc.machine.slot("dma1").device.state.command = 1 << 40
    with pytest.raises(SaveError, match="the guest could not save its state: "):
        pc.save("c")


def test_a_restart_forgets_everything(pc):
    fresh = pc.state()
    run(pc, "outb 0x81 0x5", "clock_step 1000")
    pc.save("c")
    pc.restart()
    assert pc.state() == fresh
    with pytest.raises(LoadError):
        pc.load("c")


def test_it_does_nothing_of_its_own_accord_and_has_no_hazards(pc):
    run(pc, "outb 0x92 0x1", "outb 0xcf9 0x6")
    assert pc.incidents() == ()
    assert pc.hazard(Command("outb", (0x92, 1))) is None


def test_it_runs_the_machine_that_it_is_given():
    def narrowed():
        machine = build("pc")
        plant(machine.slot("pit"), lambda v: drop_field(v, "channels[].gate"))
        return machine

    assert len(ModelGuest("pc", narrowed).state()) < len(ModelGuest("pc").state())


def test_what_is_spoilt_is_loaded_once_and_what_was_saved_stays(pc):
    run(pc, "outb 0x21 0x5a", "spoil i8259 0 imr 0xa5")
    pc.save("here")
    assert run(pc, "inb 0x21")[0].answer == 0x5A
    pc.reload("here")
    assert run(pc, "inb 0x21")[0].answer == 0xA5
    pc.reload("here")
    assert run(pc, "inb 0x21")[0].answer == 0xA5
    pc.rewind("here")
    assert run(pc, "inb 0x21")[0].answer == 0x5A
    pc.save("here")
    pc.reload("here")
    assert run(pc, "inb 0x21")[0].answer == 0x5A


def test_a_field_that_is_not_there_can_not_be_spoilt(pc):
    run(pc, "spoil i8259 0 nothing 0x00")
    pc.save("here")
    with pytest.raises(SpoilError, match=r"^i8259\[0\]/nothing can't be spoilt"):
        pc.reload("here")


def spoilt_pc(monkeypatch, method, error):
    guest = ModelGuest("pc")
    run(guest, "spoil i8259 0 imr 0xa5")
    guest.save("here")

    def fail(*_):
        raise error

    monkeypatch.setattr(Machine, method, fail)
    return guest


def test_what_a_spoilt_model_raises_in_loading_is_its_end(monkeypatch):
    guest = spoilt_pc(monkeypatch, "load", IndexError("out of range"))
    with pytest.raises(RaisedError) as info:
        guest.reload("here")
    assert str(info.value) == "the model raised IndexError: out of range during load"


def test_what_it_raises_afterwards_is_too_and_without_a_spoil_an_error_of_ours(monkeypatch):
    guest = spoilt_pc(monkeypatch, "read", IndexError("out of range"))
    with pytest.raises(IndexError):
        run(guest, "inb 0x21")
    guest.reload("here")
    with pytest.raises(RaisedError) as info:
        run(guest, "inb 0x21")
    assert str(info.value) == "the model raised IndexError: out of range during 1 commands"
    guest.restart()
    with pytest.raises(IndexError):
        run(guest, "inb 0x21")


def test_a_spoilt_model_that_refuses_says_so_as_ever(monkeypatch):
    guest = spoilt_pc(monkeypatch, "load", LoadError("no"))
    with pytest.raises(LoadError):
        guest.reload("here")
