"""A whole migration stream: what QEMU's ``migrate`` writes, cut into sections.

Owns the outermost format: header, configuration, commands, the RAM section and its
pages, the sections of the devices, the end and the self-description.  It does not look
into a device's section: that is :mod:`vmstate.vmdesc`'s and the descriptions' business.

The body of a device's section has no length on the wire.  Its size is known from the
self-description at the very end, which is therefore found first; the footer behind each
section proves it.

Source: QEMU 7.2 migration/savevm.c (qemu_loadvm_state_main, qemu_loadvm_section_start_full,
loadvm_process_command), migration/savevm.h, migration/ram.c (ram_load_precopy).
"""

from __future__ import annotations

from dataclasses import dataclass

from vmstate.cursor import Reader
from vmstate.errors import StreamError
from vmstate.vmdesc import SentDevice, Vmdesc, parse_vmdesc

#: ``QEVM``.  Source: QEMU 7.2 migration/savevm.h, QEMU_VM_FILE_MAGIC.
MAGIC = b"QEVM"
#: The one version that QEMU reads since 2008.
VERSION = 3

# Kinds of sections.  Source: QEMU 7.2 migration/savevm.h.
_EOF = 0x00
_START = 0x01
_PART = 0x02
_END = 0x03
_FULL = 0x04
_SUBSECTION = 0x05
_VMDESC = 0x06
_CONFIGURATION = 0x07
_COMMAND = 0x08
_FOOTER = 0x7E

# Flags in the low bits of each word of the RAM section.  Source: QEMU 7.2 migration/ram.c;
# RAM_SAVE_FLAG_MULTIFD_FLUSH: QEMU 8.1.
_RAM_ZERO = 0x002
_RAM_MEM_SIZE = 0x004
_RAM_PAGE = 0x008
_RAM_EOS = 0x010
_RAM_CONTINUE = 0x020
_RAM_MULTIFD_FLUSH = 0x200

#: Fixed sizes of the configuration section's subsections; None where a count comes first.
_CONFIGURATION_PARTS: dict[str, int | None] = {
    "configuration/target-page-bits": 4,
    "configuration/capabilities": None,
    "configuration/uuid": 16,
}


@dataclass(frozen=True, slots=True)
class Section:
    """A device's section (SECTION_FULL).

    Attributes:
        section_id: number within the stream.
        idstr: whose it is, e.g. ``dma`` or ``0000:00:01.3/piix4_pm``.
        instance_id: which one of that name.
        version_id: version of its description.
        offset: where *body* begins in the stream.
        body: fields and subsections, without header and footer.
    """

    section_id: int
    idstr: str
    instance_id: int
    version_id: int
    offset: int
    body: bytes


@dataclass(frozen=True, slots=True)
class Stream:
    """A stream, read.

    Attributes:
        machine: machine type in the configuration section; empty where there is none.
        sections: the devices' sections in stream order; RAM is left out.
        vmdesc: the self-description; its devices match *sections* one to one.
    """

    machine: str
    sections: tuple[Section, ...]
    vmdesc: Vmdesc


def read_stream(data: bytes) -> Stream:
    """Read a whole stream of a precopy migration or of a snapshot.

    Raises:
        StreamError: the bytes are no such stream, it has no self-description, or it uses a
            feature that only a live connection can have.
    """
    return _StreamReader(data).read()


