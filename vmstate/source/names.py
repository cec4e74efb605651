"""Names: how source refers to what is defined elsewhere, and the imports that it takes.

Whatever is written by name must be found under that name: functions, classes and constants
at the top of a module that can be imported.  A lambda, a function inside another one and
what a script defines can't.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from types import ModuleType

import vmstate.info
import vmstate.info.devices
from vmstate.errors import SourceError

#: Modules whose constants are looked for by identity, the preferred first.
_CONSTANTS = (vmstate.info, vmstate.info.devices)

_DIGITS = re.compile(r"(\d+)")


class Names:
    """The names of one source text; collects its imports."""

    def __init__(self) -> None:
        self._taken: set[str] = set()
        self._imports: dict[tuple[str, str], str] = {}

    def new(self, name: str) -> str:
        """Return *name*, with a number behind it if it is taken, and take it."""
        number, found = 1, name
        while found in self._taken:
            number += 1
            found = f"{name}_{number}"
        self._taken.add(found)
        return found

    def imported(self, module: str, path: str) -> str:
        """Return how source refers to *path* (``f``, ``Class.f``) of *module*."""
        first, _, rest = path.partition(".")
        if module == "builtins":
            return path
        if (module, first) not in self._imports:
            self._imports[module, first] = self.new(first)
        name = self._imports[module, first]
        return f"{name}.{rest}" if rest else name

    def of(self, value: object, path: str) -> str:
        """Return how source refers to *value*, a function, class or constant.

        Raises:
            SourceError: nothing can be imported under whose name it is found.
        """
        named = getattr(value, "__qualname__", None)
        if isinstance(named, str) and not isinstance(value, ModuleType):
            return self.imported(*_place_of(value, named, path))
        constant = constant_of(value)
        if constant is None:
            raise SourceError(
                path,
                value,
                f"it is no constant of a module: give it a name at the top of "
                f"{type(value).__module__}",
            )
        return self.imported(*constant)

    def imports(self) -> Iterator[str]:
        """Yield the lines that import all that was referred to, sorted, Python's own first."""
        modules: dict[str, list[str]] = {}
        for (module, first), name in self._imports.items():
            modules.setdefault(module, []).append(first if first == name else f"{first} as {name}")
        own: list[str] = []
        others: list[str] = []
        for module in sorted(modules):
            is_own = module.partition(".")[0] in sys.stdlib_module_names
            (own if is_own else others).append(_import(module, modules[module]))
        yield from own
        if own and others:
            yield ""
        yield from others


def constant_of(value: object) -> tuple[str, str] | None:
    """Return the module and the name of a constant that *value* is; None if it is none."""
    home = sys.modules.get(type(value).__module__)
    for module in (*_CONSTANTS, home):
        if module is None or module.__name__ in {"builtins", "__main__"}:
            continue
        for name, held in vars(module).items():
            if held is value and not name.startswith("_"):
                return module.__name__, name
    return None


def _place_of(value: object, qualname: str, path: str) -> tuple[str, str]:
    module = str(getattr(value, "__module__", ""))
    if "<lambda>" in qualname:
        raise SourceError(path, value, "a lambda has no name: write a function in its stead")
    if "<locals>" in qualname:
        raise SourceError(
            path, value, "it is made inside a function: define it at the top of a module"
        )
    if module == "__main__":
        raise SourceError(path, value, "a script can't be imported: define it in a module")
    found: object = sys.modules.get(module)
    for step in qualname.split("."):
        found = getattr(found, step, None)
    # Methods are made anew whenever they are asked for.
    if found is not value and (found != value or not callable(found)):
        raise SourceError(path, value, f"{module}.{qualname} is something else")
    return module, qualname


def _import(module: str, names: list[str]) -> str:
    # Constants first, then classes, then functions, as import sorters have it.
    ordered = sorted(names, key=_sorting)
    line = f"from {module} import {', '.join(ordered)}"
    if len(line) <= 100:
        return line
    return "\n".join([f"from {module} import (", *(f"    {name}," for name in ordered), ")"])


def _sorting(imported: str) -> tuple[int, list[str | int], str]:
    name = imported.partition(" ")[0]
    rank = 0 if name.isupper() and len(name) > 1 else 1 if name[0].isupper() else 2
    # Numbers inside of names count as such: UINT8 before UINT16.
    pieces = [int(piece) if piece.isdigit() else piece for piece in _DIGITS.split(name)]
    return rank, pieces, imported
