"""Conformance: what strict mode says of mutated streams is what a real QEMU does.

Every kind of mutation is drawn for two machines, by a fixed seed, and each mutated stream is
loaded by a fresh QEMU.  Where strict mode and QEMU differ, a device rule must say why.  A
change is judged by about a hundred streams; ``--hypothesis-profile=thorough`` makes it more
than six hundred::

    pytest tests/qemu/test_stream_conformance.py --hypothesis-profile=thorough -n2

The table of each shard, kind of mutation by verdict, is the property ``conformance`` of its
test in a report (``--junit-xml``).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from functools import cache

import pytest
from hypothesis import HealthCheck, Phase, given, seed, settings

from harness.qemu.argv import Machine
from harness.qemu.binaries import dump_vmstate, find_one
from harness.strategies.streams import (
    KINDS,
    Anatomy,
    Edit,
    Mutation,
    anatomy_of,
    applied,
    mutated_streams,
    mutations,
)
from tests.support.incoming import Outcome, outcome_of
from tests.support.stream_edit import saved
from vmstate import Release
from vmstate.acceptance import Accepted, Destination, Verdict, destination_of, load
from vmstate.acceptance.devices import RULES, rule_for
from vmstate.dump import read_dump
from vmstate.stream import Command, CommandNumber, event_bytes

pytestmark = pytest.mark.qemu

MEMORY_MB = 16
DEVICES = {
    "pc": (
        *("-device", "e1000"),
        *("-drive", "if=none,id=d,driver=null-co,size=1M", "-device", "virtio-blk-pci,drive=d"),
        *("-usb", "-device", "usb-tablet", "-device", "usb-kbd"),
        *("-device", "VGA"),
        *("-chardev", "null,id=c", "-device", "isa-serial,chardev=c"),
    ),
    "q35": (),
}
SHARDS = 4
SEED = 4
#: Examples that Hypothesis makes for each that is taken: its first ones are the simplest.
STRIDE = 5


def is_thorough():
    return settings.get_profile("thorough").max_examples <= settings().max_examples


@dataclass(frozen=True, eq=False)
class Guest:
    """A machine, its own stream, and what that says of it."""

    machine: Machine
    stream: bytes
    anatomy: Anatomy
    here: Destination


@cache
def guest(name):
    binary = find_one()
    machine = Machine(binary.path, name, DEVICES[name], MEMORY_MB)
    stream = saved(machine)
    dump = read_dump(dump_vmstate(binary.path))
    release = Release(*binary.version[:2])
    return Guest(machine, stream, anatomy_of(stream), destination_of(stream, dump, release))


def drawn(strategy, number, count):
    """Return *count* examples of *strategy*, the same ones every time."""
    found = []

    @seed(number)
    @settings(
        max_examples=count * STRIDE,
        database=None,
        derandomize=False,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def draw(example):
        found.append(example)

    draw()
    step = max(1, len(found) // count)
    return found[step // 2 :: step][:count]


def cases(name, shard):
    """Yield the mutations of each stream of a shard, with their kind."""
    here = guest(name)
    (other,) = (guest(one) for one in DEVICES if one != name)
    each, together = (8, 16) if is_thorough() else (1, 4)
    for kind in KINDS[shard::SHARDS]:
        one = mutations(here.anatomy, kinds=[kind], donors=[other.anatomy])
        if not one.is_empty:
            for mutation in drawn(one, SEED, each):
                yield kind, (mutation,)
    for _, done in drawn(several(name, other), SEED + shard, together):
        yield "several", done


@cache
def several(name, other):
    return mutated_streams(guest(name).anatomy, most=4, donors=[other.anatomy])


@dataclass(frozen=True)
class Judged:
    """One stream: what was done to it, what strict mode says and what QEMU did."""

    kind: str
    mutations: tuple[Mutation, ...]
    verdict: Verdict
    outcome: Outcome

    @property
    def agrees(self):
        expected = "accepted" if isinstance(self.verdict, Accepted) else "refused"
        return self.outcome.ending == expected

    @property
    def rule(self):
        if self.agrees:
            return None
        return rule_for(self.outcome.ending, self.outcome.said, str(self.verdict))

    def __str__(self):
        done = "; ".join(map(str, self.mutations)) or "nothing"
        return (
            f"{done}\n  strict mode: {self.verdict}\n"
            f"  QEMU {self.outcome.ending}: {self.outcome.said}"
        )


def judged(here, kind, done):
    data = applied(here.stream, done)
    return Judged(kind, tuple(done), load(data, here.here), outcome_of(here.machine, data))


def table(rows):
    """Return how often each kind of mutation ended in which way, as text."""
    counts = Counter()
    for row in rows:
        counts[row.kind, row.outcome.ending] += 1
        counts[row.kind, "agree"] += row.agrees
        counts[row.kind, "explained"] += row.rule is not None
    columns = ("accepted", "refused", "aborts", "hangs", "agree", "explained")
    lines = [f"{'kind':20}" + "".join(f"{column:>10}" for column in columns)]
    for kind in dict.fromkeys([*KINDS, "several"]):
        numbers = [counts[kind, column] for column in columns]
        if any(numbers):
            lines.append(f"{kind:20}" + "".join(f"{number:10}" for number in numbers))
    return "\n".join(lines)


@pytest.mark.parametrize("name", DEVICES)
@pytest.mark.parametrize("shard", range(SHARDS))
def test_strict_mode_says_what_a_real_qemu_does(name, shard, record_property):
    rows = [judged(guest(name), kind, done) for kind, done in cases(name, shard)]
    record_property("conformance", table(rows))
    assert len(rows) >= (64 if is_thorough() else 8)
    unexplained = [str(row) for row in rows if not row.agrees and row.rule is None]
    assert not unexplained, "\n".join(unexplained)


@pytest.mark.parametrize("name", DEVICES)
def test_a_machine_takes_its_own_stream(name):
    assert judged(guest(name), "nothing", ()).agrees


# Every device rule is provoked ------------------------------------------------------------


def put(name, where, value, count=0):
    """Return the mutation that puts *value* into a field, from its byte *count* on."""
    leaf = next(leaf for leaf in guest(name).anatomy.leaves if leaf.where == where)
    start = leaf.start + count
    before = guest(name).stream[start : start + len(value)]
    assert start + len(value) <= leaf.end
    return Mutation("value", where, value.hex(), (Edit(start, before, value),))


def machine_name_length(name):
    start = guest(name).anatomy.configuration.start + 1
    before = guest(name).stream[start : start + 4]
    return Mutation("length", "machine name", "2 GiB", (Edit(start, before, b"\x80\0\0\0"),))


def colo(name):
    place = guest(name).anatomy.parts[0].start
    data = bytes(event_bytes(Command(CommandNumber.ENABLE_COLO)))
    return Mutation("command", "ENABLE_COLO", "put in", (Edit(place, b"", data),))


PROVOKED = {
    "pci config": lambda: put("q35", "0000:00:00.0/mch/parent_obj.config[0]", b"\0\0"),
    "unknown run state": lambda: put("q35", "globalstate/runstate", b"x"),
    "run state that can't follow": lambda: put("q35", "globalstate/runstate", b"debug\0"),
    "x87 format": lambda: put("q35", "cpu/env.fpregs_format_vmstate", b"\0\1"),
    "ahci engine": lambda: put(
        "q35", "0000:00:1f.2/ich9_ahci/ahci.dev[4].port_regs.cmd", b"\xff\xff\xff\xfe"
    ),
    "serial transmitter": lambda: put("pc", "serial/state.lsr", b"\x80"),
    "vapic state": lambda: put("q35", "kvm-tpr-opt/state", b"\0\0\0\2"),
    "hpet timers": lambda: put("q35", "hpet/num_timers", b"\1"),
    "acpi memory too large": lambda: put("q35", "fw_cfg/<fw_cfg/acpi_mr>.linker_mr_size", b"\1", 1),
    "machine name of 2 GiB": lambda: machine_name_length("q35"),
    "colo without a primary": lambda: colo("q35"),
}


#: Rules of devices that only the other machine has.
ELSEWHERE = {"serial transmitter": "pc"}


def is_quick(rule):
    """Whether provoking a rule takes no more than a moment: a hang takes until the deadline."""
    return rule.outcome != "hangs"


@pytest.mark.parametrize(
    "rule",
    [rule for rule in RULES if is_quick(rule) or is_thorough()],
    ids=lambda rule: rule.name,
)
def test_a_device_rule_is_what_a_real_qemu_does(rule):
    here = guest(ELSEWHERE.get(rule.name, "q35"))
    row = judged(here, "rule", (PROVOKED[rule.name](),))
    assert rule.explains(row.outcome.ending, row.outcome.said, str(row.verdict)), row
    assert row.rule == rule or row.agrees, row


def test_every_device_rule_is_provoked():
    assert PROVOKED.keys() == {rule.name for rule in RULES}
