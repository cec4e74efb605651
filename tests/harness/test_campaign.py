"""The campaign: what is known, one job from options to record, and the corpus."""

import time
from dataclasses import dataclass, replace
from types import SimpleNamespace

import msgspec
import pytest

from harness import campaign as module
from harness.budget import Budget
from harness.campaign import Campaign
from harness.corpus import case_from_finding, load_cases, write_case
from harness.corpus.reproducer import Launch
from harness.errors import CorruptCaseError, LaunchError
from harness.guest import Twins
from harness.job import Job, JobResult
from harness.regions import Owner, Register
from harness.testing import FakeGuest, FakeRegister, Script
from tests.support.findings import STATUS, make_finding, make_options

REGISTERS = (FakeRegister(address=0x10), FakeRegister(address=0x11, is_saved=False))
JOB = Job(guest="fake:registers", device="fake", owner=("fake", "/machine/fake"), cycles=40)


@dataclass
class FakeSpec:
    """Stands where the factory's spec does."""

    pace = "qemu"
    error: LaunchError | None = None
    how: Launch | None = None
    made: FakeGuest | None = None
    what: tuple[str, ...] = ()
    registers: tuple[FakeRegister, ...] = REGISTERS
    arguments: tuple[str, ...] = ()

    def make(self):
        if self.error is not None:
            raise self.error
        self.made = FakeGuest(Script(registers=self.registers))
        return self.made

    def identity(self, guest):
        assert guest is self.made
        return self.what

    def launch(self, guest):
        assert guest is self.made
        return self.how

    def twins(self):
        return Twins()


def campaign(folder, started=None, **changes):
    return Campaign(
        make_options(folder, **changes), time.monotonic() if started is None else started
    )


def test_a_new_finding_is_recorded_and_kept(tmp_path):
    record = campaign(tmp_path).carry_out(JOB, FakeSpec())
    assert record.verdict == "found"
    (case,) = load_cases(tmp_path).values()
    assert record.findings[0].case == case
    assert case.trace == "outb 0x11 0x1\ncycle\ninb 0x11\n"


def test_a_finding_is_kept_as_soon_as_it_is_there(tmp_path):
    kept = []

    def progress(result):
        kept.append((len(result.findings), len(load_cases(tmp_path))))

    campaign(tmp_path).carry_out(JOB, FakeSpec(), progress)
    assert (1, 1) in kept
    assert all(findings == cases for findings, cases in kept)


def test_with_its_corpus_the_next_campaign_passes(tmp_path):
    first = campaign(tmp_path).carry_out(JOB, FakeSpec())
    case_id = first.findings[0].case.id
    again = campaign(tmp_path).carry_out(other_job(JOB, seed=5), FakeSpec())
    assert again.verdict == "passed"
    assert again.known[case_id] > 0


def other_job(job, **changes):
    values = {"guest": job.guest, "device": job.device, "owner": job.owner, "cycles": job.cycles}
    return Job(**(values | changes))


def test_a_reproducer_is_written_where_the_guest_can_be_launched(tmp_path):
    record = campaign(tmp_path).carry_out(JOB, FakeSpec(how=Launch("qemu", ("-M", "pc"))))
    (path,) = tmp_path.glob("*.py")
    assert path.read_text() == record.findings[0].reproducer
    assert "outb 0x11 0x1" in path.read_text()


def test_without_a_launch_there_is_no_reproducer(tmp_path):
    campaign(tmp_path).carry_out(JOB, FakeSpec())
    assert list(tmp_path.glob("*.py")) == []


def test_a_job_that_can_not_be_tested_makes_no_guest(tmp_path):
    job = Job(guest="g", device="d", untested="no register")
    record = campaign(tmp_path).carry_out(job, FakeSpec(LaunchError(["q"], 1, "")))
    assert (record.verdict, record.why, record.job) == ("not tested", "no register", "g::d")


def test_a_guest_that_does_not_start_is_a_verdict(tmp_path):
    record = campaign(tmp_path).carry_out(JOB, FakeSpec(LaunchError(["q"], 1, "no memory")))
    assert record.verdict == "died"
    assert "no memory" in record.why


def test_the_clock_runs_from_the_campaigns_beginning(tmp_path):
    late = campaign(tmp_path, time.monotonic() - 60, budget=Budget.parse("30s"))
    record = late.carry_out(JOB, FakeSpec())
    assert (record.verdict, record.cut) == ("not tested", True)
    assert late.elapsed() >= 60


