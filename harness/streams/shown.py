"""What is shown: values, sections and memory as text for people and as JSON for programs."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from json import dumps
from json.encoder import encode_basestring_ascii

from harness.streams.memory import Block
from harness.streams.outline import Outline
from vmstate.decoded import DecodedField, DecodedSection, Value
from vmstate.editing import Key
from vmstate.stream import Command, CommandNumber

#: Schema of what ``vmstate decode --json`` prints.
SCHEMA, SCHEMA_VERSION = "vmstate-decode", 1
#: Bytes of a field that are shown, unless all are asked for.
_SHOWN = 24
#: Numbers below it are the same in both notations.
_PLAIN = 10
#: Numbers of more bits, which only bitmaps have, are in hexadecimal alone: Python can be told
#: to write and read no decimal number of more than 640 digits, and by default has 4300.
#: Source: Python 3.11, library reference, "Integer string conversion length limitation".
_WIDEST = 2048
_WIDE = 1 << _WIDEST
#: A step of a path: a subsection, whose name may have dots in it, or a name up to a dot.
_STEP = re.compile(r"<[^>]*>(?:#\d+)?|[^.<]+")


@dataclass(frozen=True, slots=True)
class Choice:
    """What of a stream is to be shown.

    Attributes:
        sections: those, in stream order.
        is_all: whether nothing was left out, so that what is not a section is shown, too.
        is_hex: whether to show all bytes of every field.
    """

    sections: Sequence[DecodedSection]
    is_all: bool = True
    is_hex: bool = False


def value_text(value: object, *, whole: bool = False) -> str:
    """Return *value* as a person reads it; bytes shortened unless the *whole* is wanted."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        if value.bit_length() > _WIDEST:
            return f"{value:#x}"
        return str(value) if abs(value) < _PLAIN else f"{value} ({value:#x})"
    if isinstance(value, bytes):
        if whole or len(value) <= _SHOWN:
            return value.hex(" ")
        if not any(value):
            return f"00 … ({len(value)} bytes, all zero)"
        return f"{value[:_SHOWN].hex(' ')} … ({len(value)} bytes)"
    return str(value)


def plain(value: object) -> object:
    """Return *value* as JSON has it: bytes, and very large numbers, as hexadecimal digits."""
    if isinstance(value, bytes):
        return value.hex()
    if isinstance(value, int) and value.bit_length() > _WIDEST:
        return f"{value:#x}"
    if isinstance(value, list | tuple):
        return [plain(item) for item in value]
    return value


# For people ------------------------------------------------------------------------------


def lines(outline: Outline, choice: Choice) -> Iterator[str]:
    """Yield what is shown of a stream, line by line."""
    if choice.is_all:
        yield f"{outline.name}: {outline.machine or 'no machine type'}"
        if outline.configuration is not None:
            for part in outline.configuration.parts:
                yield f"  {part.name} = {value_text(plain(part.value))}"
        for command in outline.commands:
            yield f"  command {_command(command)} {command.payload.hex(' ')}".rstrip()
        yield from memory_lines(outline.memory.blocks.values())
    for section in choice.sections:
        yield from section_lines(section, is_hex=choice.is_hex)
    if choice.is_all and outline.text is None and outline.error is None:
        yield "no vmdesc: fields can't be told apart"


def memory_lines(blocks: Iterable[Block]) -> Iterator[str]:
    """Yield a line for each block of guest memory."""
    listed = list(blocks)
    if listed:
        yield "memory"
    for block in listed:
        parts = [f"{block.size} bytes", f"{block.pages} pages", f"{block.zeros} of zeros"]
        if block.encoded:
            parts.append(f"{block.encoded} encoded")
        yield f"  {block.name}: {', '.join(parts)}, {block.bytes} bytes sent"


