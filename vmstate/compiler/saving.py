"""Saving: writes the function that saves states of one description at one version."""

from __future__ import annotations

from struct import Struct

from vmstate.compiler.code import Codes, SaveCode
from vmstate.compiler.engine import CompiledSaver
from vmstate.compiler.places import Lack, Place, explain
from vmstate.compiler.plan import Kind, Plan, Shape, Step, format_of, kind_of
from vmstate.compiler.source import Source, reading
from vmstate.compiler.values import Types, flags, packer
from vmstate.description import Field, VMStateDescription
from vmstate.elements import UNTAKEN
from vmstate.flags import VMS
from vmstate.interpreter import SUBSECTION

_MOST_VERSION = 0xFFFFFFFF
#: The largest count that QEMU's arithmetic leaves as it is.
MOST_COUNT = 0x7FFFFFFF


def compile_saving(plan: Plan, codes: Codes, types: Types) -> SaveCode:
    """Return the function that saves by *plan*.

    Args:
        plan: the fields.
        codes: gives the functions of nested states.
        types: what is known of the types in states.
    """
    return _Saving(plan, codes, types).code()


class _Saving:
    def __init__(self, plan: Plan, codes: Codes, types: Types) -> None:
        self._plan = plan
        self._codes = codes
        self._types = types
        self._needs_engine = False
        self._source = self._new_source("def save(S, out, s, v):")
        self._owner = self._source.bind("D", plan.description)

    def _new_source(self, head: str) -> Source:
        codes, types = self._codes, self._types
        source = Source(head)
        source.names.update(
            new_saver=lambda out: CompiledSaver(out, codes),
            explain=explain,
            TROUBLE=UNTAKEN,
            PLACES=source.places,
            SEQUENCES=types.readable,
            has=types.readable.has,
            flags=flags,
            packer=packer,
            rows=types.readable.rows,
            is_timer=types.timers.has,
        )
        return source

    def code(self) -> SaveCode:
        """Write the function and compile it."""
        plan, source = self._plan, self._source
        self._body()
        name, text, pack = plan.description.name, str(source), None
        run = source.compiled(f"<save {name!r}>")
        if plan.is_static and not self._needs_engine:
            short = self._pack()
            text, pack = f"{short}\n\n{text}", short.compiled(f"<pack {name!r}>")
        return SaveCode(plan, text, run, pack, self._needs_engine, plan.is_static)

    def _pack(self) -> Source:
        """Return the function that packs all at once, and has nothing to say where it can't."""
        source = self._new_source("def pack(s):")
        runs = []
        with source.block("try:"):
            for step in self._plan.steps:
                run = _Run(source)
                run.fields([self._plan.description.fields[index] for index in step.indices], "s")
                runs.append(run.packed())
            source.line(f"return {' + '.join(runs) or repr(b'')}")
        # Whatever it is, the interpreter saves the same again and says what is wrong.
        with source.block("except Exception:"):
            source.line("return None")
        return source

    def _body(self) -> None:
        source, description = self._source, self._plan.description
        if not self._plan.is_static:
            source.line("t = []")
        if description.pre_save is not None or description.pre_save_errp is not None:
            self._needs_engine = True
            source.line(f"S.pre_save({self._owner}, s)")
        if description.post_save is None:
            self._guarded_steps()
        else:
            self._needs_engine = True
            source.line("saved = False")
            with source.block("try:"):
                self._guarded_steps()
                source.line("saved = True")
            with source.block("finally:"):
                source.line(f"S.post_save({self._owner}, s, saved=saved)")
        source.line("return None" if self._plan.is_static else "return t")

    def _guarded_steps(self) -> None:
        source = self._source
        with source.block("try:"):
            for step in self._plan.steps:
                self._step(step)
            for vmsd in self._plan.description.subsections:
                self._subsection(vmsd)
            source.line("pass")
        with source.block("except TROUBLE as trouble:"):
            source.line("explain(trouble, locals(), PLACES, S or new_saver(out))")
            source.line("raise")

    def _step(self, step: Step) -> None:
        source = self._source
        field = self._plan.description.fields[step.indices[0]]
        must_exist = f"S.exists({self._owner}, {source.bind('F', field)}, s, v)"
        if step.shape is Shape.REFUSED:
            self._needs_engine = True
            source.line(must_exist)
        elif step.is_tested:
            self._needs_engine |= field.must_exist
            test = f"{source.bind('test', field.field_exists)}(s, v)"
            with source.block(f"if {must_exist if field.must_exist else test}:"):
                source.line("t.append(True)")
                self._there(step, field)
            with source.block("else:"):
                source.line("t.append(False)")
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
                self._source.line(f"t.append(S.walk({self._owner}, {step.indices[0]}, s))")
            case _:
                self._run(step)

    def _run(self, step: Step) -> None:
        source = self._source
        run = _Run(source)
        with source.block("try:"):
            run.fields([self._plan.description.fields[index] for index in step.indices], "s")
            source.line(f"data = {run.packed()}")
        self._or_again(step)

    def _or_again(self, step: Step) -> None:
        """Append the bytes; where there are none, let the interpreter find out why."""
        source = self._source
        # Whatever it is, the interpreter meets it again.
        with source.block("except Exception:"):
            source.line("data = None")
        with source.block("if data is None:"):
            source.line("S = S or new_saver(out)")
            source.line(f"S.again({self._owner}, {step.indices!r}, s)")
        with source.block("else:"):
            source.line("out += data")

    def _count(self, field: Field) -> None:
        source, place = self._source, self._place(field)
        count_lines(source, field, place, "n")
        source.line("t.append(n)")

    def _numbers(self, step: Step, field: Field) -> None:
        source, start = self._source, field.start
        self._count(field)
        code = format_of(field.codec)
        values = f"l[{start}:{start} + n]"
        if kind_of(field.codec) is Kind.BOOLEAN:
            values = f"flags({values})"
        with source.block("if n:"):
            with source.block("try:"):
                source.line(f"l = {reading('s', field.name)}")
                source.line("if type(l) not in SEQUENCES and not has(l): raise TypeError")
                source.line(f"data = packer({code!r}, n)(*{values})")
            self._or_again(step)

    def _states(self, field: Field) -> None:
        source = self._source
        if field.vmsd is None:
            return
        child = self._codes.saving(field.vmsd, field.struct_version())
        self._needs_engine |= child.needs_engine
        save = source.bind("save", child.run)
        value, version = reading("s", field.name), field.struct_version()
        if not field.is_array:
            source.line(f"e = {value}", self._place(field, 0))
            source.line("if e is None: raise TypeError", self._place(field, 0))
            source.line(f"t.append({save}(S, out, e, {version}))")
            return
        if field.flags & VMS.ARRAY:
            source.line(f"n = {field.num}")
        else:
            self._count(field)
        with source.block("if n:"):
            source.line(f"c = {value}", self._place(field))
            with source.block(f"for k in range({field.start}, {field.start} + n):"):
                source.line("e = c[k]", self._place(field, "k"))
                source.line("if e is None: raise TypeError", self._place(field, "k"))
                source.line(f"t.append({save}(S, out, e, {version}))")

    def _codec(self, field: Field) -> None:
        source = self._source
        self._needs_engine = True
        codec = source.bind("codec", field.codec)
        if field.whole:
            source.line("x = s")
        else:
            source.line(f"x = {reading('s', field.name)}", self._place(field, 0))
            if field.flags & VMS.POINTER:
                source.line("if x is None: raise TypeError", self._place(field, 0))
        source.line("w = S.writer")
        source.line(f"w.owner = {self._plan.description.name!r}")
        source.line(f"w.field = {field.name!r}")
        source.line("m = len(out)")
        source.line(f"{codec}.save(w, x, {field.size})")
        source.line("t.append(len(out) - m)")

    def _subsection(self, vmsd: VMStateDescription) -> None:
        source = self._source
        condition = (
            "if True:" if vmsd.needed is None else f"if {source.bind('needed', vmsd.needed)}(s):"
        )
        with source.block(condition):
            if 0 <= vmsd.version_id <= _MOST_VERSION:
                name = vmsd.name.encode("latin-1")
                header = bytes([SUBSECTION, len(name)]) + name + vmsd.version_id.to_bytes(4)
                child = self._codes.saving(vmsd, vmsd.version_id)
                self._needs_engine |= child.needs_engine
                save = f"{source.bind('save', child.run)}(S, out, s, {vmsd.version_id})"
                source.line(f"out += {header!r}")
                source.line(f"t.append({save} or ())")
            else:
                self._needs_engine = True
                source.line(f"S.subsection({source.bind('D', vmsd)}, s)")
        with source.block("else:"):
            source.line("t.append(None)")

    def _place(self, field: Field, number: int | str | None = None) -> Place:
        return Place(Lack.ELEMENT, self._plan.description, field, "s", number=number)


