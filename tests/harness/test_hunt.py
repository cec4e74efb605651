"""The hunt: what it finds, what it leaves alone, and how it ends."""

import time
from dataclasses import replace

import pytest

from harness import hunt as module
from harness.command import Command
from harness.difference import FieldPlace, LinePlace, SpoiltPlace
from harness.errors import DeadlineError, DiedError, LaunchError, LoadError, SaveError
from harness.finding import register_place
from harness.hunt import BARREN_ROUNDS, MOST_ACCIDENTS, TRACES_PER_ROUND, Hunt
from harness.job import HuntSettings, Job
from harness.masks import Masks
from harness.observation import Observation
from harness.postponed import Postponed
from harness.regions import Owner, Region, RegionMap
from harness.testing import FakeGuest, FakeRegister, Script
from harness.work import Work
from tests.support.crossing import CrossingFake

OWNER = ("fake", "/machine/fake")


def job_of(**changes):
    values = {"guest": "fake:registers", "device": "fake", "owner": OWNER, "cycles": 60}
    return Job(**(values | changes))


def hunt(*registers, job=None, masks=None, settings=None, kind=FakeGuest, **script):
    guest = kind(Script(registers=registers, **script))
    settings = settings or HuntSettings()
    return Hunt(guest, job or job_of(), masks or Masks(), settings).run()


#: Of nothing is learned, and so nothing is spared.
UNLEARNED = HuntSettings(learn=lambda _guest, _regions: {})


def kept(address, **kind):
    return FakeRegister(address=address, **kind)


def lost(address, **kind):
    return FakeRegister(address=address, is_saved=False, **kind)


def only(result):
    assert result.verdict == "found"
    (finding,) = result.findings
    return finding


def test_a_guest_that_keeps_everything_passes():
    result = hunt(kept(0x10), kept(0x11))
    assert result.verdict == "passed"
    assert result.why == ""
    assert 60 <= result.cycles < 68
    assert 0 < result.traces <= result.cycles
    assert result.touched == {OWNER}
    assert (result.findings, result.known, result.discarded) == ([], {}, {})
    assert not result.cut


def test_a_lost_register_is_found_shrunk_to_the_least_trace_and_named():
    result = hunt(kept(0x10), kept(0x11), lost(0x12), kept(0x13))
    finding = only(result)
    assert str(finding.trace) == "outb 0x12 0x1\ncycle\ninb 0x12\n"
    assert finding.actions == (
        "write fake registers+0x2",
        "save, reset all devices, load",
        "read fake registers+0x2",
    )
    assert finding.oracle == "future"
    assert finding.kind == "state lost"
    assert finding.title == "fake loses registers+0x2 bits 0xff"
    assert (finding.expected, finding.seen, finding.command) == ("0x01", "0x00", "inb 0x12")
    assert finding.hits == finding.runs == 3
    assert finding.is_minimal
    assert finding.jobs == ("fake:registers::fake",)
    assert result.followed.keys() == {finding.id}
    assert 0 < result.followed[finding.id] <= result.seconds
    culprit = finding.culprit
    assert culprit.fields == ()
    assert (culprit.owner.section, culprit.region, culprit.offset) == ("fake", "registers", 2)


def test_behind_what_was_found_the_hunt_goes_on():
    result = hunt(lost(0x10), kept(0x11), lost(0x12, region="b"), lost(0x14, region="c"))
    places = {(finding.culprit.region, finding.culprit.offset) for finding in result.findings}
    assert places == {("registers", 0), ("b", 0), ("c", 0)}


def test_a_known_loss_is_counted_and_what_is_behind_it_is_found():
    masks = Masks()
    masks.add("known", [register_place("fake", "registers", 0, 0xFF)])
    result = hunt(lost(0x10), lost(0x11, region="b"), masks=masks)
    assert only(result).culprit.region == "b"
    assert result.known["known"] > 0
    assert masks.case_with(only(result).signature) == ""


def test_if_all_is_known_the_job_passes():
    masks = Masks()
    masks.add("known", [register_place("fake", "registers", 0, 0xFF)])
    result = hunt(lost(0x10), masks=masks)
    assert result.verdict == "passed"
    assert result.known["known"] > 0


def test_where_no_state_comes_back_nothing_was_tested():
    masks = Masks()
    masks.add("known", [], "does not load")
    # It can't be otherwise: what is in the first register is never 0.
    script = {"hazards": {0x10: "kept as it is"}, "save_errors": {0x10: SaveError("no room")}}
    result = hunt(kept(0x10, value=1), kept(0x11), masks=masks, **script)
    assert result.cycles == result.known["known"] > 0
    assert result.verdict == "not tested"
    assert result.why == "no state of it came back to be compared: known"