def section_lines(section: DecodedSection, *, is_hex: bool = False) -> Iterator[str]:
    """Yield a section as a tree: a line for each field, one for each struct around it."""
    size = sum(len(field.data) for field in section.fields)
    what = f" {section.description}" if section.description not in ("", section.idstr) else ""
    key = Key(section.idstr, section.instance_id)
    unknown = f", {section.undecoded} not understood" if section.undecoded else ""
    yield f"{key}{what} (version {section.version_id}, {size} bytes{unknown})"
    above: list[str] = []
    for field in section.fields:
        *outer, name = _STEP.findall(field.path) or [field.path]
        common = 0
        while common < min(len(outer), len(above)) and outer[common] == above[common]:
            common += 1
        for depth in range(common, len(outer)):
            yield f"{'  ' * (depth + 1)}{outer[depth]}"
        above = outer
        yield f"{'  ' * (len(outer) + 1)}{name}{_value_part(field, is_hex=is_hex)}"


def field_line(key: Key, field: DecodedField, *, is_hex: bool = False) -> str:
    """Return a field with its whole path."""
    return f"{key}/{field.path}{_value_part(field, is_hex=is_hex)}"


def _value_part(field: DecodedField, *, is_hex: bool) -> str:
    shown = f" = {value_text(field.value, whole=is_hex)}"
    if is_hex and not isinstance(field.value, bytes):
        shown += f"  [{field.data.hex(' ')}]"
    return shown


def _command(command: Command) -> str:
    known = {number.value: number.name for number in CommandNumber}
    return known.get(command.number, f"{command.number:#x}")


# For programs ----------------------------------------------------------------------------


def document(outline: Outline, choice: Choice) -> dict[str, object]:
    """Return what is shown of a stream as one JSON document."""
    made: dict[str, object] = {"schema": SCHEMA, "schema_version": SCHEMA_VERSION}
    made |= {"source": outline.name, "machine": outline.machine}
    if choice.is_all:
        made["configuration"] = [
            {"name": part.name, "version": part.version_id, "value": plain(part.value)}
            for part in (outline.configuration.parts if outline.configuration else ())
        ]
        made["commands"] = [
            {"name": _command(command), "number": command.number, "payload": command.payload.hex()}
            for command in outline.commands
        ]
        made["memory"] = [block.numbers() for block in outline.memory.blocks.values()]
    made["sections"] = [
        Written(section_text(section, is_hex=choice.is_hex)) for section in choice.sections
    ]
    made["error"] = str(outline.error) if outline.error else None
    return made


def document_text(made: Mapping[str, object]) -> str:
    """Return a document as JSON, a line for each member, and for each item of a list."""
    return "{\n" + ",\n".join(f"{dumps(key)}: {_member(made[key])}" for key in made) + "\n}"


def _member(value: object) -> str:
    if not isinstance(value, list) or not value:
        return dumps(value)
    items = (item if isinstance(item, Written) else dumps(item) for item in value)
    return "[\n" + ",\n".join(items) + "\n]"


class Written(str):
    """JSON that stands in a document as it is, where anything else is still to be written."""

    __slots__ = ()


def section_text(section: DecodedSection, *, is_hex: bool = False) -> str:
    """Return a section as JSON.

    Nearly all of a document is fields: each is written at once, in a fraction of the time
    that an object of it and its encoding would take.
    """
    head = {
        "name": section.idstr,
        "instance": section.instance_id,
        "version": section.version_id,
        "description": section.description,
        "undecoded": section.undecoded,
    }
    fields = ", ".join(_field_texts(section.fields, is_hex=is_hex))
    return f'{dumps(head)[:-1]}, "fields": [{fields}]}}'


def _field_texts(fields: Iterable[DecodedField], *, is_hex: bool) -> list[str]:
    quoted = encode_basestring_ascii
    return [
        f'{{"path": {quoted(path)}, "type": {quoted(kind)}, "offset": {offset}, '
        f'"size": {len(data)}, "value": '
        f"{value if type(value) is int and -_WIDE < value < _WIDE else _value_json(value)}"
        f"{_bytes_json(data) if is_hex else ''}}}"
        for path, kind, offset, data, value, _ in fields
    ]


def _bytes_json(data: bytes) -> str:
    return f', "bytes": "{data.hex()}"'


def _value_json(value: Value) -> str:
    if isinstance(value, bytes):
        return f'"{value.hex()}"'
    if value is True:
        return "true"
    return "false" if value is False else dumps(plain(value))