class _StreamReader:
    """One pass over one stream."""

    def __init__(self, data: bytes) -> None:
        self._data = data
        self._reader = Reader(data)
        self._machine = ""
        self._sections: list[Section] = []
        self._iterated: dict[int, str] = {}

    def read(self) -> Stream:
        """Read it all."""
        reader = self._reader
        if (magic := reader.take(4)) != MAGIC:
            raise StreamError(f"starts with {magic!r}, expected {MAGIC!r}", offset=0)
        if (version := reader.unsigned(4)) != VERSION:
            raise StreamError(f"stream version {version}, expected {VERSION}", offset=4)
        self._end, text = _find_vmdesc(self._data)
        self._vmdesc = parse_vmdesc(text)
        if reader.peek(1) == bytes([_CONFIGURATION]):
            reader.take(1)
            self._configuration()
        while self._section():
            pass
        missing = len(self._vmdesc.devices) - len(self._sections)
        if missing:
            raise StreamError(
                f"ends with {missing} sections fewer than it describes", offset=self._end
            )
        return Stream(self._machine, tuple(self._sections), self._vmdesc)

    def _section(self) -> bool:
        """Read one section; return whether more may follow."""
        offset = self._reader.offset
        kind = self._reader.unsigned(1)
        if kind == _EOF:
            if offset != self._end:
                raise StreamError(
                    f"ends here, expected its end at {self._end:#x}, before the vmdesc",
                    offset=offset,
                )
            return False
        if kind == _COMMAND:
            self._reader.unsigned(2)
            self._reader.take(self._reader.unsigned(2))
        elif kind == _FULL:
            self._full()
        elif kind in (_START, _PART, _END):
            self._iterable(kind, offset)
        else:
            raise StreamError(f"section of unknown kind {kind:#04x}", offset=offset)
        return True

    def _configuration(self) -> None:
        reader = self._reader
        reader.path = "configuration"
        self._machine = reader.take(reader.unsigned(4)).decode("latin-1")
        while reader.peek(1) == bytes([_SUBSECTION]):
            offset = reader.offset
            reader.take(1)
            name = reader.counted_string()
            reader.unsigned(4)
            if name not in _CONFIGURATION_PARTS:
                raise StreamError(f"unknown subsection {name!r}", offset=offset, path=reader.path)
            size = _CONFIGURATION_PARTS[name]
            if size is not None:
                reader.take(size)
            else:
                for _ in range(reader.unsigned(4)):
                    reader.counted_string()
        reader.path = ""

    def _full(self) -> None:
        reader = self._reader
        start = reader.offset - 1
        section_id, idstr, instance_id, version_id = self._header()
        sent = self._sent(len(self._sections), idstr, instance_id, start)
        reader.path = idstr
        offset = reader.offset
        body = reader.take(self._body_size(sent, section_id, offset))
        self._footer(section_id)
        reader.path = ""
        self._sections.append(Section(section_id, idstr, instance_id, version_id, offset, body))

    def _header(self) -> tuple[int, str, int, int]:
        reader = self._reader
        section_id = reader.unsigned(4)
        idstr = reader.counted_string()
        return section_id, idstr, reader.unsigned(4), reader.unsigned(4)

    def _sent(self, index: int, idstr: str, instance_id: int, offset: int) -> SentDevice:
        devices = self._vmdesc.devices
        if index >= len(devices):
            raise StreamError(
                f"more sections than the {len(devices)} described", offset=offset, path=idstr
            )
        sent = devices[index]
        if (sent.idstr, sent.instance_id) != (idstr, instance_id):
            raise StreamError(
                f"instance {instance_id} of {idstr!r}, the vmdesc has instance "
                f"{sent.instance_id} of {sent.idstr!r} here",
                offset=offset,
                path=idstr,
            )
        return sent

    def _body_size(self, sent: SentDevice, section_id: int, offset: int) -> int:
        """Return the size of the body that begins at *offset*.

        Where the sizes in the vmdesc do not lead to the footer (they are wrong for arrays
        whose elements differ in size), the footer is searched for: the first one that the
        next section that is described, or the end, follows.
        """
        size = sent.wire_size()
        footer = bytes([_FOOTER]) + section_id.to_bytes(4)
        if self._data.startswith(footer, offset + size):
            return size
        place = self._data.find(footer, offset, self._end)
        while place >= 0:
            if self._continues(place + len(footer)):
                return place - offset
            place = self._data.find(footer, place + 1, self._end)
        return size

    def _continues(self, offset: int) -> bool:
        following = self._vmdesc.devices[len(self._sections) + 1 :]
        if not following:
            return offset == self._end
        name = following[0].idstr.encode("latin-1", errors="replace")
        return (
            self._data[offset : offset + 1] == bytes([_FULL])
            and self._data[offset + 5 : offset + 6 + len(name)] == bytes([len(name) & 0xFF]) + name
        )

    def _footer(self, section_id: int) -> None:
        offset = self._reader.offset
        expected = bytes([_FOOTER]) + section_id.to_bytes(4)
        if (found := self._reader.take(5)) != expected:
            raise StreamError(
                f"{found.hex(' ')} after the section, expected its footer {expected.hex(' ')}",
                offset=offset,
                path=self._reader.path,
            )

    def _iterable(self, kind: int, offset: int) -> None:
        """Read a START, PART or END section, which only RAM has in a stream at rest."""
        if kind == _START:
            section_id, idstr, _, version = self._header()
            if (idstr, version) != ("ram", 4):
                raise StreamError(
                    f"iterable section {idstr!r} version {version}, expected 'ram' version 4",
                    offset=offset,
                )
            self._iterated[section_id] = idstr
        else:
            section_id = self._reader.unsigned(4)
            if section_id not in self._iterated:
                raise StreamError(
                    f"a part of section {section_id:#x}, which was never started", offset=offset
                )
        self._reader.path = self._iterated[section_id]
        self._ram()
        self._footer(section_id)
        self._reader.path = ""

    def _ram(self) -> None:
        reader = self._reader
        page_size = self._vmdesc.page_size
        while True:
            offset = reader.offset
            word = reader.unsigned(8)
            flags = word & (page_size - 1)
            if flags == _RAM_EOS:
                return
            if flags == _RAM_MEM_SIZE:
                self._block_list(word - flags)
            elif flags & ~_RAM_CONTINUE in (_RAM_ZERO, _RAM_PAGE):
                if not flags & _RAM_CONTINUE:
                    reader.counted_string()
                reader.take(page_size if flags & _RAM_PAGE else 1)
            elif flags != _RAM_MULTIFD_FLUSH:
                raise StreamError(
                    f"flags {flags:#x}, expected zero pages, plain pages, the block list or "
                    "the end (no compression, no mapped RAM)",
                    offset=offset,
                    path=reader.path,
                )

    def _block_list(self, total: int) -> None:
        reader = self._reader
        while total > 0:
            offset = reader.offset
            name = reader.counted_string()
            size = reader.unsigned(8)
            if not 0 < size <= total:
                raise StreamError(
                    f"block {name!r} has {size} bytes, {total} are left of the total",
                    offset=offset,
                    path=reader.path,
                )
            total -= size


def _find_vmdesc(data: bytes) -> tuple[int, bytes]:
    """Return where the end mark stands before the vmdesc, and the vmdesc's text.

    Searched for backwards: JSON has neither of the two bytes in it, so the last place at
    which the length fits is the right one.  Bytes behind it are padding.
    """
    place = data.rfind(bytes([_EOF, _VMDESC]))
    while place >= 0:
        start = place + 6
        size = int.from_bytes(data[place + 2 : start])
        if data[start : start + 1] == b"{" and start + size <= len(data):
            return place, data[start : start + size]
        place = data.rfind(bytes([_EOF, _VMDESC]), 0, place + 1)
    raise StreamError(
        "it has no vmdesc at its end: sections can't be told apart without one; "
        "save with suppress-vmdesc=off",
        offset=len(data),
    )
