"""The draft: a stream while it is changed, its sections beside the text that describes them.

Owns keeping the two in step.  It has no opinion on what is changed: a device may refuse
what it is given, which is what one wants to see.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Iterable, Sequence
from copy import deepcopy
from dataclasses import dataclass, replace

from vmstate.editing.address import Key, address, find_section, near
from vmstate.editing.places import Place, places
from vmstate.editing.text import Members, read_text, write_text
from vmstate.errors import EditError
from vmstate.stream import Eof, Event, PackageEnd, Section, Tail, VmdescText
from vmstate.vmdesc import SentDevice, parse_vmdesc

#: What stands behind the last section.
_ENDS = (Eof, PackageEnd, Tail, VmdescText)


def key_of(section: Section) -> Key:
    """Return which section it is."""
    return Key(section.idstr, section.instance_id)


@dataclass(slots=True)
class _Row:
    """An event, and the entry of the vmdesc that describes it; only sections have one."""

    event: Event
    entry: Members | None = None


class Draft:
    """The devices of a stream, changeable.

    Args:
        events: the stream's, or its last part from some section on.
        passed: sections that came before *events* and can't be changed any more.

    Raises:
        StreamError: the text of its vmdesc is no JSON object.
    """

    def __init__(self, events: Iterable[Event], passed: Sequence[Key] = ()) -> None:
        self._rows = [_Row(event) for event in events]
        self._passed = tuple(passed)
        self._root: Members | None = None
        for row in self._rows:
            if isinstance(row.event, VmdescText):
                self._root = read_text(row.event.text)
        self._others = self._join()
        self._is_changed = False

    def _join(self) -> list[Members]:
        """Give each section its entry; return those of sections that are not here."""
        waiting: defaultdict[Key, deque[Members]] = defaultdict(deque)
        for entry in self._root.objects("devices") if self._root is not None else ():
            waiting[Key(entry.text("name"), entry.number("instance_id"))].append(entry)
        others = [waiting[key].popleft() for key in self._passed if waiting[key]]
        for row in self._rows:
            if isinstance(row.event, Section) and (mine := waiting[key_of(row.event)]):
                row.entry = mine.popleft()
        return [*others, *(entry for left in waiting.values() for entry in left)]

    def events(self) -> list[Event]:
        """Return the stream as it is now."""
        if self._is_changed and self._root is not None:
            entries = [row.entry for row in self._rows if row.entry is not None]
            self._root.set("devices", [*self._others, *entries])
            text = write_text(self._root)
            for row in self._rows:
                if isinstance(row.event, VmdescText):
                    row.event = VmdescText(text)
        return [row.event for row in self._rows]

    # What is there ------------------------------------------------------------------------

    @property
    def keys(self) -> list[Key]:
        """The sections that can be changed, in stream order."""
        return [key_of(row.event) for row in self._rows if isinstance(row.event, Section)]

    def find(self, name: str) -> Key:
        """Return the section called *name*.

        Raises:
            EditError: there is none, or it can't be changed any more.
        """
        self.check_here(name)
        return find_section(name, self.keys)

    def check_here(self, name: str) -> None:
        """Raise EditError if what is called *name* can't be changed any more."""
        for key in self._passed:
            if name == str(key) or name.startswith((f"{key}/", f"{key}[")):
                raise EditError(
                    name,
                    "it stands before guest memory and has left before the vmdesc came: "
                    "save the stream to a file, and edit that",
                )

    def _row(self, key: Key) -> tuple[int, _Row, Section]:
        for place, row in enumerate(self._rows):
            if isinstance(row.event, Section) and key_of(row.event) == key:
                return place, row, row.event
        raise EditError(str(key), "the stream has no such section")

    def section(self, key: Key) -> Section:
        """Return the first section that *key* names."""
        return self._row(key)[2]

    def entry(self, key: Key) -> Members | None:
        """Return what the vmdesc has of a section; None where it has nothing."""
        return self._row(key)[1].entry

    def described(self, key: Key, what: str) -> Members:
        """Return what the vmdesc has of a section.

        Args:
            key: the section.
            what: what it is needed for, as it was asked for.

        Raises:
            EditError: it has nothing.
        """
        entry = self.entry(key)
        if entry is None:
            raise EditError(
                what,
                "the stream has no vmdesc of it, which would tell where its fields are: "
                "save with suppress-vmdesc=off",
            )
        return entry

    def sent(self, key: Key, what: str) -> SentDevice:
        """Return what the vmdesc means for a section; as :meth:`described`."""
        text = write_text(Members([("page_size", 4096), ("devices", [self.described(key, what)])]))
        return parse_vmdesc(text).devices[0]

    def places(self, key: Key, what: str) -> dict[str, Place]:
        """Return the places of a section by path; as :meth:`described`."""
        return places(self.described(key, what), self.section(key).body)

    def subsection(self, key: Key, path: str) -> Place:
        """Return where the subsection *path* of a section is.

        Raises:
            EditError: there is none, or nothing tells where.
        """
        what = address(key, path)
        found = {
            name: place
            for name, place in self.places(key, what).items()
            if place.parent is not None
        }
        if path not in found:
            said = near(path, found) or (f"; it has {', '.join(found)}" if found else "")
            raise EditError(what, f"there is no such subsection{said}")
        return found[path]

    # Whole sections -----------------------------------------------------------------------

    def drop(self, key: Key) -> None:
        """Remove a section."""
        place, row, _ = self._row(key)
        del self._rows[place]
        self._is_changed |= row.entry is not None

    def add(self, section: Section, entry: Members | None) -> None:
        """Put in a section of another stream: in the place of the one of its name, or last.

        Args:
            section: the section; its number is made one that is free.
            entry: what the other stream's vmdesc has of it.
        """
        known = [row.event for row in self._rows if isinstance(row.event, Section)]
        has_footer = known[0].has_footer if known else section.has_footer
        if key_of(section) in self.keys:
            _, row, old = self._row(key_of(section))
            number = old.section_id
        else:
            row = _Row(section)
            number = max((one.section_id for one in known), default=0) + 1
            self._rows.insert(self._end(), row)
        row.event = replace(section, section_id=number, has_footer=has_footer)
        row.entry = deepcopy(entry) if self._root is not None else None
        self._is_changed = True

    def _end(self) -> int:
        """Return the place behind the last section."""
        sections = [n for n, row in enumerate(self._rows) if isinstance(row.event, Section)]
        if sections:
            return sections[-1] + 1
        return next(
            (n for n, row in enumerate(self._rows) if isinstance(row.event, _ENDS)),
            len(self._rows),
        )

    def move(self, key: Key, anchor: Key, *, is_after: bool) -> None:
        """Put a section directly before or after another one.

        Raises:
            EditError: both are the same.
        """
        if key == anchor:
            raise EditError(str(key), "it can't be moved before or after itself")
        place, row, _ = self._row(key)
        del self._rows[place]
        self._rows.insert(self._row(anchor)[0] + is_after, row)
        self._is_changed |= row.entry is not None

    # Parts of sections --------------------------------------------------------------------

    def put(self, key: Key, start: int, end: int, data: bytes) -> None:
        """Replace the bytes of a section from *start* to *end* by *data*."""
        _, row, section = self._row(key)
        body = section.body[:start] + data + section.body[end:]
        row.event = replace(section, body=body)

    def drop_subsection(self, key: Key, path: str) -> None:
        """Remove a subsection, from the bytes and from the vmdesc.

        Raises:
            EditError: there is none.
        """
        place = self.subsection(key, path)
        parent = place.parent
        assert parent is not None
        left = [sub for sub in parent.objects("subsections") if sub is not place.node]
        if left:
            parent.set("subsections", [*left])
        else:
            parent.drop("subsections")
        self._resize(place, place.start - place.end)
        self.put(key, place.start, place.end, b"")

    def add_subsection(self, key: Key, path: str, data: bytes, node: Members) -> None:
        """Put in a subsection of another stream: for the one of its name, or as the last one.

        Args:
            key: the section.
            path: of the subsection; what it is a part of must be there.
            data: its bytes, with its header.
            node: what the other stream's vmdesc has of it.

        Raises:
            EditError: there is nothing that it could be a part of.
        """
        what = address(key, path)
        if path in self.places(key, what):
            self.drop_subsection(key, path)
        found = self.places(key, what)
        outer = path[: path.rindex("<")].removesuffix(".")
        if outer not in found:
            raise EditError(what, f"there is no {outer!r} that it could be a part of")
        parent = found[outer]
        parent.node.set("subsections", [*parent.node.objects("subsections"), deepcopy(node)])
        self._resize(parent, len(data))
        self.put(key, parent.end, parent.end, data)

    def _resize(self, place: Place, change: int) -> None:
        for entry in place.fields:
            entry.set("size", entry.number("size") + change)
        self._is_changed = True
