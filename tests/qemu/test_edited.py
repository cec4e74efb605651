"""Edited streams: a real QEMU believes them, and a live migration can be edited on its way.

Which values a device takes, and what it makes of them, stands in the tables of the real
interpreter's test; here the values are put in by the editor, by the names of fields.
"""

from __future__ import annotations

import os
import shlex
import sys
from contextlib import closing
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import NamedTuple

import pytest

from harness.qemu.argv import Machine
from harness.qemu.binaries import find_one
from harness.qemu.migration import is_over
from harness.qemu.session import Session
from harness.streams.comparison import compared
from harness.streams.outline import outline_of
from tests.qemu.test_real_interpreter import DEVICES
from tests.support.stream_edit import DEADLINE_S, Incoming, reloaded, saved, sections
from tests.support.trial_machines import machine_of
from tests.support.trials import Difference, Trial
from vmstate.decoded import decode_section
from vmstate.editing import (
    CopySection,
    CopySubsection,
    Draft,
    DropSection,
    DropSubsection,
    Key,
    Move,
    SetField,
    address,
    changed,
    key_of,
)
from vmstate.stream import read_events, read_stream, reader_for, write_events

pytestmark = pytest.mark.qemu

#: How many fields are to be believed at least.
ENOUGH = 300
#: How many are put in: some come back as a rule of the device says, and not as they were.
PLENTY = 400
#: Bytes of sections whose values are drawn in a moment.
SMALL = 300
#: What is typed to run the editor.
VMSTATE = Path(sys.executable).with_name("vmstate")


def pc():
    return Machine(find_one().path, "pc")


def events_of(data):
    return list(read_events([data], reader_for(read_stream(data).vmdesc)))


def edited(data, *changes):
    return b"".join(write_events(changed(events_of(data), changes)))


@cache
def plain():
    """Return the stream of a ``pc`` at power-on."""
    return saved(pc())


def value_of(data, path):
    """Return the number in a field of a stream."""
    return int.from_bytes(by_path(data)[path])


def as_text(value):
    """Return what one writes for *value*."""
    return value.hex() if isinstance(value, bytes) else str(value)


def by_path(data, keys=None):
    """Return the bytes of each field of a stream, or of some of its sections, by its path."""
    found = outline_of("", events_of(data)).decoded(lambda key: keys is None or key in keys)
    return {
        address(Key(section.idstr, section.instance_id), field.path): field.data
        for section in found
        for field in section.fields
    }


class Edited(NamedTuple):
    """What was put into a machine with the editor, and what came back.

    Attributes:
        set: by path the bytes that were put in, all other than at power-on.
        there: likewise, what the edited stream holds.
        back: by path the bytes that the machine saved after it had loaded that.
        unlike: sections whose bytes the editor made others than our engine writes.
        differences: fields that came back otherwise, and no rule of the device says so.
    """

    set: dict[str, bytes]
    there: dict[str, bytes]
    back: dict[str, bytes]
    unlike: list[str]
    differences: list[Difference]


@cache
def all_edited():
    """Put other values into each small section of a machine full of devices, all at once."""
    wanted = {device.name: device for device in DEVICES if device.machine == "pc"}
    trial = Trial(machine_of("pc", find_one().path), wanted)
    stream = read_stream(trial.stream)
    sent = {
        key_of(section): (section, device)
        for section, device in zip(stream.sections, stream.vmdesc.devices, strict=True)
    }
    drawn, changes, put = {}, {}, {}
    for number, (name, section) in enumerate(trial.sections.items()):
        there, device = sent[Key(*section.key)]
        if section.device.inside is not None or len(there.body) > SMALL:
            continue
        if len(changes) > PLENTY:
            break
        [content] = section.drawn(number, 1)
        if len(content.body) != len(there.body):
            # Other subsections than at power-on: that is more than values of fields.
            continue
        before = decode_section(there, device).fields
        after = decode_section(replace(there, body=content.body), device).fields
        assert [field.path for field in before] == [field.path for field in after]
        for old, new in zip(before, after, strict=True):
            if old.data != new.data:
                path = address(Key(*section.key), new.path)
                changes[path] = (as_text(new.value), new.data)
        drawn[name] = content
        put[name] = section.leaves(content, section.description)
    data = edited(trial.stream, *(SetField(path, text) for path, (text, _) in changes.items()))
    keys = {Key(*trial.sections[name].key) for name in drawn}
    inside = sections(read_stream(data))
    back = reloaded(trial.machine, data)
    came = sections(read_stream(back))
    return Edited(
        {path: new for path, (_, new) in changes.items()},
        by_path(data, keys),
        by_path(back, keys),
        [name for name in drawn if inside[trial.sections[name].key].body != drawn[name].body],
        [
            difference
            for name in drawn
            for difference in trial.sections[name].differences(put, came[trial.sections[name].key])
        ],
    )


def test_the_editor_writes_the_bytes_that_the_engine_does():
    assert all_edited().unlike == []


def test_what_was_set_is_in_the_stream():
    found = all_edited()
    assert {path: found.there[path] for path in found.set} == found.set


