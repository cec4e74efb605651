"""Loading: writes the function that loads states of one description at one version."""

from __future__ import annotations

from vmstate.compiler.code import Codes, LoadCode
from vmstate.compiler.engine import CompiledLoader
from vmstate.compiler.landing import Landing
from vmstate.compiler.places import Lack, Place, explain
from vmstate.compiler.plan import WIDTHS, Kind, Plan, Shape, Step, format_of, kind_of
from vmstate.compiler.saving import count_lines
from vmstate.compiler.source import Source, looking, reading, writing
from vmstate.compiler.values import Types, empty_slot, is_subsection, unpacker
from vmstate.cursor import Reader
from vmstate.description import Field
from vmstate.elements import ABSENT, UNTAKEN
from vmstate.flags import VMS
from vmstate.interpreter import SUBSECTION
from vmstate.slots import is_put


def compile_loading(plan: Plan, codes: Codes, types: Types) -> LoadCode:
    """Return the function that loads by *plan*.

    Args:
        plan: the fields.
        codes: gives the functions of nested states.
        types: what is known of the types in states.
    """
    return _Loading(plan, codes, types).code()


class _Loading:
    def __init__(self, plan: Plan, codes: Codes, types: Types) -> None:
        self._plan = plan
        self._codes = codes
        self._types = types
        self._needs_engine = False
        self._source = Source("def load(L, d, o, s, v):")
        self._source.names.update(
            new_loader=lambda data: CompiledLoader(Reader(data), data, codes),
            explain=explain,
            empty_slot=empty_slot,
            ABSENT=ABSENT,
            TROUBLE=UNTAKEN,
            PLACES=self._source.places,
            is_subsection=is_subsection,
            is_timer=types.timers.has,
            LISTS=types.writable,
            has=types.writable.has,
            put_rows=types.writable.put_rows,
            unpacker=unpacker,
        )
        self._owner = self._source.bind("D", plan.description)

    def code(self) -> LoadCode:
        """Write the function and compile it."""
        plan, source = self._plan, self._source
        self._body()
        name, text, unpack = plan.description.name, str(source), None
        run = source.compiled(f"<load {name!r}>")
        short = None if self._needs_engine else self._unpack()
        if short is not None:
            text, unpack = f"{short}\n\n{text}", short.compiled(f"<unpack {name!r}>")
        answers = plan.description.post_load is not None
        return LoadCode(plan, text, run, unpack, self._needs_engine, answers)

    def _unpack(self) -> Source | None:
        """Return the function that unpacks a state that is one run of numbers."""
        steps = self._plan.steps
        if len(steps) != 1 or steps[0].shape is not Shape.RUN or steps[0].is_tested:
            return None
        source = Source("def unpack(s, d):")
        source.names.update(is_subsection=is_subsection, has=self._types.writable.has)
        landing = self._landing(steps[0], source)
        if not landing.is_direct:
            return None
        landing.write_whole()
        return source

    def _landing(self, step: Step, source: Source) -> Landing:
        description = self._plan.description
        landing = Landing(source, self._types)
        landing.fields(description, [description.fields[index] for index in step.indices], "s")
        return landing

    def _body(self) -> None:
        source, description = self._source, self._plan.description
        source.line("n = len(d)")
        if description.pre_load is not None or description.pre_load_errp is not None:
            self._needs_engine = True
            source.line(f"L.pre_load(o, {self._owner}, s)")
        with source.block("try:"):
            for step in self._plan.steps:
                self._step(step)
            source.line("pass")
        with source.block("except TROUBLE as trouble:"):
            source.line("explain(trouble, locals(), PLACES, L or new_loader(d))")
            source.line("raise")
        own = description.name.encode("latin-1")
        with source.block(f"if o < n and d[o] == {SUBSECTION} and is_subsection(d, o, {own!r}):"):
            source.line(f"o = (L or new_loader(d)).subsections(o, {self._owner}, s)")
        if description.post_load is not None or description.post_load_errp is not None:
            self._needs_engine = True
            source.line(f"L.post_load(o, {self._owner}, s, v)")
        source.line("return o")

    def _step(self, step: Step) -> None:
        source = self._source
        field = self._plan.description.fields[step.indices[0]]
        must_exist = f"L.exists(o, {self._owner}, {source.bind('F', field)}, s, v)"
        if step.shape is Shape.REFUSED:
            self._needs_engine = True
            source.line(must_exist)
        elif step.is_tested:
            self._needs_engine |= field.must_exist
            test = f"{source.bind('test', field.field_exists)}(s, v)"
            with source.block(f"if {must_exist if field.must_exist else test}:"):
                self._there(step, field)
        else:
            self._there(step, field)

    def _there(self, step: Step, field: Field) -> None:
        match step.shape:
            case Shape.NUMBERS:
                self._numbers(step, field)
            case Shape.STATES:
                self._states(field)
            case Shape.CODEC:
                self._codec(field)
            case Shape.WALK:
                self._needs_engine = True
                self._source.line(f"o = L.walk(o, {self._owner}, {step.indices[0]}, s)")
            case _:
                self._run(step)

    def _run(self, step: Step) -> None:
        source = self._source
        landing = self._landing(step, source)
        with source.block(f"if {landing.doubt()}:"):
            source.line(self._again(step))
        with source.block("else:"):
            landing.write()

    def _again(self, step: Step) -> str:
        """Return the line that leaves a run, of which nothing is read yet, to the interpreter."""
        return f"o = (L or new_loader(d)).again(o, {self._owner}, {step.indices!r}, s)"

    def _numbers(self, step: Step, field: Field) -> None:
        source, start, code = self._source, field.start, format_of(field.codec)
        width = WIDTHS[code]
        values = f"unpacker({code!r}, m)(d, o)"
        if kind_of(field.codec) is Kind.BOOLEAN:
            values = "[x != 0 for x in d[o:o + m]]"
        elif code == "B":
            values = "d[o:o + m]"
        count_lines(source, field, self._place(field), "m")
        is_there = f"o + m * {width} <= n"
        if field.is_allocated:
            with source.block(f"if 0 < m and {is_there}:"):
                source.line("l = [None] * m")
                source.line(writing("s", field.name, "l"), self._room(field, "l"))
                source.line(f"l[:] = {values}")
                source.line(f"o += m * {width}")
            with source.block("else:"):
                source.line(self._again(step))
            return
        with source.block("if m:"):
            source.line(f"l = {reading('s', field.name)}", self._place(field))
            with source.block(
                f"if {is_there} and (type(l) in LISTS or has(l)) and len(l) >= {start} + m:"
            ):
                source.line(f"l[{start}:{start} + m] = {values}")
                source.line(f"o += m * {width}")
            with source.block("else:"):
                source.line(self._again(step))

    def _states(self, field: Field) -> None:
        source = self._source
        if field.vmsd is None:
            return
        child = self._codes.loading(field.vmsd, field.struct_version())
        self._needs_engine |= child.needs_engine
        load = source.bind("load", child.run)
        value, version = reading("s", field.name), field.struct_version()
        if not field.is_array:
            source.line(f"e = {value}", self._place(field, 0))
            source.line("if e is None: raise TypeError", self._place(field, 0))
            source.line(f"o = {load}(L, d, o, e, {version})")
            return
        if field.flags & VMS.ARRAY:
            source.line(f"m = {field.num}")
        else:
            count_lines(source, field, self._place(field), "m")
        with source.block("if m:"):
            source.line(f"c = {value}", self._place(field))
            with source.block(f"for k in range({field.start}, {field.start} + m):"):
                source.line("e = c[k]", self._place(field, "k"))
                source.line("if e is None: raise TypeError", self._place(field, "k"))
                source.line(f"o = {load}(L, d, o, e, {version})")

    def _codec(self, field: Field) -> None:
        source = self._source
        self._needs_engine = True
        if field.whole:
            source.line("x = s")
        elif is_put(field):
            for line in looking("s", field.name, "x"):
                source.line(line, self._place(field, 0))
        else:
            source.line(f"x = {reading('s', field.name)}", self._place(field, 0))
            if field.flags & VMS.POINTER:
                source.line("if x is None: raise TypeError", self._place(field, 0))
        source.line("r = L.reader")
        source.line("r.offset = o")
        source.line(f"r.owner = {self._plan.description.name!r}")
        source.line(f"r.field = {field.name!r}")
        source.line(f"x = {source.bind('codec', field.codec)}.load(r, x, {field.size})")
        source.line("o = r.offset")
        if not field.whole:
            source.line(writing("s", field.name, "x"), self._room(field, "x"))

    def _place(self, field: Field, number: int | str | None = None) -> Place:
        return Place(Lack.ELEMENT, self._plan.description, field, "s", number=number)

    def _room(self, field: Field, value: str) -> Place:
        return Place(Lack.ROOM, self._plan.description, field, "s", value=value)
