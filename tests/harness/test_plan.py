"""The plan: one job for each device, and the cycles shared out."""

from pathlib import Path

import pytest

from harness import plan
from harness.budget import Budget
from harness.errors import ConfigError, DeadlineError, DiedError, LaunchError, LoadError, SaveError
from harness.guests.factory import Guests, GuestSpec
from harness.plan import MACHINE, Plan, device_names, make_plan
from harness.qemu.binaries import Binary
from harness.regions import Owner
from harness.testing.fake_guest import FakeGuest
from harness.testing.script import FakeRegister, Script
from tests.support.findings import make_options


def plan_of(tmp_path, **changes):
    return make_plan(make_options(tmp_path, **changes))


def devices(plan):
    return [job.device for job, _ in plan.jobs]


def test_every_device_has_a_job_and_so_has_the_machine(tmp_path):
    plan = plan_of(tmp_path)
    assert {"i8257[0]", "i8257[1]", MACHINE} <= set(devices(plan))
    assert len(devices(plan)) == len(set(devices(plan)))
    assert plan.missing == {}


def test_a_section_without_a_register_is_planned_as_untested(tmp_path):
    (job,) = [job for job, _ in plan_of(tmp_path).jobs if job.untested]
    assert job.device == "timer"
    assert job.cycles == 0
    assert job.untested == "none of its state is behind a register that qtest reaches"


def test_the_cycles_are_shared_by_the_jobs_that_can_run(tmp_path):
    plan = plan_of(tmp_path, budget=Budget.parse("800cycles"))
    tested = [job for job, _ in plan.jobs if not job.untested]
    assert {job.cycles for job in tested} == {800 // len(tested)}


def test_each_job_has_at_least_one_cycle(tmp_path):
    plan = plan_of(tmp_path, budget=Budget.parse("1cycles"))
    assert {job.cycles for job, _ in plan.jobs if not job.untested} == {1}


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        (("i8257",), {"i8257[0]", "i8257[1]"}),
        (("i8257[1]",), {"i8257[1]"}),
        (("isa-*",), {"isa-pit", "isa-serial", "isa-i8259[0]", "isa-i8259[1]"}),
        (("machine", "timer"), {"machine", "timer"}),
    ],
)
def test_devices_are_chosen_by_type_name_or_pattern(tmp_path, wanted, found):
    plan = plan_of(tmp_path, devices=wanted)
    assert set(devices(plan)) == found


def test_chosen_devices_share_all_the_cycles(tmp_path):
    plan = plan_of(tmp_path, devices=("i8257[0]",), budget=Budget.parse("800cycles"))
    assert [job.cycles for job, _ in plan.jobs] == [800]


def test_a_device_that_is_not_there_is_refused_with_those_that_are(tmp_path):
    with pytest.raises(ConfigError) as info:
        plan_of(tmp_path, devices=("e1000", "vga"))
    assert "no guest has a device 'e1000' or 'vga'" in str(info.value)
    assert "i8257[0]" in info.value.remedy


def test_every_job_has_the_seed(tmp_path):
    assert {job.seed for job, _ in plan_of(tmp_path, seed=7).jobs} == {7}


def test_the_same_options_make_the_same_plan(tmp_path):
    assert plan_of(tmp_path) == plan_of(tmp_path)


def test_a_plan_that_was_written_down_is_the_same(tmp_path, plugged):
    planned = plan_of(tmp_path)
    assert Plan.from_json(planned.to_json()) == planned
    assert planned.jobs[0][1].binary.path == Path("/nowhere/qemu-system-x86_64")


def test_a_plan_without_a_binary_can_be_written_down(tmp_path):
    planned = Plan(plan_of(tmp_path).jobs, {"qemu": "none"})
    assert Plan.from_json(planned.to_json()) == planned