def count_lines(source: Source, field: Field, place: Place, local: str) -> None:
    """Write the lines that take the count of *field* from the state into *local*."""
    count = f"{local} = {source.bind('count', field.count)}(s)"
    if field.flags & VMS.MULTIPLY_ELEMENTS:
        source.line(count, place)
        return
    source.line(f"{local} = {reading('s', field.num_field)}", place)
    with source.block(f"if type({local}) is not int or not 0 <= {local} <= {MOST_COUNT}:"):
        source.line(count, place)


class _Run:
    """The lines of a run, inside the block that tries it, and what packs it after them.

    Whatever is not as it mostly is raises something.
    """

    def __init__(self, source: Source) -> None:
        self._source = source
        self._format: list[str] = []
        self._values: list[str] = []
        self._flags: list[str] = []

    def fields(self, fields: list[Field], holder: str) -> None:
        """Write the lines for *fields* of the state that the variable *holder* has."""
        for field in fields:
            count = field.num if field.is_array else 1
            if count and field.is_struct:
                self._states(field, holder, count)
            elif count:
                self._leaf(field, holder, count)

    def packed(self) -> str:
        """Return the expression that packs all the values."""
        source = self._source
        if self._flags:
            source.line(f"if ({' | '.join(self._flags)}) >> 1: raise ValueError")
        run = Struct(">" + "".join(self._format))
        if self._values:
            return f"{source.bind('pack', run.pack)}({', '.join(self._values)})"
        return source.bind("padding", run.pack())

    def _states(self, field: Field, holder: str, count: int) -> None:
        source, vmsd = self._source, field.vmsd
        if vmsd is None:
            return
        value, version_id = reading(holder, field.name), field.struct_version()
        inner = [other for other in vmsd.fields if other.version_id <= version_id]
        elements = [value]
        if field.is_array:
            array = source.local("c")
            source.line(f"{array} = {value}")
            elements = [f"{array}[{field.start + number}]" for number in range(count)]
        for element in elements:
            state = source.local("e")
            source.line(f"{state} = {element}")
            source.line(f"if {state} is None: raise TypeError")
            self.fields(inner, state)

    def _leaf(self, field: Field, holder: str, count: int) -> None:
        kind = kind_of(field.codec)
        if kind is Kind.PADDING:
            self._format.append(f"{count * field.size}x")
            return
        value = reading(holder, field.name)
        if kind is Kind.BUFFER:
            self._buffer(field, value)
        elif kind is Kind.TIMER:
            self._timer(value)
        elif field.is_array:
            self._array(field, value, count)
        else:
            self._format.append(format_of(field.codec))
            if kind is Kind.BOOLEAN:
                flag = self._source.local("b")
                self._source.line(f"{flag} = {value}")
                self._flags.append(flag)
                value = flag
            self._values.append(value)

    def _array(self, field: Field, value: str, count: int) -> None:
        source = self._source
        if field.columns:
            values = f"rows({value}, {count // field.columns}, {field.columns})"
        else:
            array = source.local("l")
            source.line(f"{array} = {value}")
            source.line(f"if type({array}) not in SEQUENCES and not has({array}): raise TypeError")
            values = f"{array}[{field.start}:{field.start + count}]"
        if kind_of(field.codec) is Kind.BOOLEAN:
            values = f"flags({values})"
        self._format.append(f"{count}{format_of(field.codec)}")
        self._values.append(f"*{values}")

    def _buffer(self, field: Field, value: str) -> None:
        source, codec = self._source, field.codec
        start, is_partial = getattr(codec, "start", 0), getattr(codec, "is_partial", False)
        buffer, end = source.local("b"), start + field.size
        fits = f"len({buffer}) {'<' if is_partial else '!='} {end}"
        source.line(f"{buffer} = {value}")
        source.line(f"if not isinstance({buffer}, (bytes, bytearray)) or {fits}: raise TypeError")
        self._format.append(f"{field.size}s")
        self._values.append(f"{buffer}[{start}:{end}]" if is_partial or start else buffer)

    def _timer(self, value: str) -> None:
        source = self._source
        timer, expire = source.local("t"), source.local("x")
        source.line(f"{timer} = {value}")
        source.line(f"if not is_timer({timer}): raise TypeError")
        source.line(f"{expire} = {timer}.expire_ns")
        self._format.append("Q")
        self._values.append(f"0xFFFFFFFFFFFFFFFF if {expire} is None else {expire}")