class Listed(FakeGuest):
    """A guest whose binary lists what it always sends: one field of each section."""

    def promised(self, sections):
        return frozenset((*section, "always") for section in sections)


class Still(Listed):
    """… whose fields never change, whatever is written."""

    def columns(self, state, only):
        return tuple(
            replace(column, data=bytes(len(column.data))) for column in super().columns(state, only)
        )


@pytest.mark.parametrize("kind", [Listed, Still])
def test_a_device_none_of_whose_fields_was_moved_has_not_passed(kind):
    result = hunt(kept(0x10), kept(0x11), kind=kind)
    assert result.cycles >= 60
    assert result.moved == ({("fake", 0, "r10"), ("fake", 0, "r11")} if kind is Listed else set())
    told = "none of its fields was ever away from power-on at a checkpoint"
    assert (result.verdict, result.why) == (
        ("passed", "") if kind is Listed else ("not exercised", told)
    )


def test_an_alias_of_a_known_loss_is_counted_as_known():
    masks = Masks()
    masks.add("known", [register_place("fake", "registers", 0, 0xFF)])
    result = hunt(lost(0x10), kept(0x20, region="alias", shows=0x10), masks=masks)
    assert result.findings == []
    assert result.known.keys() == {"known"}


def test_a_loss_with_two_windows_is_found_once():
    result = hunt(lost(0x10), kept(0x20, region="alias", shows=0x10))
    assert len(result.findings) == 1


def test_a_nondeterministic_register_is_counted_and_never_found():
    result = hunt(kept(0x10, is_noisy=True), kept(0x11))
    assert result.verdict == "passed"
    assert result.nondeterministic["inb 0x10"] > 0


def test_behind_a_nondeterministic_register_masks_let_the_hunt_go_on():
    masks = Masks()
    masks.add("noise", [register_place("fake", "registers", 0, 0xFF)])
    result = hunt(kept(0x10, is_noisy=True), lost(0x11, region="b"), masks=masks)
    assert only(result).culprit.region == "b"


def test_a_trace_in_which_the_guest_resets_itself_is_discarded():
    others = map(kept, range(0x12, 0x30))
    result = hunt(
        lost(0x10), kept(0x11), *others, incidents={0x11: "guest reset"}, settings=UNLEARNED
    )
    assert result.discarded.keys() == {"guest reset"}
    assert str(only(result).trace) == "outb 0x10 0x1\ncycle\ninb 0x10\n"


@pytest.mark.parametrize(
    ("error", "kind", "verb"),
    [
        (DiedError(-11, "load", "assertion"), "crash", "crashes over"),
        (DeadlineError(1, "load"), "hang", "hangs over"),
        (LoadError("bad value"), "does not load", "refuses"),
    ],
)
def test_what_fails_to_load_and_can_be_reproduced_is_found(error, kind, verb):
    result = hunt(kept(0x10), kept(0x11), load_errors={0x11: error})
    finding = only(result)
    assert finding.oracle == "load"
    assert finding.kind == kind
    assert verb in finding.title
    assert str(finding.trace) == "outb 0x11 0x1\ncycle\n"
    assert finding.seen == str(error)
    assert result.known[finding.id] > 0


def test_what_fails_to_save_is_found():
    finding = only(hunt(kept(0x10), save_errors={0x10: SaveError("no room")}))
    assert finding.oracle == "load"
    assert str(finding.trace) == "outb 0x10 0x1\ncycle\n"
    assert finding.seen == "the guest could not save its state: no room"


@pytest.mark.parametrize("error", [DiedError(1, "a command", ""), DeadlineError(1, "a command")])
@pytest.mark.parametrize("at", [3, 100, 101, 102])
def test_an_end_that_does_not_come_back_costs_a_restart_and_is_told(error, at):
    result = hunt(kept(0x10), accidents={at: error}, settings=UNLEARNED)
    assert result.verdict == "passed"
    assert result.cycles >= job_of().cycles
    assert result.unreliable == {str(error): 0}
    assert result.findings == []


@pytest.mark.parametrize(
    ("error", "verdict"),
    [(DiedError(1, "a command", ""), "died"), (DeadlineError(1, "a command"), "hung")],
)
def test_a_guest_that_ends_again_and_again_is_the_verdict(error, verdict):
    accidents = dict.fromkeys(range(100, 100 * (MOST_ACCIDENTS + 2), 100), error)
    result = hunt(kept(0x10), accidents=accidents, settings=UNLEARNED)
    assert result.verdict == verdict
    assert result.why == str(error)
    assert result.findings == []


def test_what_was_found_before_the_end_is_kept():
    accident = DiedError(-9, "x", "")
    result = hunt(lost(0x10), job=job_of(cycles=500), accidents={4000: accident})
    assert result.verdict == "died"
    assert len(result.findings) == 1


