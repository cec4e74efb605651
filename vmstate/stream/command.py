"""Commands: read, and checked as the destination checks them.

It knows their form only; what a command makes of the bytes behind it is the parser's.

Source: QEMU 11.1 migration/savevm.c (loadvm_process_command, loadvm_postcopy_handle_advise,
loadvm_postcopy_ram_handle_discard, loadvm_handle_cmd_packaged, loadvm_handle_recv_bitmap).
"""

from __future__ import annotations

from vmstate.errors import StreamError
from vmstate.stream.events import Command
from vmstate.stream.format import PAYLOADS, CommandNumber
from vmstate.stream.input import Input, Waiting

#: Bytes of a command without its payload.
_HEAD = 5
_PATH = "command"


def read_command(source: Input, *, is_strict: bool) -> Waiting[Command]:
    """Read the command that begins here.

    Args:
        source: where the bytes come from.
        is_strict: whether to refuse what QEMU refuses, though it could be read.

    Raises:
        StreamError: it is not complete; or nobody knows it, or it has a length that it can't
            have, and either matters.
    """
    offset = source.offset
    yield from source.need(_HEAD, _PATH)
    head = source.take(_HEAD)
    number, size = int.from_bytes(head[1:3]), int.from_bytes(head[3:5])
    try:
        known = CommandNumber(number)
    except ValueError:
        known = CommandNumber.INVALID
    # What a package is can't be read without its size, nor a page without its.
    if is_strict or known in (CommandNumber.PACKAGED, CommandNumber.POSTCOPY_ADVISE):
        _check(number, known, size, offset)
    path = f"{_PATH} {known.name if known else number}"
    yield from source.need(size, path)
    payload = source.take(size)
    if is_strict and known == CommandNumber.POSTCOPY_RAM_DISCARD:
        _check_discard(payload, offset + _HEAD, path)
    if is_strict and known == CommandNumber.RECV_BITMAP and payload[:1] != bytes([size - 1 & 0xFF]):
        raise StreamError(
            f"a payload of {size} bytes, expected the name of a block behind its length",
            offset=offset + _HEAD,
            path=path,
        )
    return Command(number, payload, offset=offset)


def _check(number: int, known: CommandNumber, size: int, offset: int) -> None:
    if known == CommandNumber.INVALID:
        raise StreamError(
            f"command {number:#x} is unknown, expected one of 0x1 to {max(CommandNumber):#x}",
            offset=offset,
            path=_PATH,
        )
    sizes = PAYLOADS.get(known)
    if sizes is not None and size not in sizes:
        raise StreamError(
            f"command {known.name} has {size} bytes of payload, expected "
            f"{' or '.join(map(str, sizes))}",
            offset=offset,
            path=f"{_PATH} {known.name}",
        )


def _check_discard(payload: bytes, offset: int, path: str) -> None:
    """Refuse a list of pages that is not: version 0, name, byte 0, and pairs of words."""
    length = payload[1] if len(payload) > 1 else 0
    name_end = 2 + length
    rest = len(payload) - name_end - 1
    if payload[:1] != b"\0" or not length or rest < 16 or rest % 16 or payload[name_end]:
        raise StreamError(
            f"a payload of {len(payload)} bytes, expected version 0, the name of a block and "
            "at least one pair of start and length",
            offset=offset,
            path=path,
        )