@pytest.mark.parametrize("verdict", ["passed", "not exercised"])
def test_what_a_job_takes_is_learned_from_those_that_met_nothing(tmp_path, monkeypatch, verdict):
    """What is left over is for what is met; a guest that takes long to start leaves less of it."""
    now = 1000.0
    given = []

    class Slow:
        def __init__(self, guest, job, masks, settings, *_):
            given.append(settings.follow_until - now)
            self.job = job

        def run(self):
            nonlocal now
            now += 20
            device = self.job.device
            return JobResult(job="j", guest="fake", version="1", device=device, verdict=verdict)

    monkeypatch.setattr("harness.campaign.Hunt", Slow)
    monkeypatch.setattr("harness.campaign.time", SimpleNamespace(monotonic=lambda: now))
    run = campaign(tmp_path, now, budget=Budget.parse("10m"))
    for turns in (20, 19):
        run.carry_out(replace(JOB, turns=turns), FakeSpec())
    nominal, learned = given
    assert nominal == 2.5 * (600 / 20 - 1)
    assert learned == pytest.approx(2.5 * (580 / 19 - 20))


class BegunError(Exception):
    """Stops a job when its hunt would begin."""


@pytest.mark.parametrize(
    ("started", "stop_at", "follow_until"),
    [
        # 500 s are left: 100 for each of the 10 that two workers still have to do; one second of
        # its share takes the hunt, two and a half of the rest may go to what it meets.
        (900.0, 1000 + 20 + 247.5, 1000 + 247.5),
        # 10 s are left: no job hunts much longer than the two seconds of its share.
        (410.0, 1000 + 2.5 + 2.5, 1002.5),
    ],
)
def test_a_jobs_time_is_its_share_of_what_is_left(
    tmp_path, monkeypatch, started, stop_at, follow_until
):
    given = []

    def hunt(*args):
        given.extend(args)
        raise BegunError

    monkeypatch.setattr(module, "Hunt", hunt)
    monkeypatch.setattr(module, "time", SimpleNamespace(monotonic=lambda: 1000.0))
    options = make_options(tmp_path, budget=Budget.parse("600s"))
    with pytest.raises(BegunError):
        Campaign(options, started, workers=2).carry_out(replace(JOB, turns=10), FakeSpec())
    settings = given[3]
    assert settings.stop_at == stop_at
    assert settings.follow_until == follow_until


def test_cases_mask_the_releases_for_which_they_fail(tmp_path):
    write_case(tmp_path, case_from_finding(make_finding()))
    run = campaign(tmp_path)
    assert run.masks("QEMU 7.2.22", "qemu:pc").register_bits(STATUS) == 0xF0
    assert run.masks("QEMU 5.2.0", "qemu:pc").register_bits(STATUS) == 0
    assert run.masks("Fake 1.0", "qemu:pc").register_bits(STATUS) == 0


def test_a_fixed_bug_that_comes_back_is_found(tmp_path):
    campaign(tmp_path).carry_out(JOB, FakeSpec())
    ((_, case),) = load_cases(tmp_path).items()
    write_case(tmp_path, msgspec.structs.replace(case, fails="fake <1.0"))
    assert campaign(tmp_path).carry_out(JOB, FakeSpec()).verdict == "found"


def test_a_corpus_that_can_not_be_read_stops_the_campaign_at_once(tmp_path):
    (tmp_path / "x.toml").write_text("nonsense")
    with pytest.raises(CorruptCaseError):
        campaign(tmp_path)


def test_the_rules_that_ship_with_the_tool_can_be_read(tmp_path):
    rules = campaign(tmp_path).rules.values()
    assert rules
    assert all(case.faults() == [] and case.legitimate for case in rules)


def test_rules_mask_what_is_legitimate_and_are_no_cases(tmp_path):
    run = campaign(tmp_path)
    assert run.cases == {}
    known = run.masks("QEMU 11.1.3", "qemu:vexpress-a15").cases_of_field("pl110", "invalidate")
    assert known == {"pl110-versatile-invalidate-a19d154b"}


def test_masks_of_one_job_are_not_those_of_the_next(tmp_path):
    run = campaign(tmp_path)
    run.carry_out(JOB, FakeSpec())
    register = Register(Owner("fake"), "registers", 1)
    assert run.masks("Fake 1.0", "qemu:pc").register_bits(register) == 0


def test_what_was_learned_is_kept_beside_the_corpus_and_changes_nothing(tmp_path):
    first, again = tmp_path / "first", tmp_path / "again"
    more = tuple(FakeRegister(address=address) for address in range(0x12, 0x18))
    specs = [FakeSpec(what=("qemu", "1.2.3"), registers=(*REGISTERS, *more)) for _ in range(2)]
    asked = campaign(first).carry_out(JOB, specs[0])
    (kept,) = (first / "learned").iterdir()
    (again / "learned").mkdir(parents=True)
    (again / "learned" / kept.name).write_bytes(kept.read_bytes())
    told = campaign(again).carry_out(JOB, specs[1])
    times = {"seconds": asked.seconds, "followed": asked.followed}
    assert msgspec.structs.replace(told, **times) == asked
    assert specs[1].made.restarts < specs[0].made.restarts
    assert specs[1].made.log == specs[0].made.log[-len(specs[1].made.log) :]
    assert load_cases(first).keys() == {first / path.name for path in load_cases(again)}