@pytest.mark.parametrize(("signal", "verdict"), [(9, "died"), (11, "passed")])
def test_a_death_in_loading_that_does_not_come_back(signal, verdict):
    class Unlucky(FakeGuest):
        loads = 0

        def load(self, tag):
            self.loads += 1
            if self.loads == 10:
                self._raise(DiedError(-signal, "load", ""))
            super().load(tag)

    result = hunt(kept(0x10), kind=Unlucky)
    assert result.verdict == verdict
    said = f"the guest was killed by signal {signal} during load"
    assert (result.why or [*result.unreliable]) == (said if verdict == "died" else [said])


def test_a_trace_that_ends_the_guest_after_the_reload_or_before_it_is_discarded():
    class Fickle(FakeGuest):
        loads, is_doomed = 0, False

        def load(self, tag):
            self.loads += 1
            if self.loads == 10:
                self.is_doomed = True
                self._raise(DiedError(-11, "load", ""))
            super().load(tag)

        def execute(self, commands):
            if self.is_doomed and commands:
                self.is_doomed = False
                self._raise(DiedError(-6, "a command", ""))
            return super().execute(commands)

    result = hunt(kept(0x10), kind=Fickle)
    assert result.verdict == "passed"
    assert result.discarded == {"ends the guest: the guest was killed by signal 11 during load": 1}
    assert result.unreliable == {}


def test_a_command_that_ends_the_guest_each_time_is_discarded():
    # Only a wide access reaches the byte beyond the registers, which no sweep reads.
    registers = [kept(0x10), kept(0x11), kept(0x13, device="other")]
    result = hunt(*registers, errors={0x13: DiedError(0, "a command", "")})
    assert result.verdict == "passed"
    (reason,) = result.discarded
    assert reason == "ends the guest: the guest ended with exit status 0 during a command"


def test_a_guest_that_every_trace_ends_is_given_up():
    result = hunt(kept(0x10), errors={0x10: DiedError(0, "a command", "")})
    assert result.verdict == "died"
    assert result.why.startswith(f"no trace of the last {BARREN_ROUNDS} rounds got to a cycle: ")
    assert "exit status 0" in result.why
    assert sum(result.discarded.values()) == BARREN_ROUNDS * TRACES_PER_ROUND


def test_a_line_that_a_reset_drives_and_a_load_does_not_is_no_false_alarm():
    result = hunt(kept(0x10), kept(0x11), lines={"irq": (0x10,), "both": (0x10, 0x11)})
    assert result.verdict == "passed"


def test_a_lost_interrupt_is_found():
    registers = [kept(0x10), lost(0x11, is_readable=False)]
    result = hunt(*registers, job=job_of(cycles=200), lines={"irq": (0x10, 0x11)})
    finding = only(result)
    assert finding.kind == "interrupt lost"
    assert str(finding.trace) == "outb 0x11 0x1\ncycle\noutb 0x10 0x1\n"
    assert finding.culprit.line == "irq"
    assert finding.sightings == (LinePlace("irq"),)
    assert (finding.expected, finding.seen) == ("irq high", "irq low")


@pytest.mark.parametrize("layout_is_known", [True, False])
def test_a_field_that_loading_changes_is_named(layout_is_known):
    registers = [kept(0x10), kept(0x11, is_readable=False, loads=0x0F)]
    finding = only(hunt(*registers, layout_is_known=layout_is_known))
    assert finding.oracle == "idempotence"
    assert finding.kind == "changed by loading"
    assert str(finding.trace) == "outb 0x11 0x10\ncycle\n"
    assert finding.culprit.fields == ("r11",)
    assert finding.culprit.owner.type == "fake"
    assert finding.sightings == (FieldPlace("fake", 0, "r11", 0x10),)
    assert (finding.expected, finding.seen) == ("0x10", "0x00")


def test_where_objects_can_be_seen_the_attribute_is_named():
    finding = only(hunt(kept(0x10), lost(0x11), shows_objects=True))
    assert finding.culprit.fields == ("r11",)
    assert not finding.culprit.described
    assert finding.title == "fake loses r11"


class Forgetful(FakeGuest):
    """Loses 0x10 after some restarts, and in between does not."""

    def load(self, tag):
        super().load(tag)
        if self.restarts % 3 == 1:
            self._values[0x10] = 0


def test_what_does_not_come_back_every_time_is_not_reported():
    result = hunt(kept(0x10), kept(0x11), kind=Forgetful)
    assert result.findings == []
    assert all(hits < 3 for hits in result.unreliable.values())
    assert result.verdict == "passed"


