"""Bodies: whether a section's bytes can be loaded by a layout, as QEMU's loader goes.

It reads what the destination's layout has, looks for subsections behind each description,
and leaves the rest to whoever looks for the footer.

Source: QEMU 7.2 and 11.1 migration/vmstate.c (vmstate_load_state, vmstate_subsection_load),
migration/vmstate-types.c; hw/pci/pci.c (get_pci_irq_state).
"""

from __future__ import annotations

from dataclasses import dataclass

from vmstate.acceptance.layout import Layout, Piece
from vmstate.acceptance.virtio import load_virtio
from vmstate.cursor import Reader
from vmstate.errors import StreamError, VersionError
from vmstate.stream.format import SUBSECTION

_PIN = 4


@dataclass(frozen=True, slots=True)
class BodyLoader:
    """Loads bodies.

    Attributes:
        version_mask: bits of a subsection's version that are looked at.
    """

    version_mask: int

    def load(self, reader: Reader, layout: Layout, version_id: int, path: str = "") -> None:
        """Move *reader* past what is loaded for *layout*.

        Args:
            reader: where it begins.
            layout: what the destination has.
            version_id: what the stream says.
            path: whose it is; the layout's name if empty.

        Raises:
            StreamError: it is refused.
        """
        outer = reader.path
        reader.path = path or layout.name
        accepts = (layout.minimum_version_id, layout.version_id)
        if not accepts[0] <= version_id <= accepts[1]:
            raise VersionError(version_id, accepts, offset=reader.offset, path=reader.path)
        read: dict[str, bytes] = {}
        for member in layout.members:
            if member.since > version_id:
                # What does not come stays what it is here.
                read[member.name] = member.own if isinstance(member, Piece) else b""
                continue
            if isinstance(member, Piece):
                if member.when and not any(read[member.when]):
                    continue
                start = reader.offset
                reader.field = member.name
                self._piece(reader, member, layout)
                reader.field = ""
                read[member.name] = bytes(reader.data[start : reader.offset])
                continue
            inner = f"{reader.path}/{member.name}"
            if member.is_queue:
                while reader.unsigned(1):
                    self.load(reader, member.layout, member.layout.version_id, inner)
            else:
                count = int.from_bytes(read[member.counter]) if member.counter else 1
                for _ in range(count):
                    self.load(reader, member.layout, member.layout.version_id, inner)
        self._subsections(reader, layout)
        reader.path = outer

    @staticmethod
    def _piece(reader: Reader, piece: Piece, layout: Layout) -> None:
        start = reader.offset
        if piece.kind == "virtio":
            load_virtio(reader, piece, layout.name)
            return
        data = reader.take(piece.size)
        why = ""
        if piece.kind.endswith(" equal") and data != piece.own:
            why = f"{data.hex()}, expected {piece.own.hex()}, which must be the same on both sides"
        elif piece.kind == "int32 le":
            value, most = (int.from_bytes(each, signed=True) for each in (data, piece.own))
            if not 0 <= value <= most:
                why = f"{value}, expected 0 to {most}"
        elif piece.kind == "pci irq state":
            levels = [int.from_bytes(data[at : at + _PIN]) for at in range(0, len(data), _PIN)]
            if not set(levels) <= {0, 1}:
                why = f"levels {levels} of interrupts, expected 0 or 1"
        elif piece.kind == "nullptr" and data != b"0":
            why = f"{data!r}, expected b'0': the pointer is null here"
        if why:
            raise StreamError(why, offset=start, path=reader.path)

    def _subsections(self, reader: Reader, layout: Layout) -> None:
        while reader.peek(1) == bytes([SUBSECTION]):
            length = int.from_bytes(reader.peek(1, 1))
            raw = reader.peek(length, 2)
            if length <= len(layout.name) or len(raw) < length:
                return
            # QEMU compares strings: what is behind a NUL does not count.
            name = raw.split(b"\0")[0].decode("latin-1")
            if not name.startswith(layout.name):
                return
            sub = layout.subsections.get(name)
            if sub is None:
                raise StreamError(
                    f"subsection {name!r}, expected one of {sorted(layout.subsections)}",
                    offset=reader.offset,
                    path=reader.path,
                )
            reader.take(2 + length)
            version_id = reader.unsigned(4) & self.version_mask
            self.load(reader, sub, version_id, f"{reader.path}<{name}>")
