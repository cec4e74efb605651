"""Landings: the lines of a run that is loaded: one unpack, then each value to its place.

Values land one by one and in order, as the interpreter puts them; before the first lands
it is certain that all bytes are there and that no subsection is among them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from struct import Struct
from typing import Any, cast

from vmstate.compiler.places import Lack, Place
from vmstate.compiler.plan import MOST_NAMED, WIDTHS, Kind, format_of, kind_of, size_of
from vmstate.compiler.source import Source, looking, reading, writing
from vmstate.compiler.targets import Targets
from vmstate.compiler.values import Types
from vmstate.description import Field, VMStateDescription
from vmstate.flags import VMS
from vmstate.interpreter import SUBSECTION


@dataclass(frozen=True, slots=True)
class _Line:
    text: str
    places: tuple[Place, ...] = ()
    depth: int = 0


class Landing:
    """Collects the lines of a run, and writes them.

    Args:
        source: takes the lines.
        types: what is known of the types in states.
    """

    def __init__(self, source: Source, types: Types) -> None:
        self._source = source
        self._lines: list[_Line] = []
        self._targets = Targets(source, types)
        self._format: list[str] = []
        self._values: list[str] = []
        #: By offset, the value that begins there: its index and its struct format.
        self._starts: dict[int, tuple[int, str]] = {}
        self._size = 0
        #: Where nested states end, and the names under which their subsections may follow.
        self._ends: list[tuple[int, bytes]] = []
        #: Whether the doubt left the values in ``t``.
        self._is_unpacked = False
        self._unpack: Callable[..., tuple[Any, ...]] | None = None

    def fields(self, owner: VMStateDescription, fields: list[Field], holder: str) -> None:
        """Collect the lines for *fields* of the state that the variable *holder* has."""
        for field in fields:
            count = field.num if field.is_array else 1
            if count and field.is_struct:
                self._states(owner, field, holder, count)
            elif count:
                self._leaf(owner, field, holder, count)

    @property
    def is_direct(self) -> bool:
        """Whether it has nothing but numbers that may go straight to their places."""
        return bool(self._targets)

    def doubt(self) -> str:
        """Return the condition on which the run is left to the interpreter."""
        unpack = f"{self._unpacker()}(d, o)"
        return " or ".join([f"o + {self._size} > n", *self._doubts("o + ", unpack)])

    def write(self) -> None:
        """Write the lines, after the doubt."""
        source = self._source
        unpack = "t" if self._is_unpacked else f"{self._unpacker()}(d, o)"
        if self._targets:
            self._targets.ask()
            with source.block("if is_direct:"):
                self._targets.put(unpack)
            with source.block("else:"):
                self._one_by_one(unpack)
        else:
            self._one_by_one(unpack)
        source.line(f"o += {self._size}")

    def write_whole(self) -> None:
        """Write the lines of a function that is given all bytes of a run that is direct."""
        source = self._source
        unpack = f"{self._unpacker()}(d)"
        # What follows the run's end is not there, be it a subsection.
        doubts = self._doubts("", unpack, self._size)
        self._targets.ask()
        refusals = ["not is_direct", f"len(d) != {self._size}", *doubts]
        with source.block(f"if {' or '.join(refusals)}:"):
            source.line("return False")
        self._targets.put("t" if self._is_unpacked else unpack)
        source.line("return True")

    def _doubts(self, origin: str, unpack: str, total: int | None = None) -> Iterator[str]:
        """Return the conditions on which a subsection may be in the run.

        Args:
            origin: what an offset is added to.
            unpack: gives the run's values.
            total: how many bytes there are, if that is known.
        """
        for offset, owner in self._ends:
            if offset == total:
                continue
            at = f"{origin}{offset}"
            index, code = self._starts.get(offset, (0, ""))
            if code in WIDTHS:
                # The byte in question is the first of a number; to look at that is quicker.
                values = "t" if self._is_unpacked else f"(t := {unpack})"
                begins, self._is_unpacked = _begins(f"{values}[{index}]", code), True
            elif offset == self._size:
                begins = f"{at} < n and d[{at}] == {SUBSECTION}"
            else:
                begins = f"d[{at}] == {SUBSECTION}"
            yield f"{begins} and is_subsection(d, {at}, {owner!r})"

    def _unpacker(self) -> str:
        if self._unpack is None:
            self._unpack = Struct(">" + "".join(self._format)).unpack_from
        return self._source.bind("unpack", self._unpack)

    def _one_by_one(self, unpack: str) -> None:
        source = self._source
        if self._values:
            names = "".join(f"{value}, " for value in self._values)
            source.line(f"{names}= {unpack}")
        for line in self._lines:
            source.line("    " * line.depth + line.text, *line.places)

    def _states(self, owner: VMStateDescription, field: Field, holder: str, count: int) -> None:
        vmsd, version_id = cast("VMStateDescription", field.vmsd), field.struct_version()
        inner = [other for other in vmsd.fields if other.version_id <= version_id]
        elements = [reading(holder, field.name)]
        if field.is_array:
            array = self._source.local("c")
            place = Place(Lack.ELEMENT, owner, field, holder, self._size)
            self._line(f"{array} = {elements[0]}", place)
            self._targets.enter(array, holder, field.name)
            elements = [f"{array}[{field.start + number}]" for number in range(count)]
        for number, element in enumerate(elements):
            state = self._source.local("e")
            place = Place(Lack.ELEMENT, owner, field, holder, self._size, number)
            self._line(f"{state} = {element}", place)
            self._line(f"if {state} is None: raise TypeError", place)
            if field.is_array:
                self._targets.enter(state, array, f"[{field.start + number}]")
            else:
                self._targets.enter(state, holder, field.name)
            self.fields(vmsd, inner, state)
            self._ends.append((self._size, vmsd.name.encode("latin-1")))

    def _leaf(self, owner: VMStateDescription, field: Field, holder: str, count: int) -> None:
        kind = cast("Kind", kind_of(field.codec))
        if kind is Kind.PADDING:
            self._format.append(f"{count * field.size}x")
        elif kind in (Kind.NUMBER, Kind.BOOLEAN) and not field.is_array:
            self._number(owner, field, holder, kind)
        else:
            self._targets.spoil()
            if kind is Kind.BUFFER:
                self._buffer(owner, field, holder)
            elif kind is Kind.TIMER:
                self._timer(owner, field, holder)
            else:
                self._array(owner, field, holder, count)
        self._size += count * size_of(field, kind)

    def _number(self, owner: VMStateDescription, field: Field, holder: str, kind: Kind) -> None:
        value = self._value(format_of(field.codec))
        place = Place(Lack.VALUE, owner, field, holder, self._size)
        is_pointer = bool(field.flags & VMS.POINTER)
        if kind is Kind.NUMBER and not is_pointer:
            self._targets.add(holder, field.name)
        else:
            self._targets.spoil()
        if kind is Kind.BOOLEAN:
            self._line(f"{value} = {value} != 0")
        if is_pointer:
            self._line(f"if {reading(holder, field.name)} is None: raise TypeError", place)
        else:
            for line in looking(holder, field.name):
                self._line(line, place)
        self._put(owner, field, holder, value, kind)

    def _put(
        self, owner: VMStateDescription, field: Field, holder: str, value: str, kind: Kind
    ) -> None:
        end = self._size + size_of(field, kind)
        room = Place(Lack.ROOM, owner, field, holder, end, value=value)
        self._line(writing(holder, field.name, value), room)

    def _array(self, owner: VMStateDescription, field: Field, holder: str, count: int) -> None:
        code, is_flags = format_of(field.codec), kind_of(field.codec) is Kind.BOOLEAN
        if count <= MOST_NAMED and not field.columns:
            names = [self._value(code) for _ in range(count)]
            values = "".join(f"{name} != 0, " if is_flags else f"{name}, " for name in names)
        else:
            # One value for struct, whose bytes are unpacked by themselves.
            values = self._value(f"{count * size_of(field, Kind.NUMBER)}s")
            if is_flags:
                values = f"[x != 0 for x in {values}]"
            elif code != "B":
                unpack = Struct(f">{count}{code}").unpack
                values = f"{self._source.bind('unpack', unpack)}({values})"
        array = self._source.local("l")
        place = Place(Lack.VALUE, owner, field, holder, self._size)
        self._line(f"{array} = {reading(holder, field.name)}", place)
        if field.columns:
            shape = f"{count // field.columns}, {field.columns}"
            self._line(f"if not put_rows({array}, {shape}, {values}):")
        else:
            start, end = field.start, field.start + count
            self._line(f"if (type({array}) in LISTS or has({array})) and len({array}) >= {end}:")
            self._line(f"{array}[{start}:{end}] = {values}", depth=1)
            self._line("else:")
        self._leave(owner, field, holder)

    def _buffer(self, owner: VMStateDescription, field: Field, holder: str) -> None:
        codec = field.codec
        start, is_partial = getattr(codec, "start", 0), getattr(codec, "is_partial", False)
        value, end = self._value(f"{field.size}s"), start + field.size
        buffer = self._source.local("b")
        place = Place(Lack.VALUE, owner, field, holder, self._size)
        fits = f"len({buffer}) {'>=' if is_partial else '=='} {end}"
        self._line(f"{buffer} = {reading(holder, field.name)}", place)
        self._line(f"if isinstance({buffer}, bytearray) and {fits}:")
        self._line(f"{buffer}[{start}:{end}] = {value}", depth=1)
        self._put_inside(owner, field, holder, buffer, Kind.BUFFER)
        self._line("else:")
        self._leave(owner, field, holder)

    def _timer(self, owner: VMStateDescription, field: Field, holder: str) -> None:
        value, timer = self._value("Q"), self._source.local("t")
        place = Place(Lack.VALUE, owner, field, holder, self._size)
        self._line(f"{timer} = {reading(holder, field.name)}", place)
        self._line(f"if is_timer({timer}):")
        self._line(f"if {value} == 0xFFFFFFFFFFFFFFFF: {timer}.delete()", depth=1)
        self._line(f"else: {timer}.modify({value})", depth=1)
        self._put_inside(owner, field, holder, timer, Kind.TIMER)
        self._line("else:")
        self._leave(owner, field, holder)

    def _put_inside(
        self, owner: VMStateDescription, field: Field, holder: str, value: str, kind: Kind
    ) -> None:
        self._put(owner, field, holder, value, kind)
        last = self._lines[-1]
        self._lines[-1] = _Line(last.text, last.places, 1)

    def _leave(self, owner: VMStateDescription, field: Field, holder: str) -> None:
        """Leave one field to the interpreter, in the block that was begun."""
        source = self._source
        names = f"{source.bind('D', owner)}, {source.bind('F', field)}, {holder}"
        self._line(f"(L or new_loader(d)).leaf(o + {self._size}, {names})", depth=1)

    def _value(self, code: str) -> str:
        """Return the variable for one more value of the struct format *code*."""
        self._starts.setdefault(self._size, (len(self._values), code))
        self._format.append(code)
        self._values.append(self._source.local("v"))
        return self._values[-1]

    def _line(self, text: str, place: Place | None = None, depth: int = 0) -> None:
        self._lines.append(_Line(text, () if place is None else (place,), depth))


def _begins(value: str, code: str) -> str:
    """Return the condition on which the first byte of a number is a subsection's."""
    unit = 1 << 8 * (WIDTHS[code] - 1)
    if unit == 1:
        return f"{value} == {SUBSECTION}"
    return f"{SUBSECTION * unit} <= {value} < {(SUBSECTION + 1) * unit}"