def test_the_clock_stops_a_job_that_was_begun():
    guest = FakeGuest(Script(registers=(kept(0x10),)))
    deadline = time.monotonic() + 0.2
    settings = HuntSettings(stop_at=deadline)
    result = Hunt(guest, job_of(cycles=10**9), Masks(), settings).run()
    assert result.cut
    assert result.verdict == "passed"
    assert 0 < result.cycles < 10**6
    assert time.monotonic() - deadline < 10


class Clock:
    now = 0.0

    def monotonic(self):
        self.now += 0.001
        return self.now


@pytest.mark.parametrize(("seconds", "is_cut"), [(50.0, False), (0.01, True)])
def test_a_job_hunts_for_so_long_and_what_it_follows_up_is_not_counted(
    monkeypatch, seconds, is_cut
):
    clock = Clock()
    monkeypatch.setattr(module, "time", clock)
    guest = FakeGuest(Script(registers=(kept(0x10), lost(0x11))))
    hunter = Hunt(guest, job_of(cycles=60), Masks(), HuntSettings(explore_s=seconds))
    follow = hunter._investigator.follow

    def slowly(caught):
        clock.now += 100.0
        return follow(caught)

    monkeypatch.setattr(hunter._investigator, "follow", slowly)
    result = hunter.run()
    assert result.findings
    assert result.cut == is_cut


def test_a_job_that_the_clock_left_no_time_says_so():
    result = hunt(kept(0x10), settings=HuntSettings(stop_at=0.0))
    assert result.cut
    assert result.verdict == "not tested"
    assert result.why == "its share of the budget was spent before its first cycle"
    assert result.cycles == 0


def test_what_a_job_learns_of_its_registers_is_not_taken_from_its_hunt(monkeypatch):
    clock = Clock()
    monkeypatch.setattr(module, "time", clock)

    def slowly(_guest, _regions):
        clock.now += 100.0
        return {}

    settings = HuntSettings(explore_s=50.0, learn=slowly)
    result = hunt(kept(0x10), kept(0x11), settings=settings)
    assert result.cycles >= 60
    assert not result.cut


@pytest.mark.parametrize(
    "changes", [{"owner": ("nobody", "/machine/nobody")}, {"owner": ("fake", "/machine/other")}]
)
def test_a_device_that_is_not_there_is_not_tested(changes):
    result = hunt(kept(0x10), job=job_of(**changes))
    assert result.verdict == "not tested"
    assert result.why == "none of its registers can be reached safely"


def test_a_device_of_hazards_is_not_tested():
    result = hunt(kept(0x10), kept(0x20, device="other"), hazards={0x10: "ends the guest"})
    assert result.verdict == "not tested"


def test_hazards_are_never_sent():
    guest = FakeGuest(
        Script(
            registers=tuple(map(kept, range(0x10, 0x18))),
            hazards={0x13: "ends the guest"},
            errors={0x13: DiedError(0, "a command", "")},
        )
    )
    assert Hunt(guest, job_of(), Masks(), HuntSettings()).run().verdict == "passed"
    assert Command("inb", (0x12,)) in guest.log


def test_without_an_owner_the_whole_machine_is_hunted():
    registers = [kept(0x10), lost(0x20, device="other")]
    result = hunt(*registers, job=job_of(owner=None, device="machine"))
    assert only(result).culprit.owner.type == "other"
    assert result.touched == {OWNER, ("other", "/machine/other")}


def without_seconds(result):
    return {
        name: getattr(result, name)
        for name in result.__slots__
        if name not in ("seconds", "followed")
    }


def test_one_seed_gives_one_result():
    registers = [kept(0x10), lost(0x11), kept(0x12), lost(0x20, region="b")]
    first, second, other = (hunt(*registers, job=job_of(seed=seed)) for seed in (3, 3, 4))
    assert without_seconds(first) == without_seconds(second)
    assert without_seconds(first) != without_seconds(other)


def test_a_job_does_not_depend_on_the_job_before_it():
    registers = (kept(0x10), lost(0x11), lost(0x20, device="other"))
    jobs = [job_of(), job_of(device="other", owner=("other", "/machine/other"))]

    def run_in(order):
        guest = FakeGuest(Script(registers=registers))
        results = [Hunt(guest, job, Masks(), HuntSettings()).run() for job in order]
        return {result.job: without_seconds(result) for result in results}

    assert run_in(jobs) == run_in(jobs[::-1])


def test_a_job_does_not_depend_on_the_environment(monkeypatch):
    plain = hunt(kept(0x10), lost(0x11))
    monkeypatch.setenv("CI", "true")
    assert without_seconds(hunt(kept(0x10), lost(0x11))) == without_seconds(plain)


