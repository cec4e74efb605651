"""Registers and translations of PA-RISC CPUs.

Source: QEMU 11.1 target/hppa/machine.c: vmstate_psw, vmstate_tlb_entry.
"""

from __future__ import annotations

from dataclasses import dataclass, fields

from vmstate.cursor import Reader, Writer
from vmstate.info.devices.bit_fields import field, pack, unpack
from vmstate.info.devices.place import inside
from vmstate.info.devices.record import require
from vmstate.info.devices.register import Register

_VALID = 1
_BITS = (
    field("t", 61),
    field("d", 60),
    field("b", 59),
    field("ar_type", 56, 3),
    field("ar_pl1", 54, 2),
    field("ar_pl2", 52, 2),
    field("u", 51),
    field("access_id", 1, 31),
)
_ADDRESSES = ("start", "last", "pa")


@dataclass(slots=True)
class TlbEntry:
    """A translation.

    Attributes:
        start, last: first and last virtual address (C's ``itree``), 64 bits each.
        pa: physical address, 64 bits.
        entry_valid: whether the rest counts.
        t, d, b: trap, dirty and break bits.
        ar_type, ar_pl1, ar_pl2: access rights of 3, 2 and 2 bits.
        u: uncacheable.
        access_id: 31 bits.
    """

    start: int = 0
    last: int = 0
    pa: int = 0
    entry_valid: int = 0
    t: int = 0
    d: int = 0
    b: int = 0
    ar_type: int = 0
    ar_pl1: int = 0
    ar_pl2: int = 0
    u: int = 0
    access_id: int = 0


_MEMBERS = tuple(member.name for member in fields(TlbEntry))


class TlbEntryCodec:
    """The codec of an entry; the value is an object as :class:`TlbEntry`.

    Of an entry that is not valid only the addresses are sent, and loading one leaves the
    rest as it is: QEMU clears all entries first.
    """

    __slots__ = ()
    name = "tlb entry"
    format = "QQQQ"

    def load(self, reader: Reader, current: object, size: int) -> object:  # noqa: ARG002 (protocol)
        """Read the entry into *current* and return it.

        Raises:
            StreamError: *current* lacks a member.
        """
        require(reader, current, _MEMBERS)
        *addresses, word = (reader.unsigned(8) for _ in range(4))
        for member, address in zip(_ADDRESSES, addresses, strict=True):
            setattr(current, member, address)
        if word:
            unpack(current, _BITS, word)
            setattr(current, "entry_valid", 1)  # noqa: B010 (the type is the caller's)
        return current

    def save(self, writer: Writer, value: object, size: int) -> None:  # noqa: ARG002 (protocol)
        """Write the entry; EncodeError if *value* lacks a member or one does not fit."""
        require(writer, value, _MEMBERS)
        for member in _ADDRESSES:
            with inside(writer, member):
                writer.integer(getattr(value, member), 8)
        is_valid = getattr(value, "entry_valid")  # noqa: B009 (the type is the caller's)
        writer.integer(pack(writer, value, _BITS) | _VALID if is_valid else 0, 8)

    def __repr__(self) -> str:
        return "HPPA_TLB_ENTRY"


PSW = Register("HPPA_PSW", "psw", "Q")
TLB_ENTRY = TlbEntryCodec()
