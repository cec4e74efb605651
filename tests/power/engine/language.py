"""The language loaded anew under another name, with mistakes planted in its source.

The modules are those of ``vmstate``, read from their files; a mistake is an edit of one of
them.  What is loaded lives beside the real package and goes when the block ends.
"""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import re
import sys
import tomllib
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from types import ModuleType, SimpleNamespace

import vmstate

SOURCE = Path(vmstate.__file__).parent
#: What the package is called where mistakes are planted.
NAME = "planted"
_IMPORT = re.compile(rf"^(from|import) {vmstate.__name__}\b", re.MULTILINE)


@dataclass(frozen=True)
class Mistake:
    """A mistake that somebody could make in the engine.

    Attributes:
        name: what is wrong, in words.
        module: the file, from the package's folder.
        edits: each text that is replaced, which must stand there once, and by what.
    """

    name: str
    module: str
    edits: tuple[tuple[str, str], ...]

    def planted_in(self, text):
        """Return *text* with the mistake in it."""
        for old, new in self.edits:
            assert text.count(old) == 1, f"{self.name}: {self.module} has {text.count(old)}: {old}"
            text = text.replace(old, new)
        return text


def mistakes():
    """Return the mistakes that are written down beside this module."""
    rows = tomllib.loads(Path(__file__).with_name("mistakes.toml").read_text("utf-8"))["mistake"]
    return [
        Mistake(
            row["name"],
            row["module"],
            tuple((edit["old"], edit["new"]) for edit in row.get("edit", [row])),
        )
        for row in rows
    ]


@cache
def read(path):
    """Return the source of a module, whose imports lead to its renamed siblings."""
    return _IMPORT.sub(rf"\1 {NAME}", path.read_text("utf-8"))


@cache
def compiled(path):
    return compile(read(path), str(path), "exec", dont_inherit=True)


class Finder(importlib.abc.MetaPathFinder, importlib.abc.Loader):
    """Finds the modules of the renamed package, one of them with a mistake."""

    def __init__(self, mistake):
        self.mistake = mistake

    def find_spec(self, fullname, path=None, target=None):
        package, _, rest = fullname.partition(".")
        if package != NAME:
            return None
        place = SOURCE.joinpath(*rest.split("."))
        is_package = place.is_dir()
        file = place / "__init__.py" if is_package else place.with_suffix(".py")
        return importlib.util.spec_from_file_location(
            fullname, file, loader=self, submodule_search_locations=[] if is_package else None
        )

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        path = Path(module.__spec__.origin)
        if self.mistake is not None and path == SOURCE / self.mistake.module:
            code = compile(self.mistake.planted_in(read(path)), str(path), "exec")
        else:
            code = compiled(path)
        exec(code, module.__dict__)


@contextmanager
def language(mistake=None):
    """Give the names of the language, loaded with *mistake* in it."""
    finder = Finder(mistake)
    around = _taken_out()
    package = ModuleType(NAME)
    package.__path__ = []
    # Only what is asked for is loaded, not all that the real package names.
    sys.modules[NAME] = package
    sys.meta_path.insert(0, finder)
    try:
        names = {}
        for module in ("errors", "flags", "release", "cursor", "description", "info", "sections"):
            names |= vars(importlib.import_module(f"{NAME}.{module}"))
        names |= vars(importlib.import_module(f"{NAME}.interpreter"))
        yield SimpleNamespace(**names)
    finally:
        sys.meta_path.remove(finder)
        _taken_out()
        sys.modules.update(around)


def _taken_out():
    """Take the modules of the renamed package out of the system's; return them."""
    names = [name for name in sys.modules if name.partition(".")[0] == NAME]
    return {name: sys.modules.pop(name) for name in names}
