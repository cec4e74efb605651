"""Macros: the ``VMSTATE_*`` call that gives exactly a field, if there is one.

Every macro is tried, by the names of its parameters: with what the field holds for each, its
call must give the field, no more and no less.  So no macro is known by name here, and none
can be written that would not read back.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache
from itertools import product
from typing import Any

import vmstate.macros
import vmstate.macros.devices
from vmstate.description import Field, VMStateDescription
from vmstate.errors import VMStateError
from vmstate.flags import VMS
from vmstate.info import UINT8, Buffer
from vmstate.source.names import constant_of

Macro = Callable[..., Any]
#: What a macro says to arguments that it can't be meant for.
_REFUSALS = (ArithmeticError, AttributeError, TypeError, ValueError, VMStateError)


def _row_count(field: Field) -> int:
    return field.num // field.columns if field.columns else 0


def _buffer_start(field: Field) -> int:
    return field.info.start if isinstance(field.info, Buffer) else 0


#: What a field holds for a parameter, by the parameter's name; several where names are shared.
_ARGUMENTS: dict[str, tuple[Callable[[Field], object], ...]] = {
    "f": (lambda field: field.name,),
    "name": (lambda field: field.name,),
    "v": (lambda field: field.version_id,),
    "version": (lambda field: field.version_id,),
    "t": (lambda field: field.field_exists,),
    "test": (lambda field: field.field_exists,),
    "info": (lambda field: field.info,),
    "vmsd": (lambda field: field.vmsd, lambda field: (field.vmsd, field.key_vmsd)),
    "struct_version": (lambda field: field.struct_version_id,),
    "n": (lambda field: field.num,),
    "num": (lambda field: field.num,),
    "n1": (_row_count,),
    "n2": (lambda field: field.columns,),
    "start": (lambda field: field.start, _buffer_start),
    "multiply": (lambda field: field.num, lambda field: field.size),
    "size": (
        lambda field: field.size,
        lambda field: field.size_field,
        lambda field: field.size + _buffer_start(field),
    ),
    "field_num": (lambda field: field.num_field,),
    "field_size": (lambda field: field.size_field,),
    "type_": (lambda field: field.make,),
    "tmp_type": (lambda field: field.make,),
    "val_type": (lambda field: field.make,),
    "key_type": (lambda field: field.make_key,),
}

_DEVICES = vmstate.macros.devices.__name__
_EMPTY = VMStateDescription(name="sample")
#: A field with something for every parameter.
_SAMPLE = Field(
    name="sample",
    info=UINT8,
    vmsd=_EMPTY,
    size_field="size",
    num=1,
    columns=1,
    num_field="count",
    make=dict,
    key_vmsd=_EMPTY,
    make_key=dict,
)


@dataclass(frozen=True, slots=True)
class MacroCall:
    """A call that gives a field.

    Attributes:
        module: where the macro is imported from.
        name: the macro.
        arguments: what it is called with.
    """

    module: str
    name: str
    arguments: tuple[object, ...]


@dataclass(frozen=True, slots=True)
class KnownMacro:
    """A macro that fields are compared with.

    Attributes:
        module: where it is imported from.
        name: its name.
        macro: the macro.
        parameters: what each of its arguments is, a key of the table above.
    """

    module: str
    name: str
    macro: Macro
    parameters: tuple[str, ...]

    def call(self, field: Field) -> MacroCall | None:
        """Return the call that gives *field*; None if none does."""
        for arguments in self.arguments(field):
            if self.given(arguments) == field and self._says_something(field):
                return MacroCall(self.module, self.name, arguments)
        return None

    def arguments(self, field: Field) -> Iterator[tuple[object, ...]]:
        """Yield all that the macro may have been called with to give *field*."""
        yield from product(*([get(field) for get in _ARGUMENTS[name]] for name in self.parameters))

    def given(self, arguments: tuple[object, ...]) -> object:
        """Return what a call gives; None where it refuses."""
        try:
            return self.macro(*arguments)
        except _REFUSALS:
            return None

    def _says_something(self, field: Field) -> bool:
        """Whether a device's macro stands for more than its size or its type.

        ``VMSTATE_MACADDR`` gives six raw bytes, but few of those are such addresses.
        """
        if not self.module.startswith(_DEVICES):
            return True
        if field.vmsd is not None:
            return "vmsd" not in self.parameters
        place = constant_of(field.info)
        return place is not None and place[0] == vmstate.info.devices.__name__


def call_of(field: Field) -> MacroCall | None:
    """Return the shortest call of a macro that gives *field*; None if none does."""
    for known in known_macros().get(field.flags, ()):
        if (call := known.call(field)) is not None:
            return call
    return None


@cache
def known_macros() -> dict[VMS, tuple[KnownMacro, ...]]:
    """Return all macros that give one field, by its flags; what is preferred comes first.

    Those with the fewest arguments are, then those of all devices, then those that say more
    in their names (``UINT8`` before ``U8``).
    """
    found: dict[VMS, list[KnownMacro]] = {}
    for known in _all():
        for arguments in known.arguments(_SAMPLE):
            sample = known.given(arguments)
            if isinstance(sample, Field):
                found.setdefault(sample.flags, []).append(known)
                break
    return {flags: tuple(sorted(macros, key=_preference)) for flags, macros in found.items()}


def _preference(known: KnownMacro) -> tuple[int, bool, int, str]:
    is_device = known.module.startswith(_DEVICES)
    return len(known.parameters), is_device, -len(known.name), known.name


def _all() -> Iterator[KnownMacro]:
    core = vars(vmstate.macros)
    yield from _of_module(vmstate.macros.__name__, core)
    for info in pkgutil.iter_modules(vmstate.macros.devices.__path__, f"{_DEVICES}."):
        module = vars(importlib.import_module(info.name))
        own = {name: macro for name, macro in module.items() if core.get(name) is not macro}
        yield from _of_module(info.name, own)


def _of_module(module: str, names: Mapping[str, object]) -> Iterator[KnownMacro]:
    for name, macro in names.items():
        if name.startswith("VMSTATE_") and inspect.isfunction(macro):
            first, *others = inspect.signature(macro).parameters or [""]
            # Device macros call the field by what it is: its name comes first nonetheless.
            first = first if first in _ARGUMENTS or not first else "f"
            parameters = tuple(filter(None, (first, *others)))
            if all(parameter in _ARGUMENTS for parameter in parameters):
                yield KnownMacro(module, name, macro, parameters)