def test_names_are_types_numbered_where_there_are_several():
    dma, dma2 = (Owner("i8257", f"/d{n}", "dma", n) for n in range(2))
    pit = Owner("i8254", "/p")
    assert device_names((dma2, pit, dma)) == {pit: "i8254", dma: "i8257[0]", dma2: "i8257[1]"}


def test_owners_without_a_section_are_numbered_by_path():
    owners = [Owner("x", path) for path in ("/device[10]", "/device[9]")]
    assert device_names(tuple(owners))[owners[1]] == "x[0]"


@pytest.fixture
def plugged(monkeypatch):
    """Replace the guests by machines with devices, of a binary that is not there."""
    binary = Binary(Path("/nowhere/qemu-system-x86_64"), (7, 2, 22), "x86_64", "7.2.22")

    def spec(device, **changes):
        name = f"qemu:q35,device={device}"
        return GuestSpec("qemu", "q35", binary, name, device=device, **changes)

    found = Guests((spec("e1000"), spec("edu", untested="it can't be created"), spec("nvme")), {})
    monkeypatch.setattr(plan, "find_guests", lambda _guests, _qemus: found)
    return found.specs


def test_a_device_that_is_plugged_in_is_one_job_and_starts_nothing(tmp_path, plugged):
    jobs = [job for job, _ in plan_of(tmp_path, seed=7).jobs]
    assert [(job.name, job.device) for job in jobs] == [
        ("qemu:q35,device=e1000::e1000", "e1000"),
        ("qemu:q35,device=edu::edu", "edu"),
        ("qemu:q35,device=nvme::nvme", "nvme"),
    ]
    assert all(job.is_plugged and job.owner is None and job.seed == 7 for job in jobs)
    assert {job.binary for job in jobs} == {"/nowhere/qemu-system-x86_64"}


def test_a_device_that_can_not_be_tested_says_why_and_takes_no_cycles(tmp_path, plugged):
    jobs = {job.device: job for job, _ in plan_of(tmp_path).jobs}
    assert (jobs["edu"].untested, jobs["edu"].cycles) == ("it can't be created", 0)
    assert jobs["e1000"].untested == ""
    assert jobs["e1000"].cycles == jobs["nvme"].cycles > 0


def test_plugged_devices_are_chosen_by_name_too(tmp_path, plugged):
    planned = plan_of(tmp_path, devices=("e*",))
    assert devices(planned) == ["e1000", "edu"]
    assert [spec for _, spec in planned.jobs] == list(plugged[:2])


def test_a_plugged_device_that_is_not_there_is_refused_with_those_that_are(tmp_path, plugged):
    with pytest.raises(ConfigError) as info:
        plan_of(tmp_path, devices=("vga",))
    assert info.value.remedy == "there are: e1000, edu, nvme"


def test_each_job_knows_how_many_are_to_be_done_from_it_on(tmp_path):
    jobs = [job for job, _ in plan_of(tmp_path).jobs]
    count = sum(not job.untested for job in jobs)
    assert [job.turns for job in jobs if not job.untested] == [*range(count, 0, -1)]
    assert all(job.turns >= 1 for job in jobs)


@pytest.mark.parametrize(
    "error",
    [
        DiedError(-9, "reading the memory tree", ""),
        DeadlineError(10.0, "connecting"),
        LaunchError(["qemu"], -9, ""),
    ],
)
@pytest.mark.parametrize("wanted", [(), ("i8257*",)])
def test_a_guest_that_is_killed_while_it_is_looked_at_is_not_tested_and_the_others_are(
    tmp_path, monkeypatch, error, wanted
):
    binary = Binary(Path("/nowhere/qemu-system-x86_64"), (7, 2, 22), "x86_64", "7.2.22")
    killed = GuestSpec("qemu", "q35", binary, "qemu:q35")
    model = GuestSpec("model", "pc", None, "model:pc")
    monkeypatch.setattr(plan, "find_guests", lambda _guests, _qemus: Guests((killed, model), {}))

    def look(spec):
        if spec is killed:
            raise error
        return spec.make()

    monkeypatch.setattr(plan, "check_guest", look)
    first, *others = [job for job, _ in plan_of(tmp_path, devices=wanted, seed=3).jobs]
    assert (first.name, first.cycles, first.seed) == ("qemu:q35::machine", 0, 3)
    assert first.untested == f"what it has could not be found out: {error}"
    assert {job.guest for job in others} == {"model:pc"}
    assert any(job.cycles for job in others)