def test_progress_is_told_after_every_trace_and_findings_as_they_come():
    seen, found = [], []
    guest = FakeGuest(Script(registers=(kept(0x10), lost(0x11))))
    hunt = Hunt(
        guest,
        job_of(),
        Masks(),
        HuntSettings(),
        lambda result: seen.append((result.cycles, len(found))),
        found.append,
    )
    result = hunt.run()
    assert len(seen) == result.traces
    assert [cycles for cycles, _ in seen] == sorted(cycles for cycles, _ in seen)
    assert seen[0][1] == 0
    assert seen[-1][1] == 1
    assert found == result.findings


def test_the_settings_say_how_often_a_finding_is_confirmed():
    finding = only(hunt(lost(0x10), settings=HuntSettings(confirmations=5)))
    assert finding.hits == finding.runs == 5


def plugged_job(**changes):
    return job_of(owner=None, device="card", is_plugged=True, **changes)


CARD = tuple(FakeRegister(address=port, device="card") for port in (0x20, 0x21, 0x22))


def test_of_a_plugged_device_alone_the_registers_are_reached():
    result = hunt(lost(0x10), *CARD, job=plugged_job(), plugged="card")
    assert result.verdict == "passed"
    assert result.touched == {("card", "/machine/card")}
    assert result.works == ()


def test_which_fields_of_a_plugged_device_moved_is_told():
    constant = FakeRegister(address=0x22, device="card", enabled_by=0x10)
    result = hunt(kept(0x10), *CARD[:2], constant, job=plugged_job(), plugged="card")
    assert result.fields == {("card", 0, name) for name in ("r20", "r21", "r22")}
    assert result.moved == {("card", 0, name) for name in ("r20", "r21")}


def test_of_other_jobs_no_fields_are_told():
    result = hunt(kept(0x10), *CARD, plugged="card")
    assert (result.fields, result.moved) == (set(), set())


def test_without_a_known_layout_no_field_moved():
    result = hunt(*CARD, job=plugged_job(), plugged="card", layout_is_known=False)
    assert result.verdict == "passed"
    assert (result.fields, result.moved) == (set(), set())


def shift(data):
    """Put the low bits of what is drawn through three registers."""
    ports = range(0x20, 0x23)
    return tuple(Command("outb", (port, byte & 3)) for port, byte in zip(ports, data, strict=False))


def test_drivers_put_a_plugged_device_to_work():
    work = Work("shift", (Command("outb", (0x10, 0x40)),), shift)
    guest = FakeGuest(Script(registers=(kept(0x10), *CARD), plugged="card", works=(work,)))
    result = Hunt(guest, plugged_job(), Masks(), HuntSettings()).run()
    assert result.works == ("shift",)
    assert Command("outb", (0x10, 0x40)) in guest.log
    written = [command for command in guest.log if command.is_write and command.address >= 0x20]
    following = [command.address for command in written]
    assert (0x20, 0x21, 0x22) in zip(following, following[1:], following[2:], strict=False)


def test_what_a_plugged_device_loses_is_found_and_named():
    card = (*CARD[:2], FakeRegister(address=0x22, device="card", is_saved=False))
    finding = only(hunt(*card, job=plugged_job(), plugged="card"))
    assert str(finding.trace) == "outb 0x22 0x1\ncycle\ninb 0x22\n"
    assert finding.culprit.owner.type == "card"


def test_a_plugged_device_that_is_not_there_is_not_tested():
    result = hunt(kept(0x10), job=plugged_job())
    assert (result.verdict, result.cycles) == ("not tested", 0)
    assert result.why == "none of its registers can be reached safely"


def test_a_plugged_device_that_can_not_be_saved_is_a_finding():
    script = {"save_errors": {0x23: SaveError("card: it can't be migrated")}}
    stuck = FakeRegister(address=0x23, device="card", value=1)
    finding = only(hunt(*CARD, stuck, job=plugged_job(), plugged="card", **script))
    assert finding.oracle == "load"
    assert str(finding.trace) == "cycle\n"


class Large(FakeGuest):
    """A guest whose plugged device has a large region, of which it dies or is never asked."""

    @property
    def plugged(self):
        plain = super().plugged
        owner = plain.regions[0].owner
        return replace(plain, regions=(*plain.regions, Region("memory", 0, 4096, "m", 0, owner)))


@pytest.mark.parametrize(
    ("error", "verdict"),
    [
        (DiedError(-6, "starting", "assertion failed"), "died"),
        (DeadlineError(10.0, "starting"), "hung"),
        (LaunchError(["qemu"], 1, "no such device"), "died"),
    ],
)
def test_a_guest_that_does_not_start_to_be_learned_from_ends_the_job(error, verdict):
    class Failing(Large):
        def restart(self, *, bare=False):
            raise error

    result = hunt(*CARD, job=plugged_job(), kind=Failing, plugged="card")
    assert (result.verdict, result.why) == (verdict, str(error))
    assert result.cycles == 0


