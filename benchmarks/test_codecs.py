"""Codecs: the compiler against the interpreter, against other libraries and against QEMU.

Everything is a ratio between things that took turns in the same run; see ``timing``.
"""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import replace
from types import SimpleNamespace

import pytest

from benchmarks.bare import BareLoop
from benchmarks.peers import ByConstruct, ByCstruct
from benchmarks.timing import compare
from device_models.pc.machine import build_pc
from harness.qemu.argv import Machine
from harness.qemu.binaries import find_one
from harness.qemu.process import Process
from harness.qemu.session import Session
from vmstate import VMS, Field, Release, VMStateDescription
from vmstate.blank import blank
from vmstate.codec import Interpreted
from vmstate.compiler import Compiled
from vmstate.info import QTAILQ, UINT32
from vmstate.macros import VMSTATE_STRUCT, VMSTATE_UINT8, VMSTATE_UINT16, VMSTATE_UINT32
from vmstate.sent import read_sent
from vmstate.settle import settle
from vmstate.stream import read_stream

pytestmark = pytest.mark.bench

#: How many times as fast as the interpreter the compiler must be, on each section.
LEAST_OVER_INTERPRETER = 8
#: How many times as fast as the faster one of two other libraries.
LEAST_OVER_PEERS = 10
#: How much longer twice as much may take: halfway between twice and four times.
MOST_BY_DOUBLING = 2.8
ENGINES = [Interpreted, Compiled]
PC = {slot.name: slot for slot in build_pc().slots}
DEADLINE_S = 20


@pytest.fixture
def report(capsys):
    """Print a line that is seen whatever pytest captures."""

    def show(line):
        with capsys.disabled():
            print(f"\n{line}", end="")

    return show


@pytest.mark.parametrize("name", PC)
def test_the_compiler_is_faster_than_the_interpreter(name, report):
    slot = PC[name]
    vmsd, state = slot.vmsd, slot.device.state
    slow, fast = Interpreted(vmsd), Compiled(vmsd)
    data = slow.save(state).data
    saving = compare(lambda: slow.save(state), lambda: fast.save(state))
    loading = compare(
        lambda: slow.load(state, data, vmsd.version_id),
        lambda: fast.load(state, data, vmsd.version_id),
    )
    report(f"{name}, {len(data)} bytes: interpreted over compiled: save {saving}")
    report(f"{name}: load {loading}")
    assert saving.median >= LEAST_OVER_INTERPRETER
    assert loading.median >= LEAST_OVER_INTERPRETER


def without_hooks(vmsd):
    """Return the fields of *vmsd* alone; other libraries have no counterpart to the rest."""
    fields = tuple(
        field if field.vmsd is None else replace(field, vmsd=without_hooks(field.vmsd))
        for field in vmsd.fields
    )
    return VMStateDescription(
        name=vmsd.name,
        version_id=vmsd.version_id,
        minimum_version_id=vmsd.minimum_version_id,
        fields=fields,
    )


@pytest.mark.parametrize("peer", [ByConstruct(), ByCstruct()], ids=lambda peer: peer.name)
def test_the_compiler_is_faster_than_other_libraries(peer, report):
    vmsd, state = without_hooks(PC["pit"].vmsd), PC["pit"].device.state
    codec = Compiled(vmsd)
    data = codec.save(state).data
    theirs = peer.load(data)
    assert peer.save(theirs) == data
    version_id = vmsd.version_id

    def there_and_back():
        codec.load(state, data, version_id)
        return codec.save(state)

    saving = compare(lambda: peer.save(theirs), lambda: codec.save(state))
    loading = compare(lambda: peer.load(data), lambda: codec.load(state, data, version_id))
    both = compare(lambda: peer.save(peer.load(data)), there_and_back, turns=15)
    report(f"i8254, {len(data)} bytes: {peer.name} over compiled: save {saving}")
    report(f"i8254: load {loading}")
    report(f"i8254: load and save {both}")
    assert saving.median >= LEAST_OVER_PEERS
    assert loading.median >= LEAST_OVER_PEERS
    assert both.median >= LEAST_OVER_PEERS