class Refusing(FakeGuest):
    """A machine that fails in one of the calls that a cycle is made of."""

    def __init__(self, error, at):
        super().__init__(Script(registers=(FakeRegister(address=0x10),)))
        self.error, self.at = error, at

    def save(self, tag):
        if self.at == "save":
            raise self.error
        super().save(tag)

    def execute(self, commands):
        if self.at == "answer":
            raise self.error
        return super().execute(commands)


@pytest.mark.parametrize(
    ("error", "at", "why"),
    [
        (SaveError("State blocked by 'x'"), "save", "can't be saved as it is at power-on"),
        (LoadError("section footer error"), "answer", "can't load its own state at power-on"),
        (DiedError(-6, "load", "Assertion failed"), "answer", "can't load its own state"),
    ],
)
def test_a_machine_that_can_not_be_cycled_is_one_job_of_one_cycle(
    tmp_path, monkeypatch, error, at, why
):
    monkeypatch.setattr(plan, "check_guest", lambda _spec: Refusing(error, at))
    jobs = {job.device: job for job, _ in plan_of(tmp_path).jobs}
    assert (jobs[MACHINE].cycles, jobs[MACHINE].untested) == (1, "")
    others = [job for job in jobs.values() if job.device != MACHINE]
    assert others
    for job in others:
        assert job.cycles == 0
        assert why in job.untested
        assert str(error).splitlines()[0] in job.untested


def test_a_guest_that_dies_while_it_is_looked_at_is_looked_at_again(tmp_path, monkeypatch):
    usual = plan_of(tmp_path)
    original, looked = plan.check_guest, []

    def look(spec):
        looked.append(spec)
        if len(looked) == 1:
            raise DiedError(-9, "reading the memory tree", "")
        return original(spec)

    monkeypatch.setattr(plan, "check_guest", look)
    assert plan_of(tmp_path) == usual
    assert len(looked) == 2


@pytest.mark.parametrize("error", [DiedError(-6, "load", ""), DeadlineError(10.0, "load")])
def test_a_death_during_a_cycle_that_does_not_come_back_is_forgotten(tmp_path, monkeypatch, error):
    guests = [Refusing(error, "answer"), Refusing(error, "nowhere")]
    monkeypatch.setattr(plan, "check_guest", lambda _spec: guests.pop(0))
    jobs = [job for job, _ in plan_of(tmp_path).jobs]
    assert guests == []
    assert not any("can't" in job.untested for job in jobs)


@pytest.mark.parametrize("at", ["save", "answer"])
def test_a_machine_that_somebody_kills_is_not_said_to_refuse(tmp_path, monkeypatch, at):
    killed = DiedError(-9, "load", "")
    monkeypatch.setattr(plan, "check_guest", lambda _spec: Refusing(killed, at))
    (job,) = [job for job, _ in plan_of(tmp_path).jobs]
    assert job.untested == f"what it has could not be found out: {killed}"


def test_the_last_words_of_a_machine_that_died_are_told_and_no_others(tmp_path, monkeypatch):
    died = DiedError(-6, "load", "some words\nmore words\nAssertion failed")
    monkeypatch.setattr(plan, "check_guest", lambda _spec: Refusing(died, "answer"))
    untested = {job.untested for job, _ in plan_of(tmp_path).jobs if job.untested}
    told = (
        "the machine can't load its own state at power-on: "
        "the guest was killed by signal 6 during load: Assertion failed"
    )
    assert untested - {"none of its state is behind a register that qtest reaches"} == {told}
