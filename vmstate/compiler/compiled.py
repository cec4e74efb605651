"""Compiled: a description as Python functions that save and load its states."""

from __future__ import annotations

from errno import EINVAL

from vmstate.compiler.code import LoadCode, SaveCode, Trace
from vmstate.compiler.engine import CompiledLoader, CompiledSaver
from vmstate.compiler.plan import accepts
from vmstate.compiler.program import program_of
from vmstate.compiler.trace import Later, Pending
from vmstate.cursor import Reader
from vmstate.description import VMStateDescription
from vmstate.errors import StreamError
from vmstate.interpreter import left_over, load, save
from vmstate.nesting import is_deep, room_for
from vmstate.release import LATEST, Release
from vmstate.saved import Saved


class Compiled:
    """The compiler as a codec: equal to the interpreter, and faster.

    Functions are written when they are first needed, one for each set of fields that a
    version has, and shared by all that are made of the same description object.  They
    read each value of a state once while all is well; what is not is read again to say why.

    Args:
        description: what the states are made of.
        release: by whose rules.
    """

    def __init__(self, description: VMStateDescription, release: Release = LATEST) -> None:
        self.description = description
        self.release = release
        self._program = program_of(description, release)
        self._is_deep = is_deep(description.depth)
        self._layouts: dict[int, Later] = {}
        self._saves: dict[int, SaveCode] = {}
        self._loads: dict[int, LoadCode] = {}

    @property
    def source(self) -> str:
        """The functions that save and load the description's own version, as Python text."""
        version_id = self.description.version_id
        saving, loading = self._saving(version_id), self._loading(version_id)
        return f"{saving.source}\n\n{loading.source}"

    def save(self, state: object, *, version_id: int | None = None) -> Saved:
        """Save *state*; see :func:`vmstate.save`."""
        version = self.description.version_id if version_id is None else version_id
        code = self._saves.get(version)
        if code is None:
            if self.description.unmigratable:
                return save(self.description, state, version_id=version, release=self.release)
            code = self._saving(version)
        if self._is_deep:
            with room_for(self.description.depth):
                return self._save(code, state, version)
        return self._save(code, state, version)

    def _save(self, code: SaveCode, state: object, version_id: int) -> Saved:
        out = bytearray()
        if not code.needs_engine:
            trace = code.run(None, out, state, version_id)
            later = self._layouts.get(version_id) if code.is_static else None
            if later is None:
                later = self._later(code, version_id, trace)
            return Saved(bytes(out), later, self.release)
        saver = CompiledSaver(out, self._program)
        trace = code.run(saver, out, state, version_id)
        later = self._later(code, version_id, trace)
        return Saved(bytes(out), later, self.release, tuple(saver.writer.descriptors or ()))

    def _later(self, code: SaveCode, version_id: int, trace: Trace) -> Later:
        later = Later(self._program.layout, Pending(code.plan, version_id, 0, trace))
        if code.is_static:
            self._layouts[version_id] = later
        return later

    def load(self, state: object, data: bytes | Reader, version_id: int) -> None:
        """Load *state*; see :func:`vmstate.load`."""
        code = self._loads.get(version_id)
        if code is None:
            if self.description.unmigratable or not accepts(self.description, version_id):
                load(self.description, state, data, version_id, release=self.release)
                return
            code = self._loading(version_id)
        try:
            if self._is_deep:
                with room_for(self.description.depth):
                    rest = self._load(code, state, data, version_id)
            else:
                rest = self._load(code, state, data, version_id)
        except StreamError as err:
            if not self.release.keeps_codec_errors:
                err.number = EINVAL
            raise
        if rest is not None:
            raise left_over(self.description, rest)

    def _load(
        self, code: LoadCode, state: object, data: bytes | Reader, version_id: int
    ) -> Reader | None:
        """Load *state*; return a cursor on what is left over, if nothing may be."""
        if type(data) is bytes and not code.needs_engine:
            end = code.run(None, data, 0, state, version_id)
            return Reader(data, end) if end < len(data) else None
        reader = data if isinstance(data, Reader) else Reader(data)
        view = data if type(data) is bytes else reader.data
        loader = CompiledLoader(reader, view, self._program)
        reader.offset = code.run(loader, view, reader.offset, state, version_id)
        return reader if reader is not data and reader.remaining else None

    def _saving(self, version_id: int) -> SaveCode:
        with room_for(self.description.depth):
            code = self._saves[version_id] = self._program.saving(self.description, version_id)
        return code

    def _loading(self, version_id: int) -> LoadCode:
        with room_for(self.description.depth):
            code = self._loads[version_id] = self._program.loading(self.description, version_id)
        return code