def test_a_whole_pc_is_saved_as_fast_as_qemu_does_it(report):
    """The sections of a real ``pc``, described from its own stream, saved byte for byte."""
    binary = find_one()
    release = Release.parse(binary.version_text)
    with closing(Session(Machine(binary.path, "pc"), DEADLINE_S)) as session:
        stream = read_stream(session.migration_stream("describing its sections"))
    sections = []
    for section, device in zip(stream.sections, stream.vmdesc.devices, strict=True):
        vmsd = settle(read_sent(device.body), device.body)
        codec, state = Compiled(vmsd, release), blank(vmsd)
        codec.load(state, section.body, section.version_id)
        assert codec.save(state).data == section.body, section.idstr
        sections.append((codec, state))

    def save():
        for codec, state in sections:
            codec.save(state)

    machine = build_pc()
    bare = BareLoop(Process(Machine(binary.path, "pc")))
    try:
        qemu = [("state", ())]
        whole = compare(save, lambda: bare.run(qemu), clock=time.perf_counter)
        model = compare(machine.save, lambda: bare.run(qemu), clock=time.perf_counter)
    finally:
        bare.close()
    size = sum(len(section.body) for section in stream.sections)
    report(f"{len(sections)} sections of {binary.version_text}'s pc, {size} bytes:")
    report(f"compiled save over xen-save-devices-state: {whole}")
    report(f"the model machine's save over xen-save-devices-state: {model}")


ELEMENT = VMStateDescription(
    name="element", fields=(VMSTATE_UINT8("a"), VMSTATE_UINT32("b"), VMSTATE_UINT16("c"))
)

ARRAY = VMStateDescription(
    name="array",
    fields=(
        VMSTATE_UINT32("count"),
        Field(name="numbers", flags=VMS.VARRAY_UINT32, info=UINT32, num_field="count"),
    ),
)


def new_element():
    return SimpleNamespace(a=1, b=2, c=3)


LIST_OF_ELEMENTS = VMStateDescription(
    name="list",
    fields=(Field(name="elements", info=QTAILQ, vmsd=ELEMENT, make=new_element),),
)


def a_list(count):
    full = SimpleNamespace(elements=[new_element() for _ in range(count)])
    return LIST_OF_ELEMENTS, full, lambda: SimpleNamespace(elements=[])


def an_array(count):
    full = SimpleNamespace(count=count, numbers=list(range(count)))
    return ARRAY, full, lambda: full


def nested(levels):
    vmsd = VMStateDescription(name="level 0", fields=(VMSTATE_UINT8("number"),))
    state = SimpleNamespace(number=0)
    for level in range(1, levels):
        fields = (VMSTATE_UINT8("number"), VMSTATE_STRUCT("inner", 0, vmsd))
        vmsd = VMStateDescription(name=f"level {level}", fields=fields)
        state = SimpleNamespace(number=level % 256, inner=state)
    return vmsd, state, lambda: state


@pytest.mark.parametrize("engine", ENGINES, ids=lambda engine: engine.__name__)
@pytest.mark.parametrize(
    ("what", "make", "count"),
    [
        ("elements of a list", a_list, 100_000),
        ("elements of an array", an_array, 1_000_000),
        ("levels", nested, 200),
    ],
)
def test_twice_as_much_takes_twice_as_long(what, make, count, engine, report):
    works = []
    for size in (count, count // 2):
        vmsd, state, new = make(size)
        codec = engine(vmsd)
        data = codec.save(state).data
        works.append(
            (
                lambda codec=codec, state=state: codec.save(state),
                lambda codec=codec, data=data, new=new: codec.load(new(), data, 0),
            )
        )
    (save, load), (save_half, load_half) = works
    saving = compare(save, save_half, turns=5, least_s=0.01)
    loading = compare(load, load_half, turns=5, least_s=0.01)
    name = engine.__name__.lower()
    report(f"{count} {what}, {name}, over half as many: save {saving}")
    report(f"{count} {what}, {name}: load {loading}")
    assert saving.median <= MOST_BY_DOUBLING
    assert loading.median <= MOST_BY_DOUBLING
