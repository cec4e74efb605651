"""The clipboard of a guest's agent.

Source: QEMU 11.1 ui/vdagent.c: vmstate_cbinfos, vmstate_cbinfo_array; ui/clipboard.c:
vmstate_cbinfo, vmstate_cbcontent.
"""

from __future__ import annotations

from collections.abc import MutableSequence
from dataclasses import dataclass, field

from vmstate.cursor import Reader, Writer
from vmstate.errors import StreamError
from vmstate.info.boolean import BOOL
from vmstate.info.devices.place import inside
from vmstate.info.integer import INT32

#: Selections that there are (clipboard, primary, secondary), and types of content (text).
SELECTIONS, TYPES = 3, 1


@dataclass(slots=True)
class Content:
    """What one type of content is.

    Attributes:
        available, requested: whether there is any, and whether the guest asked for it.
        data: the bytes, behind a length of 32 bits.
    """

    available: bool = False
    requested: bool = False
    data: bytes = b""


@dataclass(slots=True)
class Clipboard:
    """What the guest offers in one selection.

    Attributes:
        selection: which one, 32 bits with sign.
        has_serial, serial: the number of the change, 32 bits, and whether it has one.
        types: one :class:`Content` for each type.
    """

    selection: int = 0
    has_serial: bool = False
    serial: int = 0
    types: list[Content] = field(default_factory=lambda: [Content() for _ in range(TYPES)])


class Clipboards:
    """The codec of ``vdagent/cbinfos``.

    The value is a list of at most three :class:`Clipboard`, those that the guest owns; or
    None where the agent shares no clipboard: then there are no bytes.
    """

    __slots__ = ()
    name = "vdagent/cbinfos"

    def load(self, reader: Reader, current: object, size: int) -> object:  # noqa: ARG002 (protocol)
        """Read the clipboards into *current*, in the place of those there; return it.

        Raises:
            StreamError: there are more than QEMU has room for, or *current* is no list.
        """
        if current is None:
            return None
        if not isinstance(current, MutableSequence):
            raise reader.unfit(current, "not a list")
        offset = reader.offset
        count = reader.unsigned(4)
        if count > SELECTIONS:
            raise StreamError(
                f"{count} clipboards were sent: expected 0 to {SELECTIONS}",
                offset=offset,
                path=reader.path,
            )
        loaded = []
        for number in range(count):
            with inside(reader, f"[{number}]"):
                loaded.append(_load(reader))
        current[:] = loaded
        return current

    def save(self, writer: Writer, value: object, size: int) -> None:  # noqa: ARG002 (protocol)
        """Write the clipboards; EncodeError unless *value* is such a list."""
        if value is None:
            return
        if not isinstance(value, MutableSequence) or len(value) > SELECTIONS:
            raise writer.unfit(value, f"not a list of 0 to {SELECTIONS} clipboards")
        writer.integer(len(value), 4)
        for number, clipboard in enumerate(value):
            with inside(writer, f"[{number}]"):
                if not isinstance(clipboard, Clipboard) or len(clipboard.types) != TYPES:
                    raise writer.unfit(clipboard, f"not a Clipboard with {TYPES} type")
                _save(writer, clipboard)

    def __repr__(self) -> str:
        return "CBINFOS"


CBINFOS = Clipboards()


def _load(reader: Reader) -> Clipboard:
    selection = reader.signed(4)
    has_serial, serial = BOOL.load(reader, None, 0), reader.unsigned(4)
    types = []
    for number in range(TYPES):
        with inside(reader, f"types[{number}]"):
            available, requested = BOOL.load(reader, None, 0), BOOL.load(reader, None, 0)
            types.append(Content(available, requested, reader.take(reader.unsigned(4))))
    return Clipboard(selection, has_serial, serial, types)


def _save(writer: Writer, clipboard: Clipboard) -> None:
    with inside(writer, "selection"):
        INT32.save(writer, clipboard.selection, 0)
    _save_flag(writer, clipboard, "has_serial")
    with inside(writer, "serial"):
        writer.integer(clipboard.serial, 4)
    for number, content in enumerate(clipboard.types):
        with inside(writer, f"types[{number}]"):
            if not isinstance(content, Content):
                raise writer.unfit(content, "not a Content")
            _save_flag(writer, content, "available")
            _save_flag(writer, content, "requested")
            if not isinstance(content.data, bytes | bytearray):
                raise writer.unfit(content.data, "not bytes")
            writer.integer(len(content.data), 4)
            writer.put(content.data)


def _save_flag(writer: Writer, value: Clipboard | Content, member: str) -> None:
    with inside(writer, member):
        BOOL.save(writer, getattr(value, member), 0)
