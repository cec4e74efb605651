"""Plans: how the fields of one description, at one version, are to be compiled.

A plan groups fields into steps: runs of fields whose bytes are of one fixed size, and
single fields with the way in which each is handled.  It is a value; it holds no code.
"""

from __future__ import annotations

import enum
from bisect import bisect_right
from dataclasses import dataclass

from vmstate.description import Field, VMStateDescription
from vmstate.flags import VARRAY, VMS
from vmstate.info import Buffer, Info
from vmstate.info.boolean import Boolean
from vmstate.info.buffer import UnusedBuffer
from vmstate.info.timer import TimerInfo

#: Values that one run may name; longer runs are parted.
_MOST_VALUES = 500
#: Values that a nested state may have to be taken into its parent's run.  A state in a run
#: costs a fifth of one with a function of its own, so only what makes lines endless is kept out.
_MOST_INLINED = 400
#: Elements of an array that are named one by one; longer arrays are one value.
MOST_NAMED = 16
#: What a fused field may be, besides an array of numbers.
_PLAIN_FLAGS = (
    VMS.SINGLE | VMS.POINTER | VMS.ARRAY | VMS.STRUCT | VMS.VSTRUCT | VMS.BUFFER | VMS.MUST_EXIST
)
#: Bytes of each struct format.
WIDTHS = {"b": 1, "B": 1, "h": 2, "H": 2, "i": 4, "I": 4, "q": 8, "Q": 8}


class Direction(enum.Enum):
    """What is compiled."""

    SAVE = enum.auto()
    LOAD = enum.auto()


class Kind(enum.Enum):
    """How a value of fixed size is turned into bytes."""

    NUMBER = enum.auto()
    BOOLEAN = enum.auto()
    BUFFER = enum.auto()
    TIMER = enum.auto()
    PADDING = enum.auto()


class Shape(enum.Enum):
    """How a step is handled."""

    #: One pack or unpack for all its fields.
    RUN = enum.auto()
    #: An array of numbers whose count the state holds.
    NUMBERS = enum.auto()
    #: Nested states, each by its own function.
    STATES = enum.auto()
    #: One value, whose codec is asked.
    CODEC = enum.auto()
    #: Left to the interpreter.
    WALK = enum.auto()
    #: A field that must exist, and does not at this version.
    REFUSED = enum.auto()


@dataclass(frozen=True, slots=True)
class Step:
    """One or more fields that are handled together.

    Attributes:
        shape: how.
        indices: which of the description's fields; more than one in runs only.
        is_tested: whether the (one) field's test decides if it is there.
    """

    shape: Shape
    indices: tuple[int, ...]
    is_tested: bool = False


@dataclass(frozen=True, slots=True)
class Plan:
    """How a description is compiled at a version.

    Attributes:
        description: the description.
        version_id: the version, or any other that has the same fields.
        steps: its fields, in wire order.
    """

    description: VMStateDescription
    version_id: int
    steps: tuple[Step, ...]

    @property
    def is_static(self) -> bool:
        """Whether its bytes are laid out the same for every state."""
        runs = all(step.shape is Shape.RUN and not step.is_tested for step in self.steps)
        return runs and not self.description.subsections


def generation(description: VMStateDescription, version_id: int) -> int:
    """Return a number that is equal for versions that have the same fields."""
    gates = {field.version_id for field in description.fields if field.field_exists is None}
    return bisect_right(sorted(gates), version_id)


def kind_of(codec: Info | None) -> Kind | None:
    """Return how *codec*'s values are fused; None if the codec must be asked."""
    kinds = {
        Boolean: Kind.BOOLEAN,
        Buffer: Kind.BUFFER,
        TimerInfo: Kind.TIMER,
        UnusedBuffer: Kind.PADDING,
    }
    if type(codec) in kinds:
        return kinds[type(codec)]
    # A class that inherits from a plain codec may have changed what it does.
    is_plain = "convert" in vars(type(codec)) and getattr(codec, "convert", 0) is None
    return Kind.NUMBER if is_plain else None


def format_of(codec: Info | None) -> str:
    """Return the struct format of a codec that is fused."""
    return str(getattr(codec, "format", ""))


def size_of(field: Field, kind: Kind) -> int:
    """Return the bytes of one element of a field that is fused."""
    if kind in (Kind.BUFFER, Kind.PADDING):
        return field.size
    return WIDTHS[format_of(field.codec)]


def accepts(description: VMStateDescription, version_id: int) -> bool:
    """Whether *version_id* can be loaded field by field."""
    return description.minimum_version_id <= version_id <= description.version_id


