"""Demands: what a description's tests must answer for a state to be one that is sent.

Fields that must exist do, and the subsections that are wanted are needed.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from copy import deepcopy
from dataclasses import replace
from typing import Any

from hypothesis import reject
from hypothesis import strategies as st
from hypothesis.strategies import DrawFn

from harness.strategies.places import places_of
from harness.strategies.reads import reads_of
from harness.strategies.steering import Demand, steer
from vmstate.description import VMStateDescription


def satisfy(
    draw: DrawFn,
    description: VMStateDescription,
    state: Any,  # noqa: ANN401 (a state is any object)
    version_id: int,
    *,
    longest: int,
    wanted: frozenset[str] | None = None,
) -> None:
    """Change *state* until fields that must exist do, and draw which subsections are needed.

    Args:
        draw: draws whether each subsection is wanted, all as they are first.
        description: what the state is made of.
        state: what is changed.
        version_id: the version that it is to be saved as.
        longest: the greatest count that an array is given.
        wanted: the subsections that are wanted, which are not drawn then.

    Raises:
        UnsatisfiedAssumption: a field that must exist does not; Hypothesis goes on with
            another example.
    """
    musts = list(_musts(description, state, version_id))
    demands = [*musts, *_subsections(draw, description, state, wanted)]
    if all(one.is_met for one in demands):
        return
    steer(demands, places_of(description, state, longest))
    if not all(one.is_met for one in musts):
        reject()


def sent_subsections(description: VMStateDescription, state: object) -> frozenset[str]:
    """Return the names of the subsections that are sent, also of those in subsections."""
    asked = _as_saved(description, state)
    sent: frozenset[str] = frozenset()
    for subsection in description.subsections:
        if subsection.is_needed(asked):
            sent |= {subsection.name} | sent_subsections(subsection, asked)
    return sent


def with_subsections(description: VMStateDescription, names: frozenset[str]) -> VMStateDescription:
    """Return *description* with the tests of its subsections replaced: *names* are needed."""
    return replace(
        description,
        subsections=tuple(
            replace(
                with_subsections(subsection, names),
                needed=(lambda _: True) if subsection.name in names else (lambda _: False),
            )
            for subsection in description.subsections
        ),
    )


def _as_saved(description: VMStateDescription, state: object) -> object:
    """Return *state* as the tests see it: after ``pre_save``, which may not touch *state*."""
    hook = description.pre_save_errp or description.pre_save
    if hook is None:
        return state
    saved = deepcopy(state)
    hook(saved)
    return saved


def _demand(
    description: VMStateDescription,
    state: object,
    test: Callable[..., object],
    *arguments: int,
    wanted: bool,
) -> Demand:
    return Demand(
        lambda: bool(test(_as_saved(description, state), *arguments)),
        wanted,
        lambda: reads_of(test, state),
    )


def _musts(description: VMStateDescription, state: object, version_id: int) -> Iterator[Demand]:
    for field in description.fields:
        if field.must_exist and field.field_exists is not None:
            yield _demand(description, state, field.field_exists, version_id, wanted=True)


def _subsections(
    draw: DrawFn,
    description: VMStateDescription,
    state: object,
    wanted: frozenset[str] | None,
    *,
    is_sent: bool = True,
) -> Iterator[Demand]:
    """Yield what is demanded of subsections, and of what they hold if they are sent.

    Whatever is sent, as much is drawn: what takes fewer choices would be simpler.
    """
    tested = [one for one in description.subsections if one.needed is not None]
    # Zero leaves all of them as the state has it.
    drawn = draw(st.integers(0, 1 << len(tested))) if wanted is None and tested else 0
    for subsection in description.subsections:
        is_one_sent = is_sent
        if is_sent and subsection.needed is not None:
            if wanted is not None:
                is_one_sent = subsection.name in wanted
            elif drawn > 0:
                is_one_sent = bool((drawn - 1) >> tested.index(subsection) & 1)
            else:
                is_one_sent = bool(subsection.needed(_as_saved(description, state)))
            if wanted is not None or drawn:
                yield _demand(description, state, subsection.needed, wanted=is_one_sent)
        if is_one_sent:
            yield from _musts(subsection, state, subsection.version_id)
        yield from _subsections(draw, subsection, state, wanted, is_sent=is_one_sent)
