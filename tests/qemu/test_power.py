"""What is lost on purpose on a real QEMU: noticed and named, or listed as not."""

import json

import pytest
from click.testing import CliRunner

from harness.cli.power import command
from harness.cli.status import CLEAN, COULD_NOT_RUN
from harness.job import Job
from harness.masks import Masks
from harness.power import Trial, TrialSettings
from harness.qemu.binaries import find_one
from harness.qemu.fresh import FreshGuest
from harness.qemu.guest import GuestOptions
from harness.trace import Trace

pytestmark = pytest.mark.qemu

#: Program channel 0's address of the DMA controller, unmask it, and read both back.
DMA = Trace.parse("outb 0x0 0x34\noutb 0x0 0x12\noutb 0xa 0x0\ncycle\ninb 0x0\ninb 0x0\ninb 0x9")


@pytest.fixture(scope="module")
def guest():
    with FreshGuest(GuestOptions(name="qemu:pc,reload=fresh")) as guest:
        yield guest


@pytest.fixture
def trial(guest):
    """A trial of the first DMA controller that has not begun to draw."""
    owner = next(one for one in guest.map.owners if one.section == "dma" and not one.instance_id)
    job = Job(guest=guest.spec, binary="", device="i8257[0]", owner=(owner.type, owner.path))
    trial = Trial(guest, job, Masks(), TrialSettings(learn=lambda _guest, _regions: {}))
    trial._sections = (("dma", 0),)
    trial._note_rest()
    return trial


def scores(trial):
    return {one.path: one for one in trial._fields.values() if one.trials}


def test_a_field_that_shows_in_a_register_is_killed_and_named(trial):
    trial._try(DMA)
    found = scores(trial)
    assert set(found) == {"regs[].now[]", "regs[].base[]", "mask"}
    assert [found[path].verdict for path in ("regs[].now[]", "mask")] == ["killed", "killed"]
    assert all(one.named and one.trials == 1 for one in found.values())
    assert found["regs[].now[]"].shown == "inb 0x0: 0x34, and 0x00 without it"
    assert trial.score.checkpoints == 1


def test_a_field_that_only_saving_shows_is_resaved(trial):
    trial._try(DMA)
    # The base comes into play when a transfer is over; nothing here reads it.
    assert scores(trial)["regs[].base[]"].verdict == "resaved"
    assert scores(trial)["regs[].base[]"].shown == ""


def test_what_nobody_noticed_is_lost_again_all_at_once_until_it_is_noticed(trial, monkeypatch):
    lost = []
    outcome = trial._outcome

    def noted(*args, **how):
        lost.append({one.field.path for one in args[3]})
        return outcome(*args, **how)

    monkeypatch.setattr(trial, "_outcome", noted)
    blind = Trace.parse(str(DMA).replace("inb 0x0", "inb 0x81").replace("inb 0x9", "inb 0x82"))
    trial._try(blind)
    assert {one.verdict for one in scores(trial).values()} == {"resaved"}
    assert len(lost) == 3
    lost.clear()
    trial._try(blind)
    assert len(lost) == 1
    assert {one.trials for one in scores(trial).values()} == {2}
    lost.clear()
    trial._try(DMA)
    found = scores(trial)
    assert {path for path, one in found.items() if one.verdict == "killed"} == {
        "regs[].now[]",
        "mask",
    }
    assert all(one.named for one in found.values())
    # All three, which shows; then parts of them.
    assert len(lost) > 1
    assert {path.split("[")[0] for path in lost[0]} == {"regs", "mask"}


@pytest.mark.parametrize(("before", "looks"), [("survived", 1), ("resaved", 0)])
def test_what_nothing_showed_is_saved_again_at_each_checkpoint(trial, monkeypatch, before, looks):
    unmasked = Trace.parse("outb 0xf 0x0\ncycle\ninb 0x81")
    trial._try(unmasked)
    (mask,) = scores(trial).values()
    mask.verdict = before
    looked = []
    resaved = trial._resaved
    monkeypatch.setattr(trial, "_resaved", lambda one: looked.append(one) or resaved(one))
    trial._try(unmasked)
    assert (mask.verdict, mask.trials) == ("resaved", 2)
    assert len(looked) == looks


def test_what_was_never_away_from_power_on_is_not_reached(trial):
    trial._try(Trace.parse("inb 0x9\ncycle\ninb 0x9"))
    assert {one.verdict for one in trial._fields.values()} == {"not reached"}
    assert trial.score.checkpoints == 0


def test_where_something_differs_by_itself_nothing_is_told(trial):
    # The status register is in no field: it is lost whatever is done.
    trial._try(Trace.parse("outb 0x0 0x34\noutb 0x9 0x4\ncycle\ninb 0x8"))
    assert scores(trial) == {}
    assert trial.score.checkpoints == 0


def test_the_state_goes_unchanged_when_nothing_is_lost(trial):
    trial._try(DMA)
    assert trial._guest.on_the_way is bytes


def power(*args):
    return CliRunner().invoke(command, ["--qemu", str(find_one().path), *args])


def test_the_command_lists_fields_and_sums_up():
    result = power("--device", "mc146818rtc", "--budget", "8s", "--json")
    assert result.exit_code == CLEAN, result.output
    document = json.loads(result.stdout)
    assert (document["schema"], document["schema_version"]) == ("vmstate-power", 1)
    assert (document["device"], document["why"]) == ("mc146818rtc", "")
    fields = {one["path"]: one for one in document["fields"]}
    assert fields["cmos_data"]["verdict"] == "killed"
    assert fields["cmos_data"]["named"] is True


@pytest.mark.parametrize(
    ("args", "said"),
    [
        (["--guest", "model:pc"], "model:pc"),
        (["--guest", "qemu:pc,reload=in-place"], "qemu:pc: its state can't be changed on the way"),
        (["--device", "nothing"], "no guest has a device 'nothing'"),
        (["--budget", "100cycles"], "--budget '100cycles' is no time"),
        (["--guest", "qemu:nothing"], "nothing"),
    ],
)
def test_what_can_not_be_measured_is_said(args, said):
    result = power(*args)
    assert result.exit_code == COULD_NOT_RUN
    assert said in result.stderr
