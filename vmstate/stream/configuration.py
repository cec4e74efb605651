"""The configuration section: its subsections, read and written.

It is the one section whose form is fixed: nobody registers it, and its description is
known.

Source: QEMU 11.1 migration/savevm.c (vmstate_configuration and its subsections).
"""

from __future__ import annotations

from vmstate.errors import EncodeError, StreamError
from vmstate.stream.events import Configuration, ConfigurationPart
from vmstate.stream.format import LEAST_PAGE_BITS, MOST_PAGE_BITS, SUBSECTION, Kind
from vmstate.stream.input import Input, Waiting

_PATH = "configuration"
_BITS, _CAPABILITIES, _UUID = (
    "configuration/target-page-bits",
    "configuration/capabilities",
    "configuration/uuid",
)
_UUID_SIZE = 16
#: More capabilities than any QEMU has: a length that is damaged is seen by it.
_MOST_NAMES = 1 << 10


def read_configuration(source: Input) -> Waiting[Configuration]:
    """Read the section, which begins here.

    Raises:
        StreamError: it ends too early, or has a subsection that nobody knows.
    """
    offset = source.offset
    yield from source.need(5, _PATH)
    size = int.from_bytes(source.take(5)[1:])
    yield from source.need(size, f"{_PATH}, name of the machine")
    machine = source.take(size).decode("latin-1")
    parts: list[ConfigurationPart] = []
    while True:
        # A subsection is peeked for, as behind every description.
        yield from source.want(1)
        if source.peek(1) != bytes([SUBSECTION]):
            return Configuration(machine, tuple(parts), offset=offset)
        parts.append((yield from _read_part(source)))


def _read_part(source: Input) -> Waiting[ConfigurationPart]:
    offset = source.offset
    yield from source.need(2, _PATH)
    size = source.peek(2)[1]
    yield from source.need(2 + size + 4, _PATH)
    source.skip(2)
    name = source.take(size).decode("latin-1")
    version_id = int.from_bytes(source.take(4))
    value: int | tuple[str, ...] | bytes
    if name == _BITS:
        yield from source.need(4, name)
        value = int.from_bytes(source.take(4))
        if not LEAST_PAGE_BITS <= value <= MOST_PAGE_BITS:
            raise StreamError(
                f"a target page of 2 to the power of {value} bytes, expected a power from "
                f"{LEAST_PAGE_BITS} to {MOST_PAGE_BITS}",
                offset=source.offset - 4,
                path=name,
            )
    elif name == _UUID:
        yield from source.need(_UUID_SIZE, name)
        value = source.take(_UUID_SIZE)
    elif name == _CAPABILITIES:
        yield from source.need(4, name)
        count = int.from_bytes(source.take(4))
        if count > _MOST_NAMES:
            raise StreamError(
                f"{count} names of capabilities, expected {_MOST_NAMES} at most",
                offset=source.offset - 4,
                path=name,
            )
        names = []
        for _ in range(count):
            yield from source.need(1, name)
            length = source.byte()
            yield from source.need(1 + length, name)
            source.skip(1)
            names.append(source.take(length).decode("latin-1"))
        value = tuple(names)
    else:
        raise StreamError(
            f"unknown subsection {name!r}, expected {_BITS}, {_CAPABILITIES} or {_UUID}",
            offset=offset,
            path=_PATH,
        )
    return ConfigurationPart(name, version_id, value)


def configuration_bytes(configuration: Configuration) -> bytes:
    """Return the section.

    Raises:
        EncodeError: a subsection holds something that is not its kind of value.
    """
    machine = configuration.machine.encode("latin-1")
    written = bytearray([Kind.CONFIGURATION])
    written += len(machine).to_bytes(4) + machine
    for part in configuration.parts:
        written += bytes([SUBSECTION]) + counted(part.name) + part.version_id.to_bytes(4)
        written += _value_bytes(part)
    return bytes(written)


def counted(text: str) -> bytes:
    """Return *text* behind a byte that holds its length."""
    data = text.encode("latin-1")
    return bytes([len(data)]) + data


def _value_bytes(part: ConfigurationPart) -> bytes:
    value = part.value
    if part.name == _BITS and isinstance(value, int):
        return value.to_bytes(4)
    if part.name == _UUID and isinstance(value, bytes) and len(value) == _UUID_SIZE:
        return value
    if part.name == _CAPABILITIES and isinstance(value, tuple):
        return len(value).to_bytes(4) + b"".join(map(counted, value))
    raise EncodeError(part.name, value, "not what this subsection holds")
