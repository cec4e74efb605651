"""Leaves: the fields that a self-description finds in a section.

Owns cutting a section's body into its leaf fields.  It knows no stream around the body and
no description but the one that was sent.  What that does not account for becomes a leaf of
type ``?``, so that no byte is lost.

Source: QEMU 7.2 migration/vmstate.c (vmstate_save_state_v, vmsd_desc_field_start); for what
later releases leave out, QEMU 10.0 and 11.1 migration/vmstate.c.
"""

from __future__ import annotations

from collections import Counter
from itertools import chain, count
from typing import NamedTuple, TypeAlias

from vmstate.entries import NULL_POINTER
from vmstate.vmdesc import SentDescription, SentDevice, SentField, subsection_header

#: Type of a leaf that the description does not account for.
UNKNOWN = "?"

_STRUCTS = frozenset({"struct", "vstruct"})
#: Types that carry framing of their own around each element.
_QUEUES = frozenset({"qtailq", "qlist"})
#: All types whose elements are more than bytes of one size, even where no form is given.
_FORMED = _STRUCTS | _QUEUES | {"gtree"}
#: Bytes of a tree's key that is an integer.
_PLAIN_KEY = 8

#: Leaves of one type and size behind each other: the path of each, their type, where the
#: first one begins in the body, the bytes of each.  A section may have a hundred thousand
#: leaves, most of them in few runs; what is done for each run need not be done for each leaf.
Run: TypeAlias = tuple[list[str], str, int, int]


class Leaf(NamedTuple):
    """A field that has no fields in it; a section may have a hundred thousand.

    Attributes:
        path: e.g. ``regs[2].now[0]``; a subsection appears in it as ``<i8254/foo>``.
            Paths within a section are unique: where the JSON repeats one, the second
            occurrence ends in ``#2``.
        type: the codec's name; ``?`` for bytes that the description does not account for.
        offset: where it begins in the body.
        data: its bytes.
    """

    path: str
    type: str
    offset: int
    data: bytes


def leaves(device: SentDevice, body: bytes) -> list[Leaf]:
    """Cut the *body* of a section into its leaf fields, in wire order.

    Nothing is raised for a description that does not fit: from the first byte that it does
    not account for, the rest of the innermost struct of known size is one leaf of type
    ``?``.  Headers of subsections and the framing of queues are in no leaf.
    """
    return [
        Leaf(path, kind, at, body[at : at + size])
        for paths, kind, offset, size in leaf_runs(device, body)
        for path, at in zip(paths, count(offset, size), strict=False)
    ]


def leaf_runs(device: SentDevice, body: bytes) -> list[Run]:
    """Return the same as :func:`leaves`, in runs, without the bytes."""
    walk = _Walk(body)
    stop = walk.description(device.body, "", 0, len(body))
    walk.leaf(UNKNOWN, UNKNOWN, stop, len(body))
    return unique(walk.runs)


def unique(found: list[Run]) -> list[Run]:
    """Return *found* with a number behind each repeated path."""
    paths = list(chain.from_iterable(run[0] for run in found))
    if len(set(paths)) == len(paths):
        return found
    seen: Counter[str] = Counter()
    result = list[Run]()
    for names, kind, offset, size in found:
        numbered = []
        for path in names:
            seen[path] += 1
            numbered.append(path if seen[path] == 1 else f"{path}#{seen[path]}")
        result.append((numbered, kind, offset, size))
    return result


class _Walk:
    """One pass over one body.

    Every method that walks returns the offset at which it could go no further; what lies
    between that and the end that was promised belongs to whoever knows that end.
    """

    def __init__(self, body: bytes) -> None:
        self._body = body
        self.runs: list[Run] = []

    def leaf(self, path: str, kind: str, offset: int, end: int) -> None:
        """Keep some bytes as a leaf, unless there are none."""
        if end > offset:
            self.runs.append(([path], kind, offset, end - offset))

    def description(self, sent: SentDescription, prefix: str, offset: int, limit: int) -> int:
        """Walk the fields and subsections of one description."""
        for field, first, number in sent.runs:
            size = field.size
            if not size:
                continue
            fitting = number if offset + number * size <= limit else (limit - offset) // size
            path = prefix + field.name
            if field.elements or field.type in _FORMED:
                for index in range(fitting):
                    name = path if first is None else f"{path}[{first + index}]"
                    self._element(field, name, offset, offset + size)
                    offset += size
            elif fitting:
                if first is None:
                    paths = [path] * fitting
                else:
                    paths = [f"{path}[{index}]" for index in range(first, first + fitting)]
                self.runs.append((paths, field.type, offset, size))
                offset += fitting * size
            if fitting < number:
                return offset
        for sub in sent.subsections:
            header = subsection_header(sub)
            start = offset + len(header)
            if start > limit or self._body[offset:start] != header:
                return offset
            offset = self.description(sub, f"{prefix}<{sub.name}>.", start, limit)
        return offset

    def _element(self, field: SentField, path: str, offset: int, end: int) -> None:
        if field.type in _QUEUES:
            stop = self._queue(field, path, offset, end)
        elif field.type == "gtree":
            stop = self._tree(field, path, offset, end)
        elif field.elements:
            stop = self.description(field.elements[0], f"{path}.", offset, end)
        else:
            # Until 9.2 a null pointer in an array of structs is a struct without a form, and
            # so are all elements behind it, null or not.
            is_null = self._body[offset:end] == b"0"
            self.leaf(path, NULL_POINTER if is_null else field.type, offset, end)
            return
        if stop < end:
            self.leaf(f"{path}.{UNKNOWN}", UNKNOWN, stop, end)

    def _queue(self, field: SentField, path: str, offset: int, end: int) -> int:
        """Walk a queue: a byte 1 before each element, a byte 0 after the last."""
        for number, sent in enumerate(field.elements):
            if offset >= end or self._body[offset] != 1:
                return offset
            offset = self.description(sent, f"{path}[{number}].", offset + 1, end)
        return offset + 1 if self._body[offset : offset + 1] == b"\0" and offset < end else offset

    def _tree(self, field: SentField, path: str, offset: int, end: int) -> int:
        """Walk a tree: a count of nodes, then a queue of them, each a key and a value.

        A key is described where it is a struct; a plain one is eight bytes.
        """
        start = offset + 4
        nodes = int.from_bytes(self._body[offset:start])
        described_keys = len(field.elements) == 2 * nodes
        if start > end or (not described_keys and len(field.elements) != nodes):
            return offset
        parts = iter(field.elements)
        offset = start
        for number in range(nodes):
            if offset >= end or self._body[offset] != 1:
                return offset
            offset += 1
            if described_keys:
                offset = self.description(next(parts), f"{path}[{number}].key.", offset, end)
            elif offset + _PLAIN_KEY <= end:
                self.leaf(f"{path}[{number}].key", "uint64", offset, offset + _PLAIN_KEY)
                offset += _PLAIN_KEY
            offset = self.description(next(parts), f"{path}[{number}].", offset, end)
        return offset + 1 if self._body[offset : offset + 1] == b"\0" and offset < end else offset
