"""Traces: layouts of what compiled functions saved, made when they are asked for.

A function that saves notes only what depended on the state: whether a field was there,
how many elements it had, how long it was.  With its plan that is the whole layout.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from typing import Any, cast

from vmstate.compiler.code import Trace
from vmstate.compiler.plan import Kind, Plan, Shape, Step, kind_of, size_of
from vmstate.description import Field, VMStateDescription
from vmstate.flags import VMS
from vmstate.layout import FieldLayout, StateLayout

#: Gives the plan by which states of a description are saved at a version.
Plans = Callable[[VMStateDescription, int], Plan]
#: Bytes of a subsection's header beside its name: type, length of the name, version.
_HEADER_BYTES = 6


class Pending:
    """A nested state that was saved, and whose layout is not made yet.

    Args:
        plan: by what plan.
        version_id: at which version.
        offset: first byte.
        trace: what the function noted.
    """

    __slots__ = ("offset", "plan", "trace", "version_id")

    def __init__(self, plan: Plan, version_id: int, offset: int, trace: Trace) -> None:
        self.plan = plan
        self.version_id = version_id
        self.offset = offset
        self.trace = trace


class Later:
    """A layout that is made when it is asked for, once.

    Args:
        make: makes the layout.
        pending: what was saved.
    """

    __slots__ = ("_layout", "_make", "_pending")

    def __init__(self, make: Callable[[Pending], StateLayout], pending: Pending) -> None:
        self._make = make
        self._pending = pending
        self._layout: StateLayout | None = None

    def __call__(self) -> StateLayout:
        """Return the layout."""
        if self._layout is None:
            self._layout = self._make(self._pending)
        return self._layout


@dataclass(frozen=True, slots=True)
class LayoutMaker:
    """Makes layouts of plans and traces.

    Args:
        plans: gives the plans of nested states.
    """

    plans: Plans

    def state(self, pending: Pending) -> StateLayout:
        """Return the layout of a state."""
        plan, offset = pending.plan, pending.offset
        trace: Iterator[Any] = iter(pending.trace or ())
        fields: list[FieldLayout] = []
        for step in plan.steps:
            if step.is_tested and not next(trace):
                continue
            for index in step.indices:
                field = self._field(plan, step, index, offset, trace)
                fields.append(field)
                offset += sum(field.sizes)
        subsections = []
        for vmsd in plan.description.subsections:
            inner = next(trace)
            if inner is None:
                continue
            offset += _HEADER_BYTES + len(vmsd.name)
            subsections.append(self._nested(vmsd, vmsd.version_id, offset, inner))
            offset += subsections[-1].size
        return StateLayout(
            plan.description,
            pending.version_id,
            pending.offset,
            offset - pending.offset,
            tuple(fields),
            tuple(subsections),
        )

    def _nested(
        self, vmsd: VMStateDescription, version_id: int, offset: int, trace: Trace
    ) -> StateLayout:
        return self.state(Pending(self.plans(vmsd, version_id), version_id, offset, trace))

    def _field(
        self, plan: Plan, step: Step, index: int, offset: int, trace: Iterator[Any]
    ) -> FieldLayout:
        field = plan.description.fields[index]
        match step.shape:
            case Shape.WALK:
                return self._resolved(next(trace))
            case Shape.CODEC:
                return FieldLayout(index, field, offset, (next(trace),))
            case Shape.NUMBERS:
                sizes = (size_of(field, Kind.NUMBER),) * next(trace)
                return FieldLayout(index, field, offset, sizes)
            case Shape.STATES:
                count = _fixed_count(field)
                count = next(trace) if count is None else count
                return self._states(index, field, offset, [next(trace) for _ in range(count)])
            case _:
                count = _fixed_count(field) or 0
                if field.is_struct:
                    return self._states(index, field, offset, [None] * count)
                kind = kind_of(field.codec)
                each = size_of(field, kind) if kind is not None and count else 0
                if kind is Kind.PADDING and not each and field.is_array:
                    count = 0
                return FieldLayout(index, field, offset, (each,) * count)

    def _states(self, index: int, field: Field, offset: int, traces: list[Trace]) -> FieldLayout:
        children: list[StateLayout] = []
        vmsd = cast("VMStateDescription", field.vmsd)
        start = offset
        for trace in traces:
            children.append(self._nested(vmsd, field.struct_version(), offset, trace))
            offset += children[-1].size
        sizes = tuple(child.size for child in children)
        return FieldLayout(index, field, start, sizes, "", tuple(children))

    def _resolved(self, layout: FieldLayout) -> FieldLayout:
        pending = cast("tuple[Pending, ...]", layout.children)
        return replace(layout, children=tuple(self.state(child) for child in pending))


def _fixed_count(field: Field) -> int | None:
    """Return how many elements a field has in every state; None if the state says it."""
    if not field.is_array:
        return 1
    return field.num if field.flags & VMS.ARRAY else None
