"""Compiled: a description as Python functions that save and load its states."""

from __future__ import annotations

from collections.abc import Callable
from errno import EINVAL

from vmstate.compiler.code import LoadCode, SaveCode
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
        self._version_id = description.version_id
        self._saves: dict[int, SaveCode] = {}
        #: The layouts of those whose bytes are always laid out alike.
        self._layouts: dict[int, Later] = {}
        #: What packs a state at once, and with which layout.
        self._packs: dict[int, tuple[Callable[[object], bytes | None], Later]] = {}
        self._loads: dict[int, LoadCode] = {}
        #: The functions of those that need nothing but the bytes and the state.
        self._plain_loads: dict[int, Callable[..., int]] = {}
        #: What unpacks a state at once, if it can.
        self._unpacks: dict[int, Callable[[object, bytes], bool]] = {}

    @property
    def source(self) -> str:
        """The functions that save and load the description's own version, as Python text."""
        description, version_id = self.description, self.description.version_id
        with room_for(description.depth):
            saving = self._program.saving(description, version_id)
            loading = self._program.loading(description, version_id)
        return f"{saving.source}\n\n{loading.source}"

    def save(self, state: object, *, version_id: int | None = None) -> Saved:
        """Save *state*; see :func:`vmstate.save`."""
        version = self._version_id if version_id is None else version_id
        short = self._packs.get(version)
        if short is not None:
            # The short way, on which each call would show.
            pack, layout = short
            data = pack(state)
            if data is not None:
                return Saved(data, layout, self.release)
        if self.description.unmigratable:
            return save(self.description, state, version_id=version, release=self.release)
        if self._is_deep:
            with room_for(self.description.depth):
                return self._save(state, version)
        return self._save(state, version)

    def _save(self, state: object, version_id: int) -> Saved:
        code = self._saves.get(version_id) or self._saving(version_id)
        out = bytearray()
        saver = CompiledSaver(out, self._program) if code.needs_engine else None
        trace = code.run(saver, out, state, version_id)
        descriptors = saver.writer.descriptors if saver is not None else None
        later = self._layouts.get(version_id)
        if later is None:
            later = Later(self._program.layout, Pending(code.plan, version_id, 0, trace))
        return Saved(bytes(out), later, self.release, tuple(descriptors or ()))

    def load(self, state: object, data: bytes | Reader, version_id: int) -> None:
        """Load *state*; see :func:`vmstate.load`."""
        unpack = self._unpacks.get(version_id)
        if unpack is not None and type(data) is bytes and unpack(state, data):
            # The short way, on which each call would show.
            return
        run = self._plain_loads.get(version_id)
        if run is None and not (version_id in self._loads or self._is_loadable(version_id)):
            load(self.description, state, data, version_id, release=self.release)
            return
        try:
            if type(data) is bytes and run is not None:
                # Still a short way: no cursor is made unless there is something to say.
                end = run(None, data, 0, state, version_id)
                if end == len(data):
                    return
                rest: Reader | None = Reader(data, end)
            elif self._is_deep:
                with room_for(self.description.depth):
                    rest = self._load(state, data, version_id)
            else:
                rest = self._load(state, data, version_id)
        except StreamError as err:
            if not self.release.keeps_codec_errors:
                err.number = EINVAL
            raise
        if rest is not None:
            raise left_over(self.description, rest)

    def _is_loadable(self, version_id: int) -> bool:
        return not self.description.unmigratable and accepts(self.description, version_id)

    def _load(self, state: object, data: bytes | Reader, version_id: int) -> Reader | None:
        """Load *state*; return a cursor on what is left over, if nothing may be."""
        code = self._loads.get(version_id) or self._loading(version_id)
        reader = data if isinstance(data, Reader) else Reader(data)
        view = data if type(data) is bytes else reader.data
        loader = CompiledLoader(reader, view, self._program)
        reader.offset = code.run(loader, view, reader.offset, state, version_id)
        return reader if reader is not data and reader.remaining else None

    def _saving(self, version_id: int) -> SaveCode:
        with room_for(self.description.depth):
            code = self._saves[version_id] = self._program.saving(self.description, version_id)
        if code.is_static:
            pending = Pending(code.plan, version_id, 0, None)
            later = self._layouts[version_id] = Later(self._program.layout, pending)
            if code.pack is not None and not (self._is_deep or self.description.unmigratable):
                self._packs[version_id] = code.pack, later
        return code

    def _loading(self, version_id: int) -> LoadCode:
        with room_for(self.description.depth):
            code = self._loads[version_id] = self._program.loading(self.description, version_id)
        if not (code.needs_engine or self._is_deep):
            self._plain_loads[version_id] = code.run
            if code.unpack is not None:
                self._unpacks[version_id] = code.unpack
        return code
