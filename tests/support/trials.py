"""Trials: values put into a real QEMU through a stream, and what comes back.

A trial is one machine with its devices.  Their sections at power-on are taken from a
stream, values are put in their place, and a fresh QEMU loads and saves the stream.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from types import SimpleNamespace
from typing import Any, TypeVar

from hypothesis import HealthCheck, Phase, given, seed, settings
from hypothesis.strategies import SearchStrategy

from harness.qemu.argv import Machine
from harness.strategies.descriptions import Example, from_description
from harness.strategies.shapes import at, furnished, place_of, put
from tests.support.device_values import known
from tests.support.leaves import Leaf, joined, leaves
from tests.support.real_devices import Device, Limit, Rule, View, trimmed
from tests.support.stream_edit import Content, Key, edited, reloaded, saved, sections
from vmstate import Release, VMStateDescription, load, save
from vmstate.stream import Stream, read_stream
from vmstate.vmdesc import SentDescription

T = TypeVar("T", Limit, Rule)

#: By whose rules.
RELEASE = Release(7, 2)
#: How many of the first draws are too simple to tell much.
_SIMPLE = 2


@dataclass(frozen=True, slots=True)
class Difference:
    """A field that came back with another value than the one that was put in.

    Attributes:
        device: the device's name.
        path: the field.
        put, expected, back: its values: what was put in, what the rules say, what came back.
    """

    device: str
    path: str
    put: Leaf
    expected: Leaf | None
    back: Leaf | None

    def __str__(self) -> str:
        return (
            f"{self.device}: {self.path}: {self.put} was put in, {self.expected} was expected, "
            f"{self.back} came back"
        )


class Section:
    """One device's section: what it holds at power-on, and how values are put into it."""

    def __init__(self, device: Device, key: Key, content: Content, sent: SentDescription) -> None:
        self.device = device
        self.key = key
        self._whole = content
        self._content = self.inner(content)
        self._known: dict[tuple[int, str], tuple[Any, ...]] = {}
        self._came_back: dict[Content, dict[str, Leaf]] = {}
        wanted = frozenset(_subsections(sent)) - device.without | device.extra
        self.description = trimmed(device.description, wanted, device.extra)

    def inner(self, whole: Content) -> Content:
        """Return the device's state in what its section holds."""
        if self.device.inside is None:
            return whole
        start, end = self.device.inside(whole.body)
        return Content(self.device.description.version_id, whole.body[start:end])

    def outer(self, content: Content) -> Content:
        """Return the section with *content* as the device's state."""
        if self.device.inside is None:
            return content
        start, end = self.device.inside(self._whole.body)
        body = self._whole.body
        return Content(self._whole.version_id, body[:start] + content.body + body[end:])

    def state(self, content: Content) -> Any:
        """Return a state with what *content* holds.

        Fails unless the description reads *content* to its last byte.
        """
        description = self.device.description
        state = SimpleNamespace()
        self._agree(state)
        furnished(description, state)
        load(description, state, content.body, content.version_id, release=RELEASE)
        return state

    def _agree(self, state: Any) -> None:
        """Give *state* the values that both sides must agree on."""
        for path, constant in self.device.constants.items():
            holder, step = place_of(state, path)
            if not callable(constant):
                put(holder, step, constant)
            elif at(holder, step) is None:
                put(holder, step, constant())

    def leaves(self, content: Content, description: VMStateDescription) -> dict[str, Leaf]:
        """Return the fields that *content* has, as far as *description* knows them."""
        return leaves(save(description, self.state(content), release=RELEASE))

    @cached_property
    def at_power_on(self) -> dict[str, Leaf]:
        """The fields at power-on, with all subsections that QEMU sends."""
        return self.leaves(self._content, self.device.description)

    def drawn(self, number: int, count: int) -> list[Content]:
        """Return *count* contents with other values, always the same for the same *number*."""
        version = self.description.version_id
        with known():
            reset = self.state(self._content)
            self._agree(reset)
            strategy = from_description(
                self.description,
                reset=furnished(self.description, reset),
                versions=[version],
                values=self.device.values,
            )
            examples = _examples(strategy, number, count)
        return [self._content_of(example.state) for example in examples]

    def _content_of(self, state: Any) -> Content:
        """Return what is to be put in of a state that was drawn."""
        self._agree(state)
        furnished(self.description, state)
        if self.device.tidy is not None:
            self.device.tidy(state)
        version = self.description.version_id
        drawn = save(self.description, state, release=RELEASE)
        limited = {path: self._limited(leaf) for path, leaf in leaves(drawn).items()}
        # A place that is sent twice has one value: what is put in is what is saved of it.
        state = self.state(Content(version, joined(drawn, limited)))
        return Content(version, save(self.description, state, release=RELEASE).data)

    def _limited(self, leaf: Leaf) -> Leaf:
        power_on = self.at_power_on.get(leaf.path)
        for limit in self._asked(self.device.limits, leaf.path):
            before = power_on.value if power_on else 0
            leaf = leaf.holding(limit.choose(leaf.value, before))
        return leaf

    def _asked(self, table: tuple[T, ...], path: str) -> tuple[T, ...]:
        """Return those of the limits or rules in *table* that hold for *path*."""
        key = (id(table), path)
        if key not in self._known:
            self._known[key] = tuple(one for one in table if one.holds_for(path))
        return self._known[key]

    def differences(self, put: Mapping[str, Mapping[str, Leaf]], back: Content) -> list[Difference]:
        """Return the fields that differ without a rule that says so.

        *put* is what was put in, by device.
        """
        values = put[self.device.name]
        found = self.came_back(back)
        differences = []
        for path, leaf in values.items():
            expected = self.expected(put, path)
            came = found.get(path)
            if (expected and expected.data) != (came and came.data):
                differences.append(Difference(self.device.name, path, leaf, expected, came))
        return differences

    def came_back(self, back: Content) -> dict[str, Leaf]:
        """Return the fields of what came *back*."""
        if back not in self._came_back:
            self._came_back[back] = self.leaves(back, self.device.description)
        return self._came_back[back]

    def expected(self, put: Mapping[str, Mapping[str, Leaf]], path: str) -> Leaf | None:
        """Return what the rules say that comes back at *path*; None for nothing."""
        leaf: Leaf | None = put[self.device.name][path]
        for rule in self._asked(self.device.rules, path):
            outcome = rule.outcome(View(put, self.device.name, path))
            leaf = None if outcome is None else put[self.device.name][path].holding(outcome)
        return leaf


