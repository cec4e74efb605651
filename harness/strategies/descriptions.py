"""Strategies of states: every legal state of a description, whoever wrote it.

All that is drawn is a distance from the reset state, so that a failing example shrinks to
that state with the one place changed that matters.  A number, a flag, a timer is one
choice of Hypothesis's, and so is a whole array or buffer.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from copy import deepcopy
from dataclasses import dataclass
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy
from hypothesis.vendor.pretty import RepresentationPrinter

from harness.errors import ConfigError
from harness.strategies import device_values  # noqa: F401 (their codecs become known)
from harness.strategies.demands import satisfy, sent_subsections, with_subsections
from harness.strategies.filling import Filler, Limits
from harness.strategies.shapes import furnished, place_of
from harness.strategies.steps import at, put
from vmstate.description import VMStateDescription
from vmstate.nesting import room_for

#: How many more frames than saving it, a level of descriptions takes to be copied and filled.
_FRAMES = 4
#: How many characters of a state are shown.
_SHOWN = 4000


@dataclass(frozen=True, slots=True)
class Example:
    """A state, with what it is to be saved as.

    Attributes:
        description: what the state is made of.  Its ``needed`` tests answer a fixed set of
            subsections where the wanted one could not be reached by the state alone.
        state: the state.
        version_id: the version to save.
        subsections: the names of the subsections that will be sent, also those of
            subsections; what nested states send is not among them.
        extra: paths of values that no field carries and that were drawn nevertheless.
    """

    description: VMStateDescription
    state: Any
    version_id: int
    subsections: frozenset[str] = frozenset()
    extra: tuple[str, ...] = ()

    def __repr__(self) -> str:
        sent = f", {', '.join(sorted(self.subsections))}" if self.subsections else ""
        state = repr(self.state)
        if len(state) > _SHOWN:
            state = f"{state[:_SHOWN]}..."
        return f"<{self.description.name} version {self.version_id}{sent}: {state}>"

    def _repr_pretty_(self, printer: RepresentationPrinter, cycle: bool) -> None:  # noqa: ARG002, FBT001 (protocol)
        """Show it as it is; Hypothesis would print all of the description."""
        printer.text(repr(self))


def from_description(
    description: VMStateDescription,
    *,
    reset: object = None,
    versions: Sequence[int] | None = None,
    subsections: Iterable[Collection[str]] | None = None,
    values: Mapping[str, SearchStrategy[Any]] | None = None,
    limits: Limits | None = None,
) -> SearchStrategy[Example]:
    """Return a strategy of the states of *description*, with a version and subsections.

    Args:
        description: what the states are made of.
        reset: the simplest state, towards which examples shrink.  States are copies of it,
            so that it also decides of what classes they are; plain objects of zeros and
            null pointers if None.  Lengths that no field carries stay what they are in it.
        versions: the versions to save, the simplest first; from the current one down to
            the oldest that can be loaded if None.
        subsections: the sets of subsections that may be sent, by name, the subsections of
            subsections among them; whatever can happen if None.  A set that no state
            leads to comes with a description whose tests were replaced.
        values: more values to draw, by path: what hooks read and no field carries.
        limits: how long variable arrays, buffers and lists become.

    Raises:
        ConfigError: a version can't be loaded, a subsection is unknown, a set is
            incomplete, or nothing is known of a codec.
    """
    lowest, highest = description.minimum_version_id, description.version_id
    with room_for(_FRAMES * description.depth):
        simplest = furnished(description, deepcopy(reset))
    sets: Sequence[frozenset[str]] = ()
    if subsections is not None:
        natural = sent_subsections(description, simplest)
        sets = _checked_sets(description, subsections, natural)
    if versions is None:
        versions = range(highest, lowest - 1, -1)
    plan = _Plan(
        description=description,
        reset=simplest,
        is_given=reset is not None,
        versions=_checked_versions(description, versions),
        sets=sets,
        values=dict(values or {}),
        limits=limits or Limits(),
    )
    return _examples(plan)


@dataclass(frozen=True)
class _Plan:
    """What examples are drawn of; see :func:`from_description`."""

    description: VMStateDescription
    reset: Any
    is_given: bool
    versions: Sequence[int]
    sets: Sequence[frozenset[str]]
    values: Mapping[str, SearchStrategy[Any]]
    limits: Limits

    def _repr_pretty_(self, printer: RepresentationPrinter, cycle: bool) -> None:  # noqa: ARG002, FBT001 (protocol)
        printer.text(repr(self.description.name))


@st.composite
def _examples(draw: DrawFn, plan: _Plan) -> Example:
    description, limits = plan.description, plan.limits
    version = draw(st.sampled_from(plan.versions)) if len(plan.versions) > 1 else plan.versions[0]
    wanted = draw(st.sampled_from(plan.sets)) if plan.sets else None

    def satisfied(inner: VMStateDescription, nested: object, version_id: int) -> None:
        satisfy(draw, inner, nested, version_id, longest=limits.count)

    with room_for(_FRAMES * description.depth):
        state = deepcopy(plan.reset)
        filler = Filler(draw, limits, description, satisfied, keeps_lengths=plan.is_given)
        filler.fill(description, state, version)
        for path, strategy in plan.values.items():
            holder, step = place_of(state, path)
            put(holder, step, draw(st.one_of(st.just(at(holder, step)), strategy)))
        satisfy(draw, description, state, version, longest=limits.count, wanted=wanted)
        sent = sent_subsections(description, state)
    if wanted is not None and sent != wanted:
        description, sent = with_subsections(description, wanted), wanted
    return Example(description, state, version, sent, tuple(plan.values))


def _checked_versions(description: VMStateDescription, versions: Sequence[int]) -> Sequence[int]:
    lowest, highest = description.minimum_version_id, description.version_id
    wrong = [version for version in versions if not lowest <= version <= highest]
    if wrong or not versions:
        raise ConfigError(
            f"versions {list(versions)} of {description.name!r} can't be drawn",
            f"give one or more from {lowest} to {highest}",
        )
    return versions


def _checked_sets(
    description: VMStateDescription, subsections: Iterable[Collection[str]], natural: frozenset[str]
) -> Sequence[frozenset[str]]:
    """Return the sets, the one that the reset state leads to first."""
    sets = list(dict.fromkeys(map(frozenset, subsections)))
    parents = dict(_parents(description, ""))
    for names in sets:
        unknown = sorted(names - parents.keys())
        alone = sorted(name for name in names & parents.keys() if parents[name] not in {"", *names})
        if unknown or alone:
            what = f"subsections {', '.join(unknown or alone)} of {description.name!r}"
            why = "are unknown" if unknown else "are in subsections that are not in the set"
            raise ConfigError(f"{what} {why}", f"known: {', '.join(parents) or 'none'}")
    if not sets:
        raise ConfigError(
            f"no set of subsections of {description.name!r} is allowed",
            "the empty set is written [()]",
        )
    return sorted(sets, key=lambda names: names != natural)


def _parents(description: VMStateDescription, parent: str) -> Iterator[tuple[str, str]]:
    """Yield every subsection's name with that of the subsection that it is in, or nothing."""
    for subsection in description.subsections:
        yield subsection.name, parent
        yield from _parents(subsection, subsection.name)
