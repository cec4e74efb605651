"""Device values: which values the codecs of single devices and targets take.

Source: the codecs in ``vmstate.info.devices``, which say where their wires come from.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from types import SimpleNamespace
from typing import Any

from hypothesis import strategies as st
from hypothesis.strategies import SearchStrategy

from harness.strategies.contents import Contents
from harness.strategies.kinds import Numbers, numbers_of
from harness.strategies.objects import Members, Whole
from harness.strategies.runs import turned
from harness.strategies.values import values_of
from vmstate.info.devices import hppa, mips
from vmstate.info.devices.arm import FloatingPointStatus
from vmstate.info.devices.avr import Segment
from vmstate.info.devices.msix import ENTRY_SIZE, MsixCodec
from vmstate.info.devices.nvram import Widened
from vmstate.info.devices.pci import ConfigCodec, ConfigSpace, IrqState
from vmstate.info.devices.record import Record
from vmstate.info.devices.scsi_requests import CDB_SIZE, ScsiRequest, ScsiRequests
from vmstate.info.devices.shpc import Shpc, size_of
from vmstate.info.devices.usbredir import BufferedPacket, BufferedPackets, PacketIds, Parser
from vmstate.info.devices.vdagent import SELECTIONS, Clipboard, Clipboards, Content
from vmstate.info.devices.vector import HalfVector, Vector
from vmstate.info.devices.virtio import Virtio
from vmstate.info.devices.virtio_device import VirtioDevice
from vmstate.info.devices.virtio_transport import MOST_QUEUES

_BYTE, _WORD, _LONG, _VECTOR = map(numbers_of, ("B", "I", "Q", "16s"))
_FLAG, _SHORT = Numbers(0, 1), numbers_of("H")


class Shifted(Numbers):
    """Bytes that stand from bit 16 on."""

    def number(self, value: Any) -> int:  # noqa: ANN401 (see Numbers)
        """Return the byte."""
        return int(value) >> 16

    def made(self, current: Any, number: int) -> int:  # noqa: ANN401, ARG002 (see Numbers)
        """Return the byte where it stands."""
        return number << 16


class Stuck(Numbers):
    """Numbers whose zero leaves a destination's value alone."""

    def loaded(self, sent: Any, current: Any, size: int) -> Any:  # noqa: ANN401, ARG002 (see Numbers)
        """Return what was sent, unless it is zero."""
        return sent or current


@dataclass(frozen=True)
class Halves(Numbers):
    """Vector registers of which one half is sent.

    Attributes:
        shift: the lowest bit of that half.
    """

    shift: int

    def loaded(self, sent: Any, current: Any, size: int) -> Any:  # noqa: ANN401, ARG002 (see Numbers)
        """Return *current* with the half that was sent."""
        half = ((1 << 64) - 1) << self.shift
        return sent & half | current & ~half


class Translations(Members):
    """Translations that are sent whole only if they are valid."""

    def loaded(self, sent: Any, current: Any, size: int) -> Any:  # noqa: ANN401 (see Members)
        """Copy the members, those that are sent."""
        if sent.entry_valid:
            return super().loaded(sent, current, size)
        for member in ("start", "last", "pa"):
            setattr(current, member, getattr(sent, member))
        return current


class Configurations(Members):
    """Configuration spaces: what both sides must agree on stays as it is."""

    def other(self, value: Any, size: int) -> Any:  # noqa: ANN401, ARG002 (see Members)
        """Turn over every bit that is not compared."""
        free = (
            ~compared & 0xFF | writable | clearable
            for compared, writable, clearable in zip(
                value.cmask, value.wmask, value.w1cmask, strict=True
            )
        )
        value.config[:] = turned(value.config, bytes(free))
        return value