def _examples(strategy: SearchStrategy[Example], number: int, count: int) -> list[Example]:
    """Return the last *count* of those that Hypothesis draws; the first ones are simple."""
    found: list[Example] = []

    @seed(number)
    @settings(
        max_examples=_SIMPLE + count,
        phases=[Phase.generate],
        database=None,
        derandomize=False,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
    @given(strategy)
    def collect(example: Example) -> None:
        found.append(example)

    collect()
    return found[-count:]


def _subsections(sent: SentDescription) -> set[str]:
    """Return the names of all subsections in *sent*, at any depth."""
    found = {sub.name for sub in sent.subsections}
    inner = [*sent.subsections, *(one for field in sent.fields for one in field.elements)]
    return found.union(*map(_subsections, inner))


class Trial:
    """One machine, its devices at power-on, and what was put into them."""

    def __init__(self, machine: Machine, devices: Mapping[str, Device]) -> None:
        self.machine = machine
        self.stream = saved(machine)
        stream: Stream = read_stream(self.stream)
        contents = sections(stream)
        self.sections: dict[str, Section] = {}
        for name, device in devices.items():
            for sent in stream.vmdesc.devices:
                place, _, section = sent.idstr.rpartition("/")
                if (section, sent.instance_id) == (device.section, device.instance_id):
                    if device.at and not place.endswith(device.at):
                        continue
                    key = Key(sent.idstr, sent.instance_id)
                    self.sections[name] = Section(device, key, contents[key], sent.body)
        missing = set(devices) - set(self.sections)
        assert not missing, f"{machine.name} has no {sorted(missing)}"

    def put(self, contents: Mapping[str, Content]) -> dict[str, Content]:
        """Put *contents* in and return what comes back."""
        stream = edited(
            self.stream,
            {
                self.sections[name].key: self.sections[name].outer(content)
                for name, content in contents.items()
            },
        )
        back = sections(read_stream(reloaded(self.machine, stream)))
        return {name: self.sections[name].inner(back[self.sections[name].key]) for name in contents}