class Planner:
    """Makes plans for one direction.

    Args:
        direction: what is compiled.
    """

    def __init__(self, direction: Direction) -> None:
        self._direction = direction
        # By identity: equal descriptions are rare, and comparing them is slow.
        self._weights: dict[tuple[int, int], tuple[VMStateDescription, int | None]] = {}

    def plan(self, description: VMStateDescription, version_id: int) -> Plan:
        """Return the plan of *description* at *version_id*."""
        steps: list[Step] = []
        run: list[int] = []
        values = 0

        def end_run() -> None:
            if run:
                steps.append(Step(Shape.RUN, tuple(run)))
                run.clear()

        for index, field in enumerate(description.fields):
            is_tested = field.field_exists is not None
            if not is_tested and field.version_id > version_id:
                if field.must_exist:
                    end_run()
                    steps.append(Step(Shape.REFUSED, (index,)))
                continue
            shape = self._shape(field)
            weight = self._weight(field) or 0
            if shape is not Shape.RUN or is_tested:
                end_run()
                steps.append(Step(shape, (index,), is_tested))
                continue
            if not run or values + weight > _MOST_VALUES:
                end_run()
                values = 0
            run.append(index)
            values += weight
        end_run()
        return Plan(description, version_id, tuple(steps))

    def _shape(self, field: Field) -> Shape:
        if self._weight(field) is not None:
            return Shape.RUN
        if _is_numbers(field):
            return Shape.NUMBERS
        if self._is_states(field):
            return Shape.STATES
        return Shape.CODEC if _is_single(field) else Shape.WALK

    def _is_states(self, field: Field) -> bool:
        vmsd = field.vmsd
        special = VMS.ALLOC | VMS.ARRAY_OF_POINTER | VMS.VBUFFER
        if not field.is_struct or vmsd is None or field.columns or field.whole:
            return False
        if field.flags & special:
            return False
        return self._direction is Direction.SAVE or accepts(vmsd, field.struct_version())

    def _weight(self, field: Field) -> int | None:
        """Return how many values of a run *field* takes; None if it can't be in one."""
        if field.flags & ~_PLAIN_FLAGS or field.whole or field.container is not None:
            return None
        count = field.num if field.is_array else 1
        if not count:
            return 0
        if field.is_struct:
            return self._struct_weight(field, count)
        kind = kind_of(field.codec)
        if kind in (Kind.BUFFER, Kind.TIMER) and field.is_array:
            return None
        if kind is None or field.start < 0:
            return None
        return count if count <= MOST_NAMED and not field.columns else 1

    def _struct_weight(self, field: Field, count: int) -> int | None:
        vmsd, version_id = field.vmsd, field.struct_version()
        if vmsd is None or field.columns or field.start < 0:
            return None
        if self._direction is Direction.LOAD and not accepts(vmsd, version_id):
            return None
        each = self._state_weight(vmsd, version_id)
        # An empty state still counts: its element is looked at.
        total = None if each is None else count * (each + 1)
        return total if total is not None and total <= _MOST_INLINED else None

    def _state_weight(self, description: VMStateDescription, version_id: int) -> int | None:
        if self._has_effects(description):
            return None
        key = (id(description), version_id)
        if key not in self._weights:
            self._weights[key] = (description, None)
            total: int | None = 0
            for field in description.fields:
                if field.field_exists is not None or (
                    field.must_exist and field.version_id > version_id
                ):
                    total = None
                elif field.version_id <= version_id:
                    weight = self._weight(field)
                    total = None if weight is None or total is None else total + weight
                if total is None:
                    break
            self._weights[key] = (description, total)
        return self._weights[key][1]

    def _has_effects(self, description: VMStateDescription) -> bool:
        """Whether more happens than the fields' values moving."""
        if self._direction is Direction.LOAD:
            # Subsections are no hindrance: where bytes look like one, no run is taken.
            hooks = (
                description.pre_load,
                description.pre_load_errp,
                description.post_load,
                description.post_load_errp,
            )
            return any(hook is not None for hook in hooks)
        hooks_of_save = (description.pre_save, description.pre_save_errp, description.post_save)
        return bool(description.subsections) or any(hook is not None for hook in hooks_of_save)


def _is_numbers(field: Field) -> bool:
    """Whether it is an array of numbers whose count the state holds."""
    allowed = VARRAY | VMS.POINTER | VMS.ALLOC | VMS.MULTIPLY_ELEMENTS
    if field.flags & ~allowed or not field.flags & VARRAY or field.is_struct:
        return False
    if field.is_allocated and field.make is not None:
        return False
    return (
        kind_of(field.codec) in (Kind.NUMBER, Kind.BOOLEAN)
        and field.start >= 0
        and not field.columns
        and not field.whole
    )


def _is_single(field: Field) -> bool:
    """Whether it is one value that a codec reads and writes."""
    allowed = VMS.SINGLE | VMS.POINTER | VMS.BUFFER | VMS.MUST_EXIST
    if field.flags & ~allowed or field.codec is None or field.is_struct:
        return False
    return field.has_value or field.whole
