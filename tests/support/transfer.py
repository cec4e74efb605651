"""Transfers: what a load leaves in its destination, worked out without bytes.

Values are carried from the state that was saved to the one that it is loaded into, place
by place in wire order, and the bytes that each takes are counted.  Where they end too
early the transfer stops: what came before is there, what comes after is untouched.

Source: the same rules that the engines follow, written once more on purpose; QEMU 11.1
migration/vmstate.c and migration/vmstate-types.c.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from harness.strategies.values import values_of
from vmstate import VMS, Field, Saved, Span, VMStateDescription
from vmstate.paths import get_path, set_path


class EndedError(Exception):
    """The bytes end before what is being read does."""


class Ration:
    """The bytes that are there, used up from the front.

    Args:
        spans: where the leaf fields stand; each must begin where the transfer expects it.
        size: bytes that are there.
    """

    def __init__(self, spans: Sequence[Span], size: int) -> None:
        self._spans = list(spans)
        self.size = size
        self.offset = 0

    @property
    def left(self) -> int:
        return self.size - self.offset

    def leaf(self, type_: str) -> None:
        """Use up the next leaf field, which is of *type_*."""
        span = self._spans.pop(0)
        assert (span.offset, span.type) == (self.offset, type_), "a span is not where it should be"
        self.frame(span.size)

    def frame(self, size: int) -> None:
        """Use up *size* bytes."""
        if size > self.left:
            raise EndedError
        self.offset += size

    @property
    def is_used_up(self) -> bool:
        return not self._spans and not self.left


def transfer(
    description: VMStateDescription, source: Any, destination: Any, saved: Saved, size: int
) -> bool:
    """Change *destination* as loading the first *size* bytes of *saved* does.

    *source* is the state that was saved.  Returns whether the bytes sufficed, in which
    case all have been used.
    """
    ration = Ration(saved.spans, size)
    carrier = _Carrier(ration, saved.release.marker_type)
    try:
        carrier.state(description, source, destination, saved.layout.version_id)
    except EndedError:
        return False
    assert ration.is_used_up, "more was saved than a load takes"
    return True


class _Carrier:
    def __init__(self, ration: Ration, marker_type: str) -> None:
        self._ration, self._marker_type = ration, marker_type

    def state(self, description: VMStateDescription, source: Any, destination: Any, version: int):
        _run(description.pre_load_errp or description.pre_load, destination)
        for field in description.fields:
            if field.exists(source, version):
                self._field(field, source, destination)
        for subsection in description.subsections:
            if subsection.is_needed(source):
                self._ration.frame(1 + 1 + len(subsection.name) + 4)
                self.state(subsection, source, destination, subsection.version_id)
        _run(description.post_load_errp or description.post_load, destination, version)

    def _field(self, field: Field, source: Any, destination: Any) -> None:
        if field.container is not None:
            self._container(field, source, destination)
            return
        if field.is_allocated and field.has_value:
            self._allocate(field, source, destination)
        size = field.element_size(source)
        if not field.is_array:
            if field.whole or not field.has_value:
                self._leaf(field, source, destination, size)
                return
            value, current = get_path(source, field.name), get_path(destination, field.name)
            if field.flags & VMS.VBUFFER and size == 0:
                self._ration.leaf(field.codec.name)
            else:
                new = self._element(field, value, current, size)
                set_path(destination, field.name, new)
            return
        for number in range(field.count(source)):
            self._item(field, number, source, destination, size)

    def _item(self, field: Field, number: int, source: Any, destination: Any, size: int) -> None:
        if not field.has_value:
            if size:
                self._leaf(field, None, None, size)
            return
        row, index = get_path(source, field.name), field.start + number
        there = get_path(destination, field.name)
        if field.columns:
            row, there = row[number // field.columns], there[number // field.columns]
            index = number % field.columns
        if field.is_pointer_array:
            if row[index] is None:
                self._ration.leaf(self._marker_type)
                return
            if field.has_markers:
                self._ration.frame(1)
                there[index] = field.make()
        elif there[index] is None and field.make is not None:
            there[index] = field.make()
        current = there[index]
        if current is None and field.codec is not None:
            # Of an array that has just been allocated.
            current = values_of(field.codec).zero(size)
        there[index] = self._element(field, row[index], current, size)

    def _element(self, field: Field, value: Any, current: Any, size: int) -> Any:
        if field.is_struct:
            self.state(field.vmsd, value, current, field.struct_version())
            return current
        return self._leaf(field, value, current, size)

    def _leaf(self, field: Field, value: Any, current: Any, size: int) -> Any:
        self._ration.leaf(field.codec.name)
        if not field.has_value and not field.whole:
            return current
        return values_of(field.codec).loaded(value, current, size)

    def _allocate(self, field: Field, source: Any, destination: Any) -> None:
        length = field.count(source) if field.is_array else field.element_size(source)
        if length > self._ration.left:
            raise EndedError
        if field.is_array and length:
            set_path(destination, field.name, [None] * length)
        elif not field.is_array and field.is_struct:
            set_path(destination, field.name, field.make())
        elif not field.is_array and length:
            set_path(destination, field.name, bytearray(length))

    def _container(self, field: Field, source: Any, destination: Any) -> None:
        name = field.container.name
        if name == "tmp":
            sent, made = field.make(), field.make()
            sent.parent, made.parent = source, destination
            _run(field.vmsd.pre_save_errp or field.vmsd.pre_save, sent)
            self.state(field.vmsd, sent, made, field.version_id)
            return
        value, current = get_path(source, field.name), get_path(destination, field.name)
        if name == "gtree":
            self._tree(field, value, current)
            return
        index = 0 if name == "qlist" else len(current)
        for element in value:
            self._ration.frame(1)
            made = field.make()
            self.state(field.vmsd, element, made, field.version_id)
            current.insert(index, made)
            index += 1
        self._ration.frame(1)

    def _tree(self, field: Field, value: dict[Any, Any], current: dict[Any, Any]) -> None:
        self._ration.frame(4)
        for key in sorted(value):
            self._ration.frame(1)
            made_key = key
            if field.key_vmsd is None:
                self._ration.frame(8)
            else:
                made_key = field.make_key()
                self.state(field.key_vmsd, key, made_key, field.version_id)
            made = field.make()
            self.state(field.vmsd, value[key], made, field.version_id)
            current[made_key] = made
        self._ration.frame(1)


def _run(hook: Any, *arguments: Any) -> None:
    if hook is not None:
        hook(*arguments)


def plain(value: Any) -> Any:
    """Return *value* as a tree of plain values that can be compared, whatever its classes."""
    if isinstance(value, list):
        return [plain(one) for one in value], plain(getattr(value, "__dict__", {}))
    if isinstance(value, tuple):
        return tuple(plain(one) for one in value)
    if isinstance(value, dict):
        return {key: plain(one) for key, one in value.items()}
    if isinstance(value, bytearray):
        return bytes(value)
    if hasattr(value, "__dict__"):
        return {name: plain(one) for name, one in vars(value).items()}
    if hasattr(value, "__slots__"):
        return {name: plain(getattr(value, name)) for name in value.__slots__}
    return value
