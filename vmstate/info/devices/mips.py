"""Registers, translations and low-latency memory of MIPS CPUs.

Source: QEMU 11.1 target/mips/system/machine.c: vmstate_info_fpr, vmstate_info_tlb,
vmstate_info_octeon_llm_tree; target/mips/cpu.h, r4k_tlb_t.
"""

from __future__ import annotations

from collections.abc import MutableMapping
from dataclasses import dataclass, field, fields
from struct import iter_unpack

from vmstate.cursor import Reader, Writer
from vmstate.info.devices import bit_fields
from vmstate.info.devices.place import inside
from vmstate.info.devices.record import require
from vmstate.info.devices.vector import Vector

_FLAGS = (
    bit_fields.field("ehinv", 15),
    bit_fields.field("ri1", 14),
    bit_fields.field("ri0", 13),
    bit_fields.field("xi1", 12),
    bit_fields.field("xi0", 11),
    bit_fields.field("g", 10),
    # Coherency has three bits; QEMU saves all and loads two.
    bit_fields.field("c0", 7, 3, loaded=2),
    bit_fields.field("c1", 4, 3, loaded=2),
    bit_fields.field("v0", 3),
    bit_fields.field("v1", 2),
    bit_fields.field("d0", 1),
    bit_fields.field("d1", 0),
)
_PAGES = 2
_NODE = ">QQ"
_NODE_BYTES = 16


@dataclass(slots=True)
class TlbEntry:
    """A translation of a pair of pages.

    Attributes:
        vpn: virtual page pair, as wide as a register of the target.
        page_mask: 32 bits.
        asid: 16 bits.
        mmid: 32 bits.
        g: whether it is global.
        c0, c1: coherency of either page, 3 bits; the upper one does not survive loading.
        v0, v1, d0, d1: valid and dirty bits of either page.
        ehinv: whether the entry is invalid as a whole.
        ri0, ri1, xi0, xi1: read and execute inhibit bits of either page.
        pfn: two page frames, 64 bits each.
    """

    vpn: int = 0
    page_mask: int = 0
    asid: int = 0
    mmid: int = 0
    g: int = 0
    c0: int = 0
    c1: int = 0
    v0: int = 0
    v1: int = 0
    d0: int = 0
    d1: int = 0
    ehinv: int = 0
    ri0: int = 0
    ri1: int = 0
    xi0: int = 0
    xi1: int = 0
    pfn: list[int] = field(default_factory=lambda: [0] * _PAGES)


_MEMBERS = tuple(member.name for member in fields(TlbEntry))


@dataclass(frozen=True, slots=True, repr=False)
class TlbCodec:
    """The codec of ``VMSTATE_TLB_ARRAY``; the value is an object as :class:`TlbEntry`.

    Args:
        long_bytes: bytes of a register of the target, 4 or 8.
    """

    long_bytes: int = 8

    @property
    def name(self) -> str:
        """The type's name in a vmdesc."""
        return "tlb_entry"

    @property
    def format(self) -> str:
        """Its struct format; the members are put together from the numbers."""
        return f"{'Q' if self.long_bytes == 8 else 'I'}IHIHQQ"

    @property
    def _numbers(self) -> tuple[tuple[str, int], ...]:
        return (("vpn", self.long_bytes), ("page_mask", 4), ("asid", 2), ("mmid", 4))

    def load(self, reader: Reader, current: object, size: int) -> object:  # noqa: ARG002 (protocol)
        """Read the entry into *current* and return it.

        Raises:
            StreamError: *current* lacks a member.
        """
        require(reader, current, _MEMBERS)
        numbers = {member: reader.unsigned(width) for member, width in self._numbers}
        flags = reader.unsigned(2)
        frames = [reader.unsigned(8) for _ in range(_PAGES)]
        for member, number in numbers.items():
            setattr(current, member, number)
        bit_fields.unpack(current, _FLAGS, flags)
        setattr(current, "pfn", frames)  # noqa: B010 (the type is the caller's)
        return current

    def save(self, writer: Writer, value: object, size: int) -> None:  # noqa: ARG002 (protocol)
        """Write the entry; EncodeError if *value* lacks a member or one does not fit."""
        require(writer, value, _MEMBERS)
        for member, width in self._numbers:
            with inside(writer, member):
                writer.integer(getattr(value, member), width)
        writer.integer(bit_fields.pack(writer, value, _FLAGS), 2)
        with inside(writer, "pfn"):
            frames = getattr(value, "pfn")  # noqa: B009 (the type is the caller's)
            if not isinstance(frames, list | tuple) or len(frames) != _PAGES:
                raise writer.unfit(frames, "not two page frames")
            for frame in frames:
                writer.integer(frame, 8)

    def __repr__(self) -> str:
        return "MIPS_TLB" if self.long_bytes == 8 else "MIPS_TLB32"


class LlmTree:
    """The codec of ``VMSTATE_OCTEON_LLM_TREE``: words of Octeon's low-latency memory.

    The value is a dict of addresses and words, both of 64 bits; a count of 32 bits, then
    both of each, by rising address.  That a node is these two numbers is what the tree
    holds in QEMU's memory; no stream was at hand to see it.
    """

    __slots__ = ()
    name = "octeon_llm_tree"

    def load(self, reader: Reader, current: object, size: int) -> object:  # noqa: ARG002 (protocol)
        """Read the nodes into *current*, in the place of those that are there; return it.

        Raises:
            StreamError: *current* is no dict.
        """
        data = reader.take(_NODE_BYTES * reader.unsigned(4))
        if not isinstance(current, MutableMapping):
            raise reader.unfit(current, "not a dict")
        current.clear()
        current.update(iter_unpack(_NODE, data))
        return current

    def save(self, writer: Writer, value: object, size: int) -> None:  # noqa: ARG002 (protocol)
        """Write the nodes; EncodeError unless *value* is a dict of numbers that fit."""
        if not isinstance(value, MutableMapping):
            raise writer.unfit(value, "not a dict")
        if not all(isinstance(address, int) for address in value):
            raise writer.unfit(value, "not a dict with numbers as keys")
        writer.integer(len(value), 4)
        for address in sorted(value):
            writer.integer(address, 8)
            with inside(writer, f"[{address:#x}]"):
                writer.integer(value[address], 8)

    def __repr__(self) -> str:
        return "MIPS_OCTEON_LLM_TREE"


#: A whole vector register of MSA, whose lower half is the floating-point register.
FPR = Vector("MIPS_FPR", "fpr")
TLB, TLB32 = TlbCodec(), TlbCodec(4)
OCTEON_LLM_TREE = LlmTree()
