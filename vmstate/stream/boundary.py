"""Boundaries: where a section ends whose length nothing tells.

A section has no length on the wire.  What tells its end is the footer behind it, if what
follows the footer can only be the stream's next part.

Source: QEMU 11.1 migration/savevm.c (qemu_loadvm_state_main, check_section_footer).
"""

from __future__ import annotations

from collections.abc import Container, Iterator

from vmstate.stream.format import FOOTER, PAYLOADS, CommandNumber, Kind

#: Bytes of a footer.
FOOTER_SIZE = 5
#: Bytes behind a footer that are looked at, at most: kind, id, name, instance, version.
MOST_LOOKED_AT = 1 + 4 + 256 + 4 + 4
#: Versions from here on are not believed where a boundary is looked for.  The largest that a
#: device has is a date: 20061113, of the EEPROM of network cards (hw/nvram/eeprom93xx.c).
_UNLIKELY = 1 << 26
_NUMBERS = frozenset(CommandNumber) - {CommandNumber.INVALID}


def footer(section_id: int) -> bytes:
    """Return the footer of a section."""
    return bytes([FOOTER]) + section_id.to_bytes(4)


def find_end(
    data: bytes, section_id: int, started: Container[int], start: int, *, is_all: bool
) -> tuple[int | None, int]:
    """Look for the first footer of a section behind which the stream goes on.

    Args:
        data: the bytes from the section's body on, as far as they are there.
        section_id: of the section.
        started: numbers of the sections that have been begun, and may have more parts.
        start: where to begin.
        is_all: whether no more bytes will come.

    Returns:
        where the footer begins, None if it is not there yet; and where to go on looking.
    """
    for place in _footers(data, section_id, start):
        follows = data[place + FOOTER_SIZE : place + FOOTER_SIZE + MOST_LOOKED_AT]
        if len(follows) < MOST_LOOKED_AT and not is_all:
            return None, place
        if goes_on(follows, started):
            return place, place
    if is_all:
        # QEMU only warns of what stands behind the end in place of a vmdesc.
        for place in _footers(data, section_id, 0):
            if data[place + FOOTER_SIZE :][:1] == bytes([Kind.EOF]):
                return place, place
    return None, max(start, len(data) - FOOTER_SIZE + 1)


def _footers(data: bytes, section_id: int, start: int) -> Iterator[int]:
    mark = footer(section_id)
    place = data.find(mark, start)
    while place >= 0:
        yield place
        place = data.find(mark, place + 1)


def goes_on(data: bytes, started: Container[int]) -> bool:
    """Whether *data*, behind a section, can begin the stream's next part.

    Args:
        data: as many bytes as are looked at, or all there are: the stream may be cut off.
        started: numbers of the sections that may have more parts.
    """
    if not data:
        return True
    match data[0]:
        case Kind.EOF:
            return data[1:2] in (b"", bytes([Kind.VMDESC]))
        case Kind.START | Kind.FULL:
            return _is_header(data)
        case Kind.PART | Kind.END:
            return len(data) < 5 or int.from_bytes(data[1:5]) in started
        case Kind.COMMAND:
            return len(data) < 5 or _is_command(data)
    return False


def _is_header(data: bytes) -> bool:
    """Whether *data* is the header of a section with a name that can be read."""
    if len(data) < 6:
        return True
    end = 6 + data[5]
    name, version = data[6:end], data[end + 4 : end + 8]
    if not data[5] or not all(0x20 <= byte < 0x7F for byte in name):
        return False
    return int.from_bytes(version) < _UNLIKELY


def _is_command(data: bytes) -> bool:
    """Whether *data* is a command that there is, and has the length that it must have."""
    number, size = int.from_bytes(data[1:3]), int.from_bytes(data[3:5])
    if number not in _NUMBERS:
        return False
    sizes = PAYLOADS.get(CommandNumber(number))
    return sizes is None or size in sizes