def test_registers_of_a_large_region_are_learned_before_the_hunt():
    asked = []

    class Told(Large):
        def execute(self, commands):
            if commands and commands[0].space == "memory":
                asked.append(commands[0])
                return [Observation(bytes(c.size) if c.is_read else None) for c in commands]
            return super().execute(commands)

        def hazard(self, command):
            return "it is not played" if command.space == "memory" else None

    result = hunt(*CARD, job=plugged_job(), kind=Told, plugged="card")
    assert result.verdict == "passed"
    assert [command.verb for command in asked] == ["read", "write", "read"]


class Undescribed(FakeGuest):
    """A guest whose plugged device has no section."""

    @property
    def plugged(self):
        return replace(super().plugged, sections=())


def test_all_that_a_device_without_a_description_loses_is_one_finding_with_its_registers():
    # More than are read around the one that shows it first.
    card = tuple(lost(address, device="card") for address in range(0x20, 0x60))
    script = Script(registers=(kept(0x10), *card), plugged="card")
    finding = only(Hunt(Undescribed(script), plugged_job(), Masks(), HuntSettings()).run())
    assert finding.kind == "no description"
    offsets = {place.register.offset for place in finding.sightings}
    assert len(offsets) > 40


def test_a_crash_of_a_device_that_has_no_section_is_told_as_a_crash():
    # Where saving crashes, nobody could see a section.
    errors = {0x20: DiedError(-11, "save", "")}
    script = Script(registers=(kept(0x10), *CARD), plugged="card", save_errors=errors)
    finding = only(Hunt(Undescribed(script), plugged_job(), Masks(), HuntSettings()).run())
    assert (finding.oracle, finding.kind) == ("load", "crash")
    assert finding.culprit.owner.type == "card"


def test_fields_of_others_are_not_counted_for_a_device_that_has_none():
    script = Script(registers=(kept(0x10), *CARD), plugged="card")
    result = Hunt(Undescribed(script), plugged_job(), Masks(), HuntSettings()).run()
    assert (result.fields, result.moved, result.promised) == (set(), set(), set())


def test_what_there_is_no_time_for_is_listed_and_the_hunt_goes_on():
    settings = HuntSettings(follow_until=0.0)
    result = hunt(kept(0x10), lost(0x11), settings=settings)
    assert result.verdict == "not followed"
    assert result.why == "there was no time left to find out what its differences are"
    assert result.unfollowed == {"future fake registers": 1}
    assert result.findings == []
    assert result.cut
    assert result.cycles >= 60


def test_what_does_not_come_back_is_not_listed_as_left_over():
    result = hunt(kept(0x10), kind=Forgetful, settings=HuntSettings(follow_until=0.0))
    assert result.unfollowed == {}


class Built(FakeGuest):
    """A guest that has a device built in whose type has no description."""

    def __init__(self, script):
        super().__init__(script)
        self.map = RegionMap(
            tuple(
                replace(one, owner=Owner("uart", "/machine/uart", described=False))
                for one in self.map.regions
            )
        )


def test_what_a_built_in_device_without_a_description_loses_is_one_finding_too():
    script = Script(registers=tuple(lost(address) for address in (0x20, 0x21)))
    job = job_of(owner=("uart", "/machine/uart"))
    finding = only(Hunt(Built(script), job, Masks(), HuntSettings()).run())
    assert finding.kind == "no description"
    assert {place.register.offset for place in finding.sightings} == {0, 1}


def test_what_shows_on_an_untouched_machine_is_followed_up_before_any_trace_is_drawn():
    guest = FakeGuest(Script(registers=(kept(0x10, value=3, loads=0xFE), kept(0x11))))
    known = []
    result = Hunt(
        guest,
        job_of(),
        Masks(),
        HuntSettings(),
        progress=lambda so_far: known.append(len(so_far.findings)),
    ).run()
    (found,) = result.findings
    assert str(found.trace).splitlines() == ["cycle", "inb 0x10"]
    assert found.culprit.fields == ("r10",)
    assert known[0] == 1


def test_what_another_device_shows_untouched_is_known_to_this_one():
    """It is for its own job, and the machine's: here it would cost more than the whole hunt."""
    registers = (kept(0x10, value=3, loads=0xFE, device="other"), lost(0x11))
    guest = FakeGuest(Script(registers=registers))
    owner = next(one for one in guest.map.owners if one.type == "fake")
    found = Hunt(guest, job_of(owner=(owner.type, owner.path)), Masks(), HuntSettings()).run()
    assert only(found).culprit.owner.type == "fake"
    assert [one for one in found.known if one.startswith("at power-on: ")] == [
        "at power-on: idempotence field other r10"
    ]
    machine = Hunt(FakeGuest(guest.script), job_of(owner=None), Masks(), HuntSettings()).run()
    assert {one.culprit.owner.type for one in machine.findings} == {"fake", "other"}


