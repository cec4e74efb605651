"""The configuration: whether both sides agree on it.

Source: QEMU 7.2 migration/savevm.c (vmstate_configuration, configuration_post_load,
get_capability); vmstate_size for lengths of 2 GiB and more.
"""

from __future__ import annotations

from vmstate.acceptance.registered import CAPABILITIES
from vmstate.cursor import Reader
from vmstate.errors import StreamError, VersionError
from vmstate.stream.format import SUBSECTION

_PATH = "configuration"
_UUID_SIZE = 16
#: Capabilities that must be on or off on both sides.
_VALIDATED = frozenset({"x-ignore-shared", "mapped-ram"})


def load_configuration(reader: Reader, machine: str, page_size: int, version_mask: int) -> None:
    """Move *reader* past the configuration.

    Args:
        reader: where its name's length begins.
        machine: the destination's machine type.
        page_size: bytes of its target page.
        version_mask: bits of a subsection's version that are looked at.

    Raises:
        StreamError: the destination refuses it.
    """
    start = reader.offset
    reader.path = _PATH
    name = reader.take(reader.unsigned(4))
    # Filled in where nothing is sent: 2 to the power of it.
    bits = page_size.bit_length() - 1
    enabled: frozenset[str] = frozenset()
    while (found := _subsection(reader)) is not None:
        version_id = reader.unsigned(4) & version_mask
        if version_id != 1:
            raise VersionError(version_id, (1, 1), offset=reader.offset - 4, path=found)
        if found.endswith("/target-page-bits"):
            bits = reader.unsigned(4)
        elif found.endswith("/uuid"):
            reader.take(_UUID_SIZE)
        else:
            enabled = _capabilities(reader)
    if not is_machine(name, machine):
        raise StreamError(
            f"machine type {name.decode('latin-1')!r}, here it is {machine!r}",
            offset=start,
            path=_PATH,
        )
    if 1 << min(bits, 64) != page_size:
        raise StreamError(
            f"{bits} bits of a target page, which has {page_size} bytes here",
            offset=start,
            path=_PATH,
        )
    if wrong := sorted(enabled & _VALIDATED):
        raise StreamError(
            f"capability {', '.join(wrong)} is on; here it is off", offset=start, path=_PATH
        )
    reader.path = ""


def is_machine(sent: bytes, machine: str) -> bool:
    """Whether *sent* passes for the name *machine*: as strncmp compares its length.

    Any beginning of the name does, and the whole of it with anything behind a NUL.
    """
    own = machine.encode("latin-1") + b"\0"
    return sent[: len(own)] == own[: len(sent)]


def _subsection(reader: Reader) -> str | None:
    """Return the name of the subsection that begins here, and move to its version."""
    length = int.from_bytes(reader.peek(1, 1))
    raw = reader.peek(length, 2)
    is_one = reader.peek(1) == bytes([SUBSECTION]) and len(_PATH) < length == len(raw)
    name = raw.split(b"\0")[0].decode("latin-1")
    if not is_one or not name.startswith(_PATH):
        return None
    if name not in {f"{_PATH}/{one}" for one in ("target-page-bits", "capabilities", "uuid")}:
        raise StreamError(f"unknown subsection {name!r}", offset=reader.offset, path=_PATH)
    reader.take(2 + length)
    return name


def _capabilities(reader: Reader) -> frozenset[str]:
    names = []
    for _ in range(reader.unsigned(4)):
        offset = reader.offset
        name = reader.take(reader.unsigned(1)).split(b"\0")[0].decode("latin-1")
        if name not in CAPABILITIES:
            raise StreamError(f"unknown capability {name!r}", offset=offset, path=_PATH)
        names.append(name)
    return frozenset(names)