def test_what_was_set_comes_back_or_a_rule_of_the_device_says_what():
    assert [str(difference) for difference in all_edited().differences] == []


def test_enough_fields_are_believed_by_qemu():
    found = all_edited()
    believed = {path for path, data in found.set.items() if found.back.get(path) == data}
    names = {path.partition("/")[0] for path in believed}
    sys.stdout.write(f"{len(believed)} of {len(found.set)} fields, {len(names)} sections\n")
    assert len(believed) >= ENOUGH


# Sections and subsections -----------------------------------------------------------------


SUBSECTION = "pckbd/kbd.<pckbd/extended_state>"


def without():
    """Return the stream of a ``pc`` from which something is gone, and something has moved."""
    return edited(
        plain(),
        DropSection("pcspk"),
        DropSubsection(SUBSECTION),
        Move("i8254", "timer", is_after=True),
    )


def test_a_stream_from_which_something_is_gone_is_loaded():
    assert key_of(read_stream(without()).sections[1]) == Key("i8254")
    assert not any(path.startswith((SUBSECTION, "pcspk")) for path in by_path(without()))
    # QEMU saves all that it has, in its own order.
    assert list(by_path(reloaded(pc(), without()))) == list(by_path(plain()))


def test_what_is_copied_from_another_stream_is_loaded():
    other = edited(
        plain(),
        SetField("pcspk/data_on", "1"),
        SetField("i8254/channels[0].count", "291"),
        SetField(f"{SUBSECTION}.cbdata", "0x42"),
    )
    source = Draft(events_of(other))
    copied = edited(
        without(),
        CopySection(source, "i8254"),
        CopySection(source, "pcspk"),
        CopySubsection(source, SUBSECTION),
    )
    assert by_path(copied) == by_path(other)
    back = by_path(reloaded(pc(), copied))
    for path in ("pcspk/data_on", "i8254/channels[0].count", f"{SUBSECTION}.cbdata"):
        assert back[path] == by_path(other)[path] != by_path(plain())[path]


# In a pipe --------------------------------------------------------------------------------


def test_a_live_migration_is_edited_on_its_way(tmp_path):
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    change = "i8254/channels[1].count=0x123"
    command = f"{shlex.quote(str(VMSTATE))} edit - - --set {shlex.quote(change)}"
    with closing(Incoming(pc())) as target, closing(Session(pc(), DEADLINE_S)) as source:
        with target._doing("waiting"), source._doing("migrating"):
            for session in (target, source):
                session._monitor.execute(
                    "migrate-set-capabilities",
                    capabilities=[{"capability": "events", "state": True}],
                )
            target._monitor.execute("migrate-incoming", uri=f"exec:cat {shlex.quote(str(pipe))}")
            source._monitor.execute("migrate", uri=f"exec:{command} > {shlex.quote(str(pipe))}")
            for session in (source, target):
                done = session._monitor.wait_for("MIGRATION", is_over)
                assert done.data["status"] == "completed", session.process.log_tail()
        back = target.migration_stream("saving what came")
    assert value_of(back, "i8254/channels[1].count") == 0x123


# Differences ------------------------------------------------------------------------------


def with_serial(*lines):
    """Return the outline of a machine into whose ports something was written."""
    devices = ("-chardev", "null,id=c0", "-device", "isa-serial,chardev=c0")
    with closing(Session(Machine(find_one().path, "pc", devices), DEADLINE_S)) as session:
        session.exchange(lines, "writing to ports")
        data = session.migration_stream("saving what was written")
    return outline_of(" ".join(lines), events_of(data), hashes=True)


@cache
def untouched():
    return with_serial()


@pytest.mark.parametrize(
    ("lines", "expected"),
    [
        (
            ["outb 0x43 0x34"],
            [
                "  i8254/channels[0].read_state: 0 -> 3, bits 0, 1",
                "  i8254/channels[0].write_state: 0 -> 3, bits 0, 1",
                "  i8254/channels[0].rw_mode: 0 -> 3, bits 0, 1",
                "  i8254/channels[0].mode: 3 -> 2, bit 0",
            ],
        ),
        (
            ["outb 0x43 0xc2"],
            [
                "  i8254/channels[0].status_latched: 0 -> 1, bit 0",
                "  i8254/channels[0].status: 0 -> 134 (0x86), bits 1, 2, 7",
            ],
        ),
        (
            ["outb 0x70 0x20", "outb 0x71 0x55"],
            [
                "  mc146818rtc/cmos_data: [0x20] 00 -> 55",
                "  mc146818rtc/cmos_index: 0 -> 32 (0x20), bit 5",
            ],
        ),
        (["outb 0xa1 0x10"], ["  i8259[1]/imr: 0 -> 16 (0x10), bit 4"]),
        (["outb 0x3fb 0x83"], ["  serial/state.lcr: 0 -> 131 (0x83), bits 0, 1, 7"]),
    ],
    ids=lambda value: value[-1].replace("outb ", "") if value[0].startswith("outb") else "",
)
def test_a_byte_to_a_port_changes_the_fields_that_it_should_and_no_other(lines, expected):
    changes = compared(untouched(), with_serial(*lines))
    assert [change.text() for change in changes] == expected
