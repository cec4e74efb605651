"""Conformance: what the engine relies on in every guest, asked of one.

For whoever writes a guest: call :func:`check_guest` from a test.  It knows the protocol
only; registers to write are found by trying what the guest's own map offers.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from itertools import pairwise

from harness.command import Command
from harness.errors import GuestError, LoadError
from harness.fields import DeviceState, columns_of
from harness.guest import Guest

_TAG, _OTHER_TAG = "conformance", "conformance_other"
#: At most so many bytes of each region, and so many bytes in all, are tried.
_REACH, _TRIED = 16, 256


def check_guest(make: Callable[[], Guest]) -> None:
    """Hold a guest to the protocol.

    Args:
        make: returns a new guest in its power-on state.  Some register of it must keep
            what is written, lose it in a reset and have it back after a load.

    Raises:
        AssertionError: it does not obey; says in what.
    """
    with make() as guest:
        _check_map(guest)
        command = next(_writes(guest), None)
        assert command is not None, "no byte in the guest's map can be written without hazard"
        _check_observations(guest, command)
        write = _find_register(guest)
        _check_state(guest, write)
        _check_tags(guest, write)
        _check_reload(guest, write)
        _check_restart(guest, write)
        _check_boot(guest)
        _check_missing_tag(guest)
    guest.close()


def _read_of(write: Command) -> Command:
    verb = "inb" if write.space == "io" else "readb"
    return Command(verb, (write.address,))


def _ask(guest: Guest, command: Command) -> object:
    (observation,) = guest.execute([command])
    return observation.answer


def _writes(guest: Guest) -> Iterator[Command]:
    """Yield a write to each byte that may be read and written."""
    tried = 0
    for region in guest.map.regions:
        if region.via:
            continue
        verb = "outb" if region.space == "io" else "writeb"
        for address in range(region.start, region.start + min(region.size, _REACH)):
            write = Command(verb, (address, 0x15))
            if guest.hazard(write) is None and guest.hazard(_read_of(write)) is None:
                tried += 1
                if tried > _TRIED:
                    return
                yield write


def _check_map(guest: Guest) -> None:
    regions = guest.map.regions
    assert regions, "the guest's map is empty"
    for left, right in pairwise(regions):
        apart = left.space != right.space or left.end <= right.start
        assert apart, f"regions {left.name} and {right.name} overlap at {right.start:#x}"
    sections = guest.sections
    assert len(set(sections)) == len(sections), f"a section stands twice in {sections}"
    for owner in guest.map.owners:
        known = not owner.section or (owner.section, owner.instance_id) in sections
        assert known, f"{owner.type} says that section {owner.section} is its own; there is none"
    carried = {(field.section, field.instance_id) for field in guest.inspect().fields}
    assert carried, "inspect() found no field"
    guest.restart()


def _check_observations(guest: Guest, command: Command) -> None:
    commands = [command, _read_of(command), command]
    observations = guest.execute(commands)
    assert len(observations) == len(commands), "there is not one observation for each command"
    first, second, _ = observations
    assert first.answer is None, f"{command} answered {first.answer!r}, expected None"
    assert isinstance(second.answer, int), f"{_read_of(command)} answered no value"
    assert 0 <= second.answer <= 0xFF, f"{_read_of(command)} answered more than a byte"
    assert guest.execute([]) == [], "no commands, yet something was observed"
    levels = guest.levels()
    assert set(levels.values()) <= {0, 1}, "a line has a level other than 0 and 1"
    before, followed = guest.follow([command])
    answers = [one.answer for one in followed]
    assert (before, answers) == (levels, [None]), "follow() is not levels() and then execute()"


def _find_register(guest: Guest) -> Command:
    """Return a write that reads back, that a reset undoes, and that a load brings back."""
    for write in _writes(guest):
        read = _read_of(write)
        try:
            guest.restart()
            old = _ask(guest, read)
            guest.execute([write])
            if old == write.value or _ask(guest, read) != write.value:
                continue
            guest.save(_TAG)
            guest.reset()
            if _ask(guest, read) == write.value:
                continue
            # Reading may have moved the device on: load after a reset with no reads.
            guest.reset()
            guest.load(_TAG)
            if _ask(guest, read) == write.value:
                return write
        except GuestError as err:
            raise AssertionError(f"{write} and {read} are no hazards, yet: {err}") from err
    raise AssertionError("no register keeps what is written, through a save, a reset and a load")


def _check_state(guest: Guest, write: Command) -> None:
    guest.restart()
    fresh = guest.state()
    assert guest.state() == fresh, "state() differs from one call to the next"
    guest.execute([write])
    written = guest.state()
    assert written != fresh, f"state() does not show {write}"
    assert _ask(guest, _read_of(write)) == write.value, "state() disturbs the guest"
    guest.restart()
    guest.inspect()
    guest.restart()
    guest.execute([write])
    state = guest.state()
    decoded = guest.decode(state)
    assert decoded is not None, "after inspect() decode() must know the layout"
    assert decoded.fields, "decode() gave no fields"
    _check_columns(guest, state, decoded)


def _check_columns(guest: Guest, state: bytes, decoded: DeviceState) -> None:
    expected = tuple(columns_of(decoded.fields))
    found = guest.columns(state, ())
    assert found is not None, "columns() does not know the layout that decode() knows"
    assert found == expected, "columns() gave other fields than decode()"
    first = expected[0].section, expected[0].instance_id
    own = tuple(one for one in expected if (one.section, one.instance_id) == first)
    of_one = guest.columns(state, [first])
    assert of_one == own, f"columns() of section {first[0]} alone are not those that it has"


def _check_tags(guest: Guest, write: Command) -> None:
    guest.restart()
    read = _read_of(write)
    old = _ask(guest, read)
    guest.save(_OTHER_TAG)
    guest.execute([write])
    guest.save(_TAG)
    guest.reset()
    guest.load(_OTHER_TAG)
    assert _ask(guest, read) == old, "load() took what was saved under another tag"
    guest.execute([write])
    guest.save(_OTHER_TAG)
    guest.reset()
    guest.load(_OTHER_TAG)
    assert _ask(guest, read) == write.value, "save() did not replace what was under its tag"
    guest.incidents()
    assert guest.incidents() == (), "incidents() told of something twice"


def _check_reload(guest: Guest, write: Command) -> None:
    """Hold a reload to the state that was saved, and the guest to living on behind it."""
    guest.restart()
    read = _read_of(write)
    old = _ask(guest, read)
    guest.save(_OTHER_TAG)
    for _ in range(2):
        # From the second time on, what is saved was itself reloaded.
        guest.execute([write])
        guest.save(_TAG)
        guest.reset()
        guest.reload(_TAG)
        assert _ask(guest, read) == write.value, "reload() does not bring back what was saved"
        guest.reload(_TAG)
        assert _ask(guest, read) == write.value, "reload() of the same tag works only once"
    guest.rewind(_OTHER_TAG)
    assert _ask(guest, read) == old, "behind a reload, rewind() does not find what was saved before"


def _check_restart(guest: Guest, write: Command) -> None:
    guest.restart()
    fresh, levels = guest.state(), guest.levels()
    guest.execute([write])
    guest.save(_TAG)
    guest.restart()
    assert guest.state() == fresh, "restart() left the state different from that at power-on"
    assert guest.levels() == levels, "restart() left the lines different from those at power-on"
    try:
        guest.load(_TAG)
    except LoadError:
        return
    raise AssertionError("restart() did not forget what was saved")


def _high(guest: Guest) -> set[str]:
    return {line for line, level in guest.levels().items() if level}


def _check_boot(guest: Guest) -> None:
    """Hold the boot to what a restart does beyond a bare one."""
    boot = guest.boot
    assert all(boot), "a group of the boot is empty"
    guest.restart()
    booted, high = guest.state(), _high(guest)
    guest.restart(bare=True)
    bare = guest.state()
    guest.execute([command for group in boot for command in group])
    assert guest.state() == booted, "a bare restart and the boot do not come to a restart"
    assert _high(guest) == high, "the boot moves lines that a restart does not"
    assert not boot or bare != booted, "a bare restart does the boot too"
    guest.restart()


def _check_missing_tag(guest: Guest) -> None:
    guest.restart()
    try:
        guest.load("never_saved")
    except LoadError:
        guest.restart()
        return
    raise AssertionError("load() of a tag that was never saved must raise LoadError")
