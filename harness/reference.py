"""The reference of all macros as Markdown, made of the macros themselves and their docstrings.

Each macro is called once with samples, so that the table shows what it makes; what goes over
the wire and where the macro is from stands in its docstring.  Knows no files.
"""

from __future__ import annotations

import importlib
import inspect
import pkgutil
from collections.abc import Callable, Iterator
from types import FunctionType, ModuleType
from typing import Any, NamedTuple

from vmstate import Field, VMStateDescription, macros
from vmstate.cursor import Reader, Writer
from vmstate.macros import devices

#: Stands for the version that a caller gives: no macro has it of its own.
_VERSION = 1000
#: Where macros of families of scalars are made.
_MADE_IN = "vmstate.macros.scalar"
_HEAD = """\
# All `VMSTATE_*` macros

Made by `vmstate macros` from the macros and their docstrings; a test holds it equal to them.

Parameters are in QEMU's order: `f` is the path of the value in the state, C's member; the
type of the state and the types of members are left out. `type_` and the like are functions
that make what loading needs. What C takes from the size of a member is a parameter `size`.
Integers on the wire are big-endian. *exists* says when a field is there: a test decides
alone, whatever the version. *releases* begins with 7.2, the oldest that was looked at.

Macros of the core are imported from `vmstate.macros`. Beside them is the constant
`VMSTATE_INSTANCE_ID_ANY`, {any}, for which QEMU chooses an instance number. Macros that QEMU
defines beside its devices are imported from the module that is named above each table,
since some names stand for different bytes in different families. `VMSTATE_IF` and
`VMSTATE_IF_H`, which QEMU has too, are an object's cast and a header's guard: no fields.
"""
_COLUMNS = ("macro", "flags", "codec", "exists", "wire", "releases")


class Row(NamedTuple):
    """One macro of the table.

    Attributes:
        module: where it is imported from.
        name: in C.
        call: the macro with its parameters; those that have to be named behind a star.
        what: first sentence of its docstring.
        flags: of the fields that it makes, QEMU's names without ``VMS_``.
        codec: names of their codecs, or of the descriptions inside them.
        exists: when they are there.
        wire: their bytes.
        releases: the releases that have it.
    """

    module: str
    name: str
    call: str
    what: str
    flags: str
    codec: str
    exists: str
    wire: str
    releases: str


class _Given:
    """A codec that the caller gives."""

    name = "*info*"

    def load(self, reader: Reader, current: object, size: int) -> object:  # noqa: ARG002 (protocol)
        """Return what is there: no sample is ever loaded."""
        return current

    def save(self, writer: Writer, value: object, size: int) -> None:
        """Write nothing: no sample is ever saved."""


def _decide(state: object, version_id: int) -> bool:  # noqa: ARG001 (a test's parameters)
    """Stand for the test that a caller gives."""
    return True


_VMSD = VMStateDescription(name="*vmsd*", version_id=_VERSION)
#: What a macro is called with, by the type of its parameter.
_SAMPLES: dict[str, object] = {
    "str": "f",
    "int": 1,
    "Info": _Given(),
    "Factory": object,
    "FieldTest": _decide,
    "FieldTest | None": _decide,
    "VMStateDescription": _VMSD,
    "tuple[VMStateDescription, VMStateDescription]": (_VMSD, _VMSD),
}


def reference() -> str:
    """Return the whole reference as Markdown."""
    parts = [_HEAD.format(any=macros.VMSTATE_INSTANCE_ID_ANY)]
    for package, title in ((macros, "The core"), (devices, "Devices")):
        parts.append(f"\n## {title}\n")
        for module in _modules(package):
            rows = list(rows_of(module))
            if rows:
                parts.append(_section(module, rows, is_named=package is devices))
    return "".join(parts)


def all_rows() -> list[Row]:
    """Return a row for each macro: those of the core, then those of devices."""
    return [
        row
        for package in (macros, devices)
        for module in _modules(package)
        for row in rows_of(module)
    ]


def rows_of(module: ModuleType) -> Iterator[Row]:
    """Yield a row for each macro that *module* itself defines, in its order."""
    is_core = not module.__name__.startswith(f"{devices.__name__}.")
    for name, macro in vars(module).items():
        if not name.startswith("VMSTATE_") or not isinstance(macro, FunctionType):
            continue
        is_borrowed = not is_core and getattr(macros, name, None) is macro
        if macro.__module__ in (module.__name__, _MADE_IN) and not is_borrowed:
            yield _row(macro, macros.__name__ if is_core else module.__name__)


