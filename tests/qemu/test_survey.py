"""Surveys: made once, and again where the binary is another."""

import os
import signal

import pytest

from harness.errors import DiedError, LaunchError, UnreadableError
from harness.qemu import survey as module
from harness.qemu.argv import Machine
from harness.qemu.binaries import find_one
from harness.qemu.mtree import Range
from harness.qemu.survey import survey
from vmstate.errors import StreamError

pytestmark = pytest.mark.qemu


@pytest.fixture
def starts(monkeypatch):
    """Count the processes that are started."""
    count = []

    class Counted(module.Session):
        def __init__(self, *args):
            count.append(self)
            super().__init__(*args)

    monkeypatch.setattr(module, "Session", Counted)
    return count


def wrapper(tmp_path):
    path = tmp_path / "qemu-system-x86_64"
    path.write_text(f'#!/bin/sh\nexec {find_one().path} "$@"\n')
    path.chmod(0o755)
    return path


def test_a_machine_is_surveyed_once(starts, tmp_path):
    machine = Machine(wrapper(tmp_path))
    first = survey(machine, 10)
    assert survey(Machine(machine.binary), 10) is first
    assert len(starts) == 1
    assert first.intercept == "/machine/i440fx/ioapic"
    assert not starts[0].process.directory.exists()


def test_a_machine_type_of_before_vmdesc_and_footers_can_be_read(tmp_path):
    # QEMU 7.2 hw/i386/pc_piix.c, pc_i440fx_2_2_machine_options: it suppresses the one, and
    # hw/core/machine.c, hw_compat_2_3: it leaves out the others.
    found = survey(Machine(wrapper(tmp_path), "pc-i440fx-2.2"), 10)
    assert {owner.section for owner in found.whole_map.owners} >= {"i8254", "dma"}


def test_a_machine_whose_state_can_not_be_read_is_told_with_the_reason(tmp_path, monkeypatch):
    def unreadable(_data):
        raise StreamError("it has no vmdesc", offset=7)

    monkeypatch.setattr(module, "read_stream", unreadable)
    with pytest.raises(UnreadableError, match=r"can't be read: .*it has no vmdesc"):
        survey(Machine(wrapper(tmp_path)), 10)


def test_a_binary_that_was_replaced_is_surveyed_again(starts, tmp_path):
    machine = Machine(wrapper(tmp_path), "none")
    survey(machine, 10)
    os.utime(machine.binary, (1, 1))
    survey(machine, 10)
    assert len(starts) == 2


def test_the_safe_map_is_the_whole_map_without_hazards(tmp_path):
    found = survey(Machine(wrapper(tmp_path)), 10)
    missing = set(found.whole_map.regions) - set(found.safe_map.regions)
    assert {region.name for region in missing} == {
        "vmport",
        "apic-msi",
        "piix3-reset-control",
        "acpi-cnt",
    }
    assert set(found.safe_map.regions) < set(found.whole_map.regions)


@pytest.fixture
def ends(monkeypatch):
    """Let the first surveys end with an error; count them all."""
    original = module._survey.__wrapped__
    begun = []

    def let(*errors):
        def failing(machine, mtime_ns, deadline_s):
            begun.append(machine)
            if len(begun) <= len(errors):
                raise errors[len(begun) - 1]
            return original(machine, mtime_ns, deadline_s)

        monkeypatch.setattr(module, "_survey", failing)
        return begun

    return let


@pytest.mark.parametrize(
    "error",
    [DiedError(-signal.SIGKILL, "reading", ""), LaunchError(("q",), -signal.SIGKILL, "")],
)
def test_a_survey_that_somebody_kills_is_made_again_once(ends, error):
    machine = Machine(find_one().path)
    begun = ends(error)
    assert survey(machine, 10.0).sections
    assert len(begun) == 2
    begun = ends(error, error, error, error)
    with pytest.raises(type(error)):
        survey(machine, 10.0)


@pytest.mark.parametrize("status", [None, 1, -signal.SIGABRT])
def test_one_that_ends_by_itself_is_not(ends, status):
    begun = ends(DiedError(status, "reading", ""))
    with pytest.raises(DiedError):
        survey(Machine(find_one().path), 10.0)
    assert len(begun) == 1


class Silent:
    """A session of a machine that ends when some addresses are read."""

    def __init__(self, ends, *, is_dead=False):
        self.ends, self.is_dead, self.is_closed, self.asked = ends, is_dead, False, []

    def exchange(self, lines, doing):
        self.asked += lines
        if self.is_dead or any(
            int(line.split()[1], 0) in self.ends for line in lines if " " in line
        ):
            self.is_dead = True
            raise DiedError(-11, doing, "")
        return []

    def close(self):
        self.is_closed = True


class Killed:
    """A session whose process somebody ends."""

    is_closed = False

    def exchange(self, _lines, doing):
        raise DiedError(-signal.SIGKILL, doing, "")

    def migration_stream(self, doing):
        raise DiedError(-signal.SIGTERM, doing, "")

    def close(self):
        self.is_closed = True


def ranges(*starts, size=4):
    return [Range("memory", start, size, f"r{start}", 0, "") for start in starts]


def deadly_of(first, *others, among):
    left = list(others)
    found = module._deadly(first, lambda: left.pop(0), among)
    assert all(one.is_closed for one in (first, *others) if one not in left)
    return {one.start for one in found}


def test_registers_that_nobody_can_read_without_a_cpu_are_found_by_trying():
    ends = {0x20, 0x30}
    sessions = [Silent(ends) for _ in range(3)]
    assert deadly_of(*sessions, among=ranges(0x10, 0x20, 0x30, 0x40)) == ends
    assert sessions[-1].asked == ["readb 0x40", "readl 0x40"]


def test_a_session_that_ended_before_blames_no_register():
    assert deadly_of(Silent(set(), is_dead=True), Silent(set()), among=ranges(0x10)) == set()


def test_after_so_many_no_more_are_looked_for():
    starts = range(0, 0x1000, 0x10)
    sessions = [Silent(set(starts)) for _ in range(32)]
    assert len(deadly_of(*sessions, among=ranges(*starts))) == 16


def test_registers_are_read_no_wider_than_they_are():
    session = Silent(set())
    port = Range("io", 0x70, 1, "rtc", 0, "")
    deadly_of(session, among=[port, *ranges(0x10, size=1)])
    assert session.asked[1:] == ["inb 0x70", "readb 0x10"]


def test_a_machine_that_somebody_kills_is_not_said_to_lack_anything():
    killed = Killed()
    with pytest.raises(DiedError, match="signal 9"):
        module._deadly(killed, Killed, ranges(0x10))
    assert killed.is_closed
    with pytest.raises(DiedError, match="signal 15"):
        module._sections(killed)
