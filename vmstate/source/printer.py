"""The printer: descriptions, fields and whatever is in them, turned into code.

Owns the order of constants and what is written of each value.  How code is laid out, how
things are named and which macro fits is the business of the modules beside it.
"""

from __future__ import annotations

import enum
import re
from collections.abc import Iterable, Iterator
from dataclasses import MISSING, fields, is_dataclass

from vmstate.description import Field, VMStateDescription
from vmstate.source.code import Code, text
from vmstate.source.macros import MacroCall, call_of
from vmstate.source.names import Names, constant_of


def source_of(description: VMStateDescription) -> str:
    """Return the source text of a module that defines *description*, under its constant's name.

    Raises:
        SourceError: something in it has no name that could be written: a lambda, a function
            inside another, an object that is no constant of a module.
    """
    return _Printer().module(description)


def constant_name(description: VMStateDescription) -> str:
    """Return the name of the constant for *description*, e.g. ``I8254_STATE``.

    Where several descriptions of one text would have one name, it is the one's that comes
    first; the others have numbers behind it.  The outermost comes first.
    """
    name = re.sub(r"\W+", "_", description.name).strip("_").upper()
    return f"{'_' if name[:1].isdigit() else ''}{name or 'UNNAMED'}_STATE"


class _Printer:
    """Writes one text."""

    def __init__(self) -> None:
        self._names = Names()
        self._constants: dict[int, str] = {}
        self._equals: dict[str, list[VMStateDescription]] = {}
        self._calls: dict[int, MacroCall | None] = {}

    def module(self, outermost: VMStateDescription) -> str:
        """Return the text of a module that defines *outermost*."""
        self._constants[id(outermost)] = self._names.new(constant_name(outermost))
        self._equals[outermost.name] = [outermost]
        blocks = [
            "\n".join(self._description(vmsd).lines(f"{self._constants[id(vmsd)]} = "))
            for vmsd in self._in_order(outermost)
        ]
        imports = "\n".join(self._names.imports())
        return "\n\n".join([imports, *blocks]) + "\n"

    def _in_order(self, outermost: VMStateDescription) -> list[VMStateDescription]:
        """Return all descriptions that need a constant, each behind those it needs."""
        order: list[VMStateDescription] = []
        seen: set[int] = set()
        # A stack in the place of recursion: descriptions may be nested deep.
        stack = [(outermost, self._parts_of(outermost))]
        while stack:
            vmsd, parts = stack[-1]
            part = next(parts, None)
            if part is None:
                order.append(vmsd)
                stack.pop()
            elif id(part) not in seen:
                seen.add(id(part))
                if self._is_new(part):
                    stack.append((part, self._parts_of(part)))
        return order

    def _is_new(self, vmsd: VMStateDescription) -> bool:
        """Give *vmsd* its name; whether it needs a constant of its own."""
        equals = self._equals.setdefault(vmsd.name, [])
        for other in equals:
            if other == vmsd:
                self._constants[id(vmsd)] = self._constants[id(other)]
                return False
        equals.append(vmsd)
        self._constants[id(vmsd)] = self._names.new(constant_name(vmsd))
        return True

    def _parts_of(self, vmsd: VMStateDescription) -> Iterator[VMStateDescription]:
        for field in vmsd.fields:
            call = self._calls[id(field)] = call_of(field)
            values = _settings(field).values() if call is None else call.arguments
            yield from _descriptions_in(values)
        yield from vmsd.subsections

    def _description(self, vmsd: VMStateDescription) -> Code:
        written = {}
        for name, value in _settings(vmsd).items():
            path = f"{vmsd.name}.{name}"
            if name == "fields":
                written[name] = Code.sequence([self._field(field, vmsd) for field in vmsd.fields])
            else:
                written[name] = self._value(value, path)
        return Code.call(self._import(VMStateDescription), **written)

    def _field(self, field: Field, owner: VMStateDescription) -> Code:
        path = f"{owner.name}/{field.name}"
        call = self._calls[id(field)]
        if call is not None:
            name = self._names.imported(call.module, call.name)
            return Code.call(name, *(self._value(value, path) for value in call.arguments))
        written = {
            name: self._value(value, f"{path}.{name}") for name, value in _settings(field).items()
        }
        return Code.call(self._import(Field), **written)

    def _value(self, value: object, path: str) -> Code:
        """Return the code of anything that may be in a description."""
        if isinstance(value, VMStateDescription):
            return Code(self._constants[id(value)])
        if isinstance(value, enum.Enum):
            return Code(self._enumerated(value))
        if isinstance(value, str):
            return text(value)
        if value is None or isinstance(value, bool | int | float | bytes):
            return Code(repr(value))
        if isinstance(value, tuple):
            return Code.sequence([self._value(part, path) for part in value])
        if is_dataclass(value) and not isinstance(value, type) and constant_of(value) is None:
            kind = self._names.of(type(value), path)
            return Code.call(
                kind,
                **{
                    name: self._value(part, f"{path}.{name}")
                    for name, part in _settings(value).items()
                },
            )
        return Code(self._names.of(value, path))

    def _enumerated(self, value: enum.Enum) -> str:
        kind = self._import(type(value))
        members = list(value) if isinstance(value, enum.Flag) else [value]
        return " | ".join(f"{kind}.{member.name}" for member in members) or f"{kind}(0)"

    def _import(self, kind: type) -> str:
        module = "vmstate" if kind.__module__ in _PUBLIC else kind.__module__
        return self._names.imported(module, kind.__qualname__)


#: Modules whose names users import from ``vmstate`` itself.
_PUBLIC = frozenset({"vmstate.description", "vmstate.flags"})


def _settings(value: object) -> dict[str, object]:
    """Return what a dataclass was made with, where it is not the default."""
    found = {}
    for field in fields(value):  # type: ignore[arg-type]  # callers pass dataclasses only
        held = getattr(value, field.name)
        default = field.default
        if field.default_factory is not MISSING:
            default = field.default_factory()
        is_default = default is not MISSING and (held is default or held == default)
        if field.init and not is_default:
            found[field.name] = held
    return found


def _descriptions_in(values: Iterable[object]) -> Iterator[VMStateDescription]:
    for value in values:
        if isinstance(value, VMStateDescription):
            yield value
        elif isinstance(value, tuple):
            yield from _descriptions_in(value)
        elif is_dataclass(value) and not isinstance(value, type):
            yield from _descriptions_in(_settings(value).values())
