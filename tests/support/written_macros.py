"""Which macro wrote which field: read from the source of descriptions.

A field by itself does not know its macro.  The n-th field of a description is what the
n-th call in its source made, so the two are laid side by side.
"""

from __future__ import annotations

import ast
from dataclasses import replace
from pathlib import Path
from types import ModuleType

from vmstate.description import Field, VMStateDescription

#: The fields that are known, with their macros; kept so that no identity comes twice.
_WRITTEN: dict[int, tuple[Field, str]] = {}


def read_macros(module: ModuleType) -> None:
    """Learn the macros of all fields of the descriptions that *module* defines by name.

    Raises:
        AssertionError: the fields of one are not what its source says.
    """
    assert module.__file__
    for node in ast.parse(Path(module.__file__).read_text("utf-8")).body:
        if not isinstance(node, ast.Assign) or not isinstance(node.value, ast.Call):
            continue
        description = getattr(module, ast.unparse(node.targets[0]), None)
        fields = next((one.value for one in node.value.keywords if one.arg == "fields"), None)
        if isinstance(description, VMStateDescription) and isinstance(fields, ast.Tuple):
            for field, macro in zip(
                description.fields, _macros(fields, len(description.fields)), strict=True
            ):
                if macro.startswith("VMSTATE_"):
                    _WRITTEN[id(field)] = (field, macro)


def _macros(fields: ast.Tuple, count: int) -> list[str]:
    """Return the macro of each of *count* fields; one macro may stand for the surplus."""
    found: list[str] = []
    surplus = count - len(fields.elts) + 1
    for element in fields.elts:
        call = element.value if isinstance(element, ast.Starred) else element
        assert isinstance(call, ast.Call), ast.unparse(element)
        name = ast.unparse(call.func).rpartition(".")[2]
        found += [name] * (surplus if isinstance(element, ast.Starred) else 1)
    return found


def macro_of(field: Field) -> str | None:
    """Return the macro that wrote *field*; None where its source was not read."""
    written = _WRITTEN.get(id(field))
    return written[1] if written else None


def copied(field: Field, **changes: object) -> Field:
    """Return *field* with *changes*, still known by its macro."""
    copy = replace(field, **changes)
    macro = macro_of(field)
    if macro is not None:
        _WRITTEN[id(copy)] = (copy, macro)
    return copy


def written() -> frozenset[str]:
    """Return the names of all macros that are known to have written a field."""
    return frozenset(name for _, name in _WRITTEN.values())