@pytest.mark.parametrize(
    ("section", "kind"), [("0000:00:02.0/uart", "state lost"), ("i2c_bus", "no description")]
)
def test_a_plugged_device_whose_parts_have_sections_has_a_description(section, kind):
    class Parted(Built):
        @property
        def plugged(self):
            return replace(super().plugged, sections=((section, 0),))

    guest = Parted(Script(registers=(lost(0x20, device="uart"),), plugged="uart"))
    finding = only(Hunt(guest, job_of(owner=None, is_plugged=True), Masks(), HuntSettings()).run())
    assert finding.kind == kind


class Unspoilt(FakeGuest):
    """A guest whose state can't be changed on the way."""

    can_spoil = False


def crossing_hunt(other, *, seed=0, **script):
    mine = Script(registers=(kept(0x10), kept(0x11)), reload_mode="cross", **script)
    return Hunt(CrossingFake(mine, other), job_of(seed=seed), Masks(), HuntSettings()).run()


@pytest.mark.parametrize("seed", range(16))
def test_one_loss_is_one_finding_whichever_oracle_sees_it_first(seed):
    registers = (kept(0x10, loads=0xF0), kept(0x11))
    finding = only(hunt(*registers, job=job_of(seed=seed)))
    assert finding.culprit.fields == ("r10",)
    finding = only(crossing_hunt(Script(registers=registers), seed=seed))
    assert finding.culprit.fields == ("r10",)


def test_what_is_lost_on_the_way_to_another_release_is_found_and_says_which():
    # A seed with which a register shows it, and not the state.
    other = Script(registers=(kept(0x10, loads=0xF0), kept(0x11)))
    finding = only(crossing_hunt(other, seed=1))
    assert (finding.kind, finding.loaded_by, finding.reload_mode) == (
        "state lost",
        "Fake 2.0",
        "cross",
    )
    assert str(finding.trace) == "outb 0x10 0x1\ncycle\ninb 0x10\n"
    assert finding.actions[1] == "save, load in a new process of the other release"
    assert finding.culprit.fields == ("r10",)
    assert finding.is_minimal


def test_where_every_state_is_refused_nothing_was_tested():
    refuses = {0x10: LoadError("no such section")}
    other = Script(registers=(kept(0x10), kept(0x11)), load_errors=refuses)
    mine = Script(registers=(kept(0x10, value=1), kept(0x11)), reload_mode="cross")
    # It can't be otherwise: what is written to the first register is never 0.
    guest = CrossingFake(replace(mine, hazards={0x10: "kept as it is"}), other)
    result = Hunt(guest, job_of(), Masks(), HuntSettings()).run()
    assert result.verdict == "not tested"
    assert "no such section" in result.why
    assert result.traces == TRACES_PER_ROUND


def test_a_state_that_goes_one_way_only_is_counted():
    other = Script(registers=(kept(0x10), kept(0x11)))
    result = crossing_hunt(other, load_errors={0x11: LoadError("too new")})
    assert result.verdict == "passed"
    (why,) = [one for one in result.discarded if one.startswith("judged one way only: ")]
    assert "too new" in why


class Fragile(FakeGuest):
    """Dies of loading 0x11 with its highest bit set, and hangs of another bit of 0x12."""

    def load(self, tag):
        super().load(tag)
        if tag == "vmstate_power_on":
            return
        if self._values[0x11] & 0x80:
            self._raise(DiedError(-6, "load", "Assertion failed"))
        if self._values[0x12] & 0x40:
            self._raise(DeadlineError(1.0, "load"))


HOSTILE = HuntSettings(oracles=("hostile",))


def fragile(**script):
    registers = (kept(0x10, loads=0xF0), kept(0x11), kept(0x12))
    return Fragile(Script(registers=registers, **script))


def test_a_state_that_nobody_saved_is_tried_and_what_the_guest_dies_of_is_named():
    job = job_of(cycles=300)
    result = Hunt(fragile(), job, Masks(), HOSTILE).run()
    found = {str(one.trace): one for one in result.findings}
    assert set(found) == {"spoil fake 0 r11 0x80\ncycle\n", "spoil fake 0 r12 0x40\ncycle\n"}
    assert found["spoil fake 0 r12 0x40\ncycle\n"].kind == "hang"
    crash = found["spoil fake 0 r11 0x80\ncycle\n"]
    assert (crash.oracle, crash.kind, crash.is_minimal) == ("hostile", "crash", True)
    assert crash.title == "fake crashes over a state with another r11"
    assert crash.culprit.fields == ("r11",)
    assert crash.sightings == (SpoiltPlace("fake", 0, "r11"),)
    assert [(*place[:2], data) for *place, data in crash.spoilt] == [("fake", 0, b"\x80")]
    assert crash.actions[0] == "load this in the place of what is saved"
    # What it loses by itself nobody asked about, and the field that it dies of hides nothing.
    assert all(one.oracle == "hostile" for one in result.findings)


