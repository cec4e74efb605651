"""The loader: whether a destination takes a stream, by the rules that QEMU's loader goes by.

It is not the reader, which wants a stream to be what a writer writes.  A loader takes
sections twice, in any order or not at all, looks at no length, and sees nothing behind the
end.  What a device makes of its values is known to the device alone: see
:mod:`vmstate.acceptance.devices`.

Source: QEMU 7.2 migration/savevm.c (qemu_loadvm_state, qemu_loadvm_state_main,
qemu_loadvm_section_start_full, qemu_loadvm_section_part_end, check_section_footer,
find_se, loadvm_handle_cmd_packaged).
"""

from __future__ import annotations

from dataclasses import dataclass

from vmstate.acceptance.body import BodyLoader
from vmstate.acceptance.commands import CommandLoader
from vmstate.acceptance.configuration import load_configuration
from vmstate.acceptance.destination import Destination, Entry
from vmstate.acceptance.memory import MemoryLoader
from vmstate.acceptance.verdict import Accepted, Refused, Verdict
from vmstate.cursor import Reader
from vmstate.errors import StreamError, VersionError
from vmstate.release import Release
from vmstate.stream.format import FOOTER, MAGIC, VERSION, Kind

#: Releases from which a page of one byte must be of zeros, and multifd's mark is known.
_ONLY_ZEROS, _KNOWS_FLUSH = Release(8, 2), Release(8, 1)
#: A subsection's version is kept in a byte.
_VERSION_MASK = 0xFF


def load(data: bytes, destination: Destination) -> Verdict:
    """Return what *destination* says to the stream *data*."""
    loader = _Loader(destination)
    reader = Reader(data)
    try:
        loader.header(reader)
        loader.sections(reader)
    except StreamError as error:
        return Refused.of(error)
    return Accepted(_warnings(reader))


def _warnings(reader: Reader) -> tuple[str, ...]:
    """Return what is odd behind the end, which is loaded all the same."""
    kind = int.from_bytes(reader.peek(1))
    if kind != Kind.VMDESC:
        return (f"expected a vmdesc at offset {reader.offset:#x}, found {kind:#04x}",)
    size = int.from_bytes(reader.peek(4, 1))
    left = reader.remaining - 5
    if size > left:
        return (f"the vmdesc has {max(left, 0)} of {size} bytes",)
    return ()


@dataclass(slots=True)
class _Started:
    """What the loader remembers of a section: the latest header that named it."""

    entry: Entry
    section_id: int = 0
    version_id: int = 0


class _Loader:
    def __init__(self, destination: Destination) -> None:
        release = destination.release
        self._destination = destination
        self._started = [_Started(entry) for entry in destination.entries]
        self._body = BodyLoader(_VERSION_MASK)
        self._memory = MemoryLoader(
            dict(destination.blocks),
            destination.page_size,
            takes_fill=release < _ONLY_ZEROS,
            knows_flush=release >= _KNOWS_FLUSH,
        )
        self._commands = CommandLoader(release, frozenset(destination.blocks))

    def header(self, reader: Reader) -> None:
        """Read what is in front of the first section."""
        reader.path = "header"
        magic = reader.take(len(MAGIC))
        if magic != MAGIC:
            raise StreamError(f"starts with {magic!r}, expected {MAGIC!r}", offset=0)
        version = reader.unsigned(4)
        if version != VERSION:
            raise StreamError(f"stream version {version}, expected {VERSION}", offset=4)
        if reader.unsigned(1) != Kind.CONFIGURATION:
            raise StreamError("no configuration where it must be", offset=8)
        machine, page_size = self._destination.machine, self._destination.page_size
        load_configuration(reader, machine, page_size, _VERSION_MASK)

    def sections(self, reader: Reader) -> None:
        """Read sections and commands up to and with the byte that ends them."""
        while True:
            offset = reader.offset
            reader.path = ""
            kind = reader.unsigned(1)
            if kind == Kind.EOF:
                return
            if kind in (Kind.START, Kind.FULL):
                self._begin(reader)
            elif kind in (Kind.PART, Kind.END):
                self._part(reader)
            elif kind == Kind.COMMAND:
                self._package(reader, self._commands.load(reader))
            else:
                raise StreamError(f"section of unknown kind {kind:#04x}", offset=offset)

    def _package(self, reader: Reader, size: int | None) -> None:
        """Read the *size* bytes of a package, a stream without header; nothing if None."""
        if size is None:
            return
        end = reader.offset + len(reader.peek(size))
        if end < reader.offset + size:
            raise StreamError("the package is cut off", offset=reader.offset, path="command")
        self.sections(Reader(reader.data[:end], reader.offset))
        reader.offset = end

    def _begin(self, reader: Reader) -> None:
        offset = reader.offset - 1
        section_id = reader.unsigned(4)
        length = reader.unsigned(1)
        # QEMU compares strings: what is behind a NUL does not count.
        idstr = reader.take(length).split(b"\0")[0].decode("latin-1")
        instance_id, version_id = reader.unsigned(4), reader.unsigned(4)
        if not length:
            raise StreamError("the name of a section is empty", offset=offset)
        called = (one for one in self._started if one.entry.is_called(idstr, instance_id))
        started = next(called, None)
        if started is None:
            raise StreamError(
                f"section {idstr!r}, instance {instance_id}: there is none here",
                offset=offset,
                path=idstr,
            )
        highest = started.entry.version_id
        if version_id > highest:
            raise VersionError(version_id, (0, highest), offset=offset, path=idstr)
        started.section_id, started.version_id = section_id, version_id
        self._load(reader, started)

    def _part(self, reader: Reader) -> None:
        offset = reader.offset - 1
        section_id = reader.unsigned(4)
        # What was never started is remembered by the number 0.
        found = (one for one in self._started if one.section_id == section_id)
        started = next(found, None)
        if started is None:
            raise StreamError(
                f"a part of section {section_id:#x}, which was never started", offset=offset
            )
        self._load(reader, started)

    def _load(self, reader: Reader, started: _Started) -> None:
        entry = started.entry
        reader.path = entry.idstr
        if entry.layout is None:
            self._memory.load(reader, started.version_id)
        else:
            self._body.load(reader, entry.layout, started.version_id, entry.idstr)
        reader.path = entry.idstr
        offset = reader.offset
        mark, section_id = reader.unsigned(1), reader.unsigned(4)
        if mark != FOOTER:
            raise StreamError(
                f"{mark:#04x} where the footer {FOOTER:#04x} must be",
                offset=offset,
                path=entry.idstr,
            )
        if section_id != started.section_id:
            raise StreamError(
                f"the footer of section {section_id:#x}, expected {started.section_id:#x}",
                offset=offset,
                path=entry.idstr,
            )
