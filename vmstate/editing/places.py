"""Places: where each struct and each subsection of a section begins and ends.

Owns finding the same thing in a section's bytes and in the text of the vmdesc that
describes them.  Its paths are those of :func:`vmstate.vmdesc.leaves`.

Source: QEMU 7.2 migration/vmstate.c (vmstate_save_state_v, vmstate_subsection_save).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from vmstate.editing.text import Members

#: First byte of a subsection on the wire.
_SUBSECTION = 0x05
#: Types with framing of their own, whose elements repeat keys in one object.
_FRAMED = frozenset({"qtailq", "qlist", "gtree"})


@dataclass(frozen=True, slots=True)
class Place:
    """A description's state: the whole section, a struct in it, or a subsection.

    Attributes:
        path: of it; empty for the whole section, ``a[2]`` for a struct, ``<i8254/foo>`` for
            a subsection.
        start: where it begins in the body; for a subsection with its header.
        end: where it ends, its subsections included.
        node: the object in the vmdesc with its fields and subsections.
        fields: the entries of the fields that it is in, from the outermost one on: their
            sizes count its bytes.
        parent: the object that has it among its subsections; None for what is none.
    """

    path: str
    start: int
    end: int
    node: Members
    fields: tuple[Members, ...]
    parent: Members | None = None


def places(device: Members, body: bytes) -> dict[str, Place]:
    """Return every place of a section by its path.

    Nothing is raised for a text that does not fit the bytes: what lies behind the first
    place where it does not is left out.

    Args:
        device: the section's entry in the text of the vmdesc.
        body: its bytes.
    """
    walk = _Walk(body)
    # A section of a handler by hand has one field of bytes.
    if device.get("vmsd_name") is not None:
        walk.state(device, "", 0, ())
    return {place.path: place for place in walk.found}


class _Walk:
    """One pass over one section."""

    def __init__(self, body: bytes) -> None:
        self._body = body
        self.found: list[Place] = []

    def state(self, node: Members, path: str, start: int, fields: tuple[Members, ...]) -> int:
        """Walk one state that is no subsection; return where it ends."""
        end = self._inside(node, f"{path}." if path else "", start, fields)
        self.found.append(Place(path, start, end, node, fields))
        return end

    def _inside(self, node: Members, prefix: str, at: int, fields: tuple[Members, ...]) -> int:
        entries = node.objects("fields")
        count = Counter(entry.text("name") for entry in entries)
        reached: Counter[str] = Counter()
        for entry in entries:
            name = entry.text("name")
            is_array = count[name] > 1 or any(
                entry.get(key) is not None for key in ("index", "array_len")
            )
            reached[name] = entry.number("index", reached[name])
            for _ in range(entry.number("array_len", 1)):
                path = f"{prefix}{name}[{reached[name]}]" if is_array else prefix + name
                self._element(entry, path, at, fields)
                at += entry.number("size")
                reached[name] += 1
        for sub in node.objects("subsections"):
            name = sub.text("vmsd_name")
            header = subsection_header(name, sub.number("version"))
            start, at = at, at + len(header)
            if self._body[start:at] != header:
                return start
            path = f"{prefix}<{name}>"
            at = self._inside(sub, f"{path}.", at, fields)
            self.found.append(Place(path, start, at, sub, fields, node))
        return at

    def _element(self, entry: Members, path: str, start: int, fields: tuple[Members, ...]) -> None:
        struct = entry.get("struct")
        if isinstance(struct, Members) and struct.pairs:
            self.state(struct, path, start, (*fields, entry))
        elif entry.get("vmsd_name") is not None and entry.text("type") not in _FRAMED:
            self.state(entry, path, start, (*fields, entry))


def subsection_header(name: str, version_id: int) -> bytes:
    """Return the bytes that stand before a subsection's fields."""
    written = name.encode()
    return bytes((_SUBSECTION, len(written))) + written + version_id.to_bytes(4)