class MessageTables(Members):
    """Tables of MSI-X, whose pending bits may be followed by bytes that are not sent."""

    def loaded(self, sent: Any, current: Any, size: int) -> Any:  # noqa: ANN401, ARG002 (see Members)
        """Copy the table and as many pending bits as there are vectors."""
        if current is not None:
            pending = -(-len(current.table) // (8 * ENTRY_SIZE))
            current.table[:] = sent.table
            current.pba[:pending] = sent.pba[:pending]
        return current


class Registers(Contents):
    """Registers of a hot-plug controller, of as many slots as it has."""

    def zero(self, size: int) -> bytearray:  # noqa: ARG002 (see Contents)
        """Return those of one slot."""
        return bytearray(size_of(1))

    def near(self, current: bytearray, size: int, most: int) -> SearchStrategy[bytearray]:  # noqa: ARG002
        """Return *current* with some bits turned over."""
        return super().near(current, len(current), most)

    def loaded(self, sent: bytearray, current: bytearray, size: int) -> bytearray:  # noqa: ARG002
        """Copy all of them."""
        return super().loaded(sent, current, len(sent))


class VirtioDevices(Members):
    """Virtio devices: their status, and their configuration where it is known."""

    def near(self, current: VirtioDevice, size: int, most: int) -> SearchStrategy[Any]:
        """Return *current*, changed; how many queues it has in use stays."""
        changed = super().near(current, size, most)
        if current.config is None:
            return changed
        config = Contents().near(current.config, len(current.config), most)
        return st.tuples(changed, config).map(lambda _: current)

    def loaded(self, sent: Any, current: Any, size: int) -> Any:  # noqa: ANN401 (see Members)
        """Copy what may differ."""
        if sent.config is not None:
            current.config[:] = sent.config
        return super().loaded(sent, current, size)


def _extended(sent: Any, current: Any) -> Any:  # noqa: ANN401 (a value is of any type)
    current.extend(sent)
    return current


def _replaced(sent: Any, current: Any) -> Any:  # noqa: ANN401 (a value is of any type)
    if current is not None:
        current.clear()
        (current.update if isinstance(current, dict) else current.extend)(sent)
    return current


def _members_of(codec: mips.TlbCodec) -> dict[str, Numbers]:
    widths = {"vpn": numbers_of("Q" if codec.long_bytes == 8 else "I"), "asid": _SHORT}
    widths |= {"page_mask": _WORD, "mmid": _WORD, "pfn[0]": _LONG, "pfn[1]": _LONG}
    # Of three bits of coherency two are loaded.
    widths |= {"c0": Numbers(0, 3), "c1": Numbers(0, 3)}
    flags = [one.name for one in fields(mips.TlbEntry) if one.name not in {*widths, "pfn"}]
    return widths | dict.fromkeys(flags, _FLAG)


_HPPA = {
    **dict.fromkeys(("start", "last", "pa"), _LONG),
    **dict.fromkeys(("entry_valid", "t", "d", "b", "u"), _FLAG),
    "ar_type": Numbers(0, 7),
    "ar_pl1": Numbers(0, 3),
    "ar_pl2": Numbers(0, 3),
    "access_id": Numbers(0, (1 << 31) - 1),
}
_VIRTIO = {"status": _BYTE, "isr": _BYTE, "queue_sel": Numbers(0, MOST_QUEUES - 1)}
_DATA = st.binary(max_size=8)
_WORDS, _LONGS = st.integers(0, (1 << 32) - 1), st.integers(0, (1 << 64) - 1)
_PACKETS = st.builds(BufferedPacket, _WORDS, _DATA)
_REQUESTS = st.builds(
    ScsiRequest, st.binary(min_size=CDB_SIZE, max_size=CDB_SIZE), _WORDS, _WORDS, st.booleans()
)
_CLIPBOARDS = st.builds(
    Clipboard,
    st.integers(-(1 << 31), (1 << 31) - 1),
    st.booleans(),
    _WORDS,
    st.lists(st.builds(Content, st.booleans(), st.booleans(), _DATA), min_size=1, max_size=1),
)

values_of.register(FloatingPointStatus, lambda _: Stuck(_WORD.low, _WORD.high))
values_of.register(Segment, lambda _: Shifted(_BYTE.low, _BYTE.high))
values_of.register(Widened, lambda codec: Numbers(0, (1 << 8 * codec.bytes_) - 1))
values_of.register(IrqState, lambda _: Numbers(0, 15))
values_of.register(Vector, lambda _: _VECTOR)
values_of.register(HalfVector, lambda codec: Halves(_VECTOR.low, _VECTOR.high, codec.shift))
values_of.register(
    Record,
    lambda codec: Members(
        lambda _: SimpleNamespace(**dict.fromkeys(codec.members, 0)),
        dict(zip(codec.members, map(numbers_of, codec.format), strict=True)),
    ),
)
values_of.register(
    mips.TlbCodec, lambda codec: Members(lambda _: mips.TlbEntry(), _members_of(codec))
)
values_of.register(hppa.TlbEntryCodec, lambda _: Translations(lambda _: hppa.TlbEntry(), _HPPA))
values_of.register(ConfigCodec, lambda _: Configurations(ConfigSpace.blank, {}, ("config",)))
values_of.register(MsixCodec, lambda _: MessageTables(lambda _: None, {}, ("table", "pba")))
values_of.register(Shpc, lambda _: Registers())
values_of.register(
    Virtio, lambda _: VirtioDevices(lambda _: VirtioDevice(config=bytearray(4)), _VIRTIO)
)
values_of.register(
    mips.LlmTree, lambda _: Whole(st.dictionaries(_LONGS, _LONGS, max_size=3), dict, _replaced)
)
values_of.register(PacketIds, lambda _: Whole(st.lists(_LONGS, max_size=3), list, _extended))
values_of.register(
    BufferedPackets, lambda _: Whole(st.lists(_PACKETS, max_size=3), list, _extended)
)
values_of.register(ScsiRequests, lambda _: Whole(st.lists(_REQUESTS, max_size=3), list, _extended))
values_of.register(
    Clipboards, lambda _: Whole(st.lists(_CLIPBOARDS, max_size=SELECTIONS), list, _replaced)
)
# No bytes stand for no parser, and leave the one that is there.
values_of.register(
    Parser, lambda _: Whole(st.none() | _DATA, lambda: None, lambda sent, here: sent or here)
)