def test_unless_it_is_asked_for_no_state_is_spoilt():
    guest = fragile()
    Hunt(guest, job_of(), Masks(), HuntSettings()).run()
    assert not any(command.verb == "spoil" for command in guest.log)
    both = HuntSettings(oracles=("future", "idempotence", "hostile"))
    result = Hunt(fragile(), job_of(cycles=300), Masks(), both).run()
    assert {one.oracle for one in result.findings} >= {"hostile", "future"}


def test_what_ends_the_guest_with_nothing_spoilt_too_is_no_spoils_doing():
    class Dying(FakeGuest):
        """Dies of its own state once 0x10 was written."""

        def load(self, tag):
            super().load(tag)
            if self._values[0x10] and tag != "vmstate_power_on":
                self._raise(DiedError(-6, "load", "Assertion failed"))

    result = Hunt(
        Dying(Script(registers=(kept(0x10), kept(0x11)))), job_of(), Masks(), HOSTILE
    ).run()
    assert {one.culprit.fields for one in result.findings} == {("r10",)}
    assert "it ends the guest with nothing spoilt, too" in result.discarded


@pytest.mark.parametrize(
    ("guest", "why"),
    [
        (FakeGuest, "nothing of its state can be spoilt"),
        (Unspoilt, "its state can't be spoilt on the way: it takes reload=fresh behind its name"),
    ],
)
def test_where_nothing_can_be_spoilt_nothing_was_tested(guest, why):
    made = guest(Script(registers=(kept(0x10),)))
    result = Hunt(made, job_of(owner=("none", "")), Masks(), HOSTILE).run()
    assert (result.verdict, result.why, result.cycles) == ("not tested", why, 0)


def test_where_only_hostile_can_not_be_asked_the_others_are_and_that_is_said():
    settings = HuntSettings(oracles=("future", "hostile"))
    result = Hunt(Unspoilt(Script(registers=(lost(0x10),))), job_of(), Masks(), settings).run()
    assert only(result).oracle == "future"
    why = "its state can't be spoilt on the way: it takes reload=fresh behind its name"
    assert result.why == f"hostile was not asked: {why}"


def long_way(data):
    """Write 0x21 so often that what it leads to is put off."""
    return (Command("outb", (0x21, 1 + data[0] % 200)),) * 30


@pytest.mark.parametrize("seed", range(4))
def test_what_takes_long_to_shrink_is_followed_up_last(seed, monkeypatch):
    order = []
    follow = Hunt._follow

    def noted(self, caught):
        order.append((len(caught.trace.segments[0]) > 24, caught.pin))
        follow(self, caught)

    monkeypatch.setattr(Hunt, "_follow", noted)
    # One register is only lost once another was written thirty times.
    registers = (lost(0x10), kept(0x20, region="slow"), FakeRegister(address=0x21, is_saved=False))
    works = (Work("slow", start=(), request=long_way),)
    guest = FakeGuest(Script(registers=registers, works=works))
    result = Hunt(guest, job_of(seed=seed, owner=None), Masks(), HuntSettings()).run()
    assert result.verdict == "found"
    hard = [is_hard for is_hard, _ in order]
    assert hard == sorted(hard)


def test_what_was_put_off_is_followed_up_unless_something_else_was_behind_it(monkeypatch):
    monkeypatch.setattr("harness.postponed._EASY", 0)
    result = hunt(lost(0x10), lost(0x11, region="b"))
    assert {one.culprit.region for one in result.findings} == {"registers", "b"}
    alias = hunt(lost(0x10), kept(0x20, region="alias", shows=0x10))
    assert len(alias.findings) == 1


def test_what_was_put_off_and_has_no_time_left_is_listed(monkeypatch):
    monkeypatch.setattr("harness.postponed._EASY", 0)
    easiest, late = Postponed.easiest, []

    def taken(self):
        late.append(True)
        return easiest(self)

    monkeypatch.setattr(Postponed, "easiest", taken)
    monkeypatch.setattr(Hunt, "_may_not_follow", lambda _self: bool(late))
    result = hunt(lost(0x10))
    assert list(result.unfollowed) == ["future fake registers"]
    assert result.verdict == "not followed"
    assert result.cut