def _modules(package: ModuleType) -> Iterator[ModuleType]:
    for found in pkgutil.iter_modules(package.__path__):
        if not found.ispkg:
            yield importlib.import_module(f"{package.__name__}.{found.name}")


def _section(module: ModuleType, rows: list[Row], *, is_named: bool) -> str:
    sentence = _markdown(module).partition("\n\n")[0].replace("\n", " ")
    title = module.__name__.rpartition(".")[2].replace("_", " ")
    place = f"`{module.__name__}`: " if is_named else ""
    lines = [
        f"\n### {title}\n",
        f"{place}{sentence[:1].lower() + sentence[1:] if place else sentence}\n",
        f"| {' | '.join(_COLUMNS)} |",
        f"|{' --- |' * len(_COLUMNS)}",
    ]
    lines += [_line(row) for row in rows]
    return "\n".join(lines) + "\n"


def _line(row: Row) -> str:
    cells = (
        f"`{row.call}`<br>{row.what}",
        row.flags,
        row.codec,
        row.exists,
        row.wire,
        row.releases,
    )
    return f"| {' | '.join(cells)} |"


def _row(macro: FunctionType, module: str) -> Row:
    parameters = inspect.signature(macro).parameters.values()
    needed = [one for one in parameters if one.default is one.empty]
    made = macro(*(_sample(one) for one in needed))
    fields = (made,) if isinstance(made, Field) else made
    what, parts = _docstring(macro)
    if isinstance(fields, VMStateDescription):
        flags, codec, exists = "-", f"description `{fields.name}`", "-"
    else:
        version = next((one.name for one in needed if _sample(one) == _VERSION), "")
        flags, codec, exists = (
            "; ".join(dict.fromkeys(told(field) for field in fields))
            for told in (_flags, _codec, lambda field: _exists(field, version))
        )
    return Row(
        module=module,
        name=macro.__name__,
        call=f"{macro.__name__}({', '.join(_parameters(parameters))})",
        what=what,
        flags=flags,
        codec=codec,
        exists=exists,
        wire=parts["Wire"].rstrip("."),
        releases=_releases(parts["Source"].rstrip(".")),
    )


def _sample(parameter: inspect.Parameter) -> object:
    if parameter.name in ("v", "version"):
        return _VERSION
    return _SAMPLES[parameter.annotation]


def _parameters(parameters: Any) -> Iterator[str]:  # noqa: ANN401 (a view of a mapping)
    star = False
    for parameter in parameters:
        if parameter.kind is parameter.KEYWORD_ONLY and not star:
            star = True
            yield "*"
        yield parameter.name


def _flags(field: Field) -> str:
    return " ".join(flag.name or "" for flag in field.flags) or "-"


def _codec(field: Field) -> str:
    inner = [vmsd.name for vmsd in (field.vmsd, field.key_vmsd) if vmsd is not None]
    inner = [name if name.startswith("*") else f"`{name}`" for name in dict.fromkeys(inner)]
    if field.info is None:
        return " ".join(inner) or "-"
    name = field.info.name
    name = name if name.startswith("*") else f"`{name}`"
    return f"{name} of {' and '.join(inner)}" if inner else name


def _exists(field: Field, version: str) -> str:
    if field.is_end:
        return "-"
    if field.version_id == _VERSION:
        told = f"from *{version}* on"
    else:
        told = f"from version {field.version_id} on" if field.version_id else "always"
    if field.field_exists is None:
        return told
    return f"test; without one {told}" if field.version_id == _VERSION else "test"


def _docstring(macro: Callable[..., object]) -> tuple[str, dict[str, str]]:
    """Return a docstring's first sentence, and its parts ``Wire`` and ``Source`` by name."""
    text = _markdown(macro)
    what, _, rest = text.partition("\n\n")
    wire, _, source = rest.rpartition("Wire: ")[2].partition("\nSource: ")
    return what, {"Wire": " ".join(wire.split()), "Source": " ".join(source.split())}


def _markdown(documented: object) -> str:
    """Return a docstring with code in single quotes, as Markdown has it."""
    return (inspect.getdoc(documented) or "").replace("``", "`")


def _releases(source: str) -> str:
    _, _, told = source.rpartition(", ")
    word, _, release = told.partition(" ")
    return {"since": f"{release}", "until": f"7.2 to {release}", "after": "after 7.2"}.get(
        word, "7.2"
    )
