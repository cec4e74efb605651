"""The 25 cases of QEMU's own unit test of the language, with its values, on every engine.

Each has a description, what stands on the wire, the states that are saved and loaded, and
what comes out.  As QEMU's test does, the wire ends in a zero byte behind the state, which
must be left unread; and where QEMU tries them, cut streams must fail to load: nothing at
all, all but the last byte of the state, the first half, the second half.

Source: QEMU 11.1 tests/unit/test-vmstate.c.
"""

from __future__ import annotations

import pytest

from tests.support.chips import State
from vmstate import StreamError, VMStateDescription
from vmstate.cursor import Reader
from vmstate.info import INT32
from vmstate.macros import (
    VMSTATE_ARRAY_OF_POINTER,
    VMSTATE_ARRAY_OF_POINTER_TO_STRUCT,
    VMSTATE_BOOL,
    VMSTATE_GTREE_DIRECT_KEY_V,
    VMSTATE_GTREE_V,
    VMSTATE_INT8,
    VMSTATE_INT16,
    VMSTATE_INT32,
    VMSTATE_INT64,
    VMSTATE_QLIST_V,
    VMSTATE_QTAILQ_V,
    VMSTATE_STRUCT_POINTER,
    VMSTATE_UINT8,
    VMSTATE_UINT16,
    VMSTATE_UINT16_ARRAY,
    VMSTATE_UINT32,
    VMSTATE_UINT32_TEST,
    VMSTATE_UINT32_V,
    VMSTATE_UINT64,
    VMSTATE_UINT64_V,
    VMSTATE_VARRAY_OF_POINTER_TO_STRUCT_UINT32_ALLOC,
    VMSTATE_WITH_TMP,
)

#: The byte that QEMU's test puts behind each state (QEMU_VM_EOF).
END = b"\0"


#: What stands on the wire, in hexadecimal.
wire = bytes.fromhex


def described(name, *fields, version_id=1, **parts):
    versions = {"version_id": version_id, "minimum_version_id": 1}
    return VMStateDescription(name=name, fields=fields, **versions, **parts)


def check_saved(engine, vmsd, state, expected):
    assert engine.save(vmsd, state).data == expected


def check_loaded(engine, vmsd, state, data, version_id=1):
    """Load as QEMU's helper does: the byte behind the state is left."""
    reader = Reader(data + END)
    engine.load(vmsd, state, reader, version_id)
    assert reader.take(reader.remaining) == END
    return state


def check_parts_fail(engine, vmsd, make_state, data):
    whole = data + END
    half = len(whole) // 2
    for part in (b"", whole[:-2], whole[:half], whole[half:]):
        with pytest.raises(StreamError):
            engine.load(vmsd, make_state(), Reader(part), 1)


PRIMITIVE = described(
    "simple/primitive",
    VMSTATE_BOOL("b_1"),
    VMSTATE_BOOL("b_2"),
    VMSTATE_UINT8("u8_1"),
    VMSTATE_UINT16("u16_1"),
    VMSTATE_UINT32("u32_1"),
    VMSTATE_UINT64("u64_1"),
    VMSTATE_INT8("i8_1"),
    VMSTATE_INT8("i8_2"),
    VMSTATE_INT16("i16_1"),
    VMSTATE_INT16("i16_2"),
    VMSTATE_INT32("i32_1"),
    VMSTATE_INT32("i32_2"),
    VMSTATE_INT64("i64_1"),
    VMSTATE_INT64("i64_2"),
)
PRIMITIVE_VALUES = {
    "b_1": True,
    "b_2": False,
    "u8_1": 130,
    "u16_1": 512,
    "u32_1": 70000,
    "u64_1": 12121212,
    "i8_1": 65,
    "i8_2": -65,
    "i16_1": 512,
    "i16_2": -512,
    "i32_1": 70000,
    "i32_2": -70000,
    "i64_1": 12121212,
    "i64_2": -12121212,
}
PRIMITIVE_WIRE = wire(
    "01 00 82 0200 00011170 0000000000b8f47c 41 bf 0200 fe00 00011170 fffeee90"
    "0000000000b8f47c ffffffffff470b84"
)


def test_1_simple_primitive(engine):
    def blank():
        return State(**dict.fromkeys(PRIMITIVE_VALUES, 0))

    check_saved(engine, PRIMITIVE, State(**PRIMITIVE_VALUES), PRIMITIVE_WIRE)
    check_parts_fail(engine, PRIMITIVE, blank, PRIMITIVE_WIRE)
    assert vars(check_loaded(engine, PRIMITIVE, blank(), PRIMITIVE_WIRE)) == PRIMITIVE_VALUES


def test_2_simple_array(engine):
    vmsd = described("simple/array", VMSTATE_UINT16_ARRAY("u16_1", 3))
    data = wire("0042 0043 0044")
    check_saved(engine, vmsd, State(u16_1=[0x42, 0x43, 0x44]), data)
    check_parts_fail(engine, vmsd, lambda: State(u16_1=[0] * 3), data)
    state = check_loaded(engine, vmsd, State(u16_1=[0] * 3), data)
    assert state.u16_1 == [0x42, 0x43, 0x44]


VERSIONED = described(
    "test/versioned",
    VMSTATE_UINT32("a"),
    VMSTATE_UINT32_V("b", 2),
    VMSTATE_UINT32("c"),
    VMSTATE_UINT64("d"),
    VMSTATE_UINT32_V("e", 2),
    VMSTATE_UINT64_V("f", 2),
    version_id=2,
)
ALL_SIX = wire("0000000a 00000014 0000001e 0000000000000028 00000032 000000000000003c")


def hundreds(**parts):
    return State(**{name: 100 * (at + 1) for at, name in enumerate("abcdef")} | parts)


def values(state):
    return [getattr(state, name) for name in "abcdef"]


def test_3_versioned_load_v1(engine):
    state = check_loaded(engine, VERSIONED, hundreds(), wire("0000000a 0000001e 0000000000000028"))
    assert values(state) == [10, 200, 30, 40, 500, 600]


def test_4_versioned_load_v2(engine):
    state = check_loaded(engine, VERSIONED, hundreds(), ALL_SIX, 2)
    assert values(state) == [10, 20, 30, 40, 50, 60]


def is_kept(state, version_id):
    return not state.skip_c_e


SKIPPING = described(
    "test/skip",
    VMSTATE_UINT32("a"),
    VMSTATE_UINT32("b"),
    VMSTATE_UINT32_TEST("c", is_kept),
    VMSTATE_UINT64("d"),
    VMSTATE_UINT32_TEST("e", is_kept),
    VMSTATE_UINT64_V("f", 2),
    version_id=2,
)


def test_5_field_exists_load_noskip(engine):
    state = check_loaded(engine, SKIPPING, hundreds(skip_c_e=False), ALL_SIX, 2)
    assert values(state) == [10, 20, 30, 40, 50, 60]


def test_6_field_exists_load_skip(engine):
    data = wire("0000000a 00000014 0000000000000028 000000000000003c")
    state = check_loaded(engine, SKIPPING, hundreds(skip_c_e=True), data, 2)
    assert values(state) == [10, 20, 300, 40, 500, 60]


@pytest.mark.parametrize(
    ("skips", "expected"),
    [
        (False, "00000001 00000002 00000003 0000000000000004 00000005 0000000000000006"),
        (True, "00000001 00000002 0000000000000004 0000000000000006"),
    ],
    ids=["7 noskip", "8 skip"],
)
def test_7_and_8_field_exists_save(engine, skips, expected):
    state = State(a=1, b=2, c=3, d=4, e=5, f=6, skip_c_e=skips)
    check_saved(engine, SKIPPING, state, wire(expected))


TRIVIAL = described("test/tst", VMSTATE_INT32("i"))
STRUCTS = described("test/arps", VMSTATE_ARRAY_OF_POINTER_TO_STRUCT("ar", 4, 0, TRIVIAL))
NO_NULL = wire("00000000 00000001 00000002 00000003")
ONE_NULL = wire("00000000 30 00000002 00000003")


def trivial(*numbers):
    return [None if number is None else State(i=number) for number in numbers]


def test_9_and_10_array_of_pointers_to_structs_without_null(engine):
    check_saved(engine, STRUCTS, State(ar=trivial(0, 1, 2, 3)), NO_NULL)
    own = trivial(0, 0, 0, 0)
    state = check_loaded(engine, STRUCTS, State(ar=list(own)), NO_NULL)
    assert [element.i for element in own] == [0, 1, 2, 3]
    assert all(mine is theirs for mine, theirs in zip(own, state.ar, strict=True))


def test_11_and_12_array_of_pointers_to_structs_with_null(engine):
    check_saved(engine, STRUCTS, State(ar=trivial(0, None, 2, 3)), ONE_NULL)
    state = check_loaded(engine, STRUCTS, State(ar=trivial(0, None, 0, 0)), ONE_NULL)
    assert state.ar == trivial(0, None, 2, 3)


def test_13_and_14_array_of_pointers_to_numbers_with_null(engine):
    vmsd = described("test/arps", VMSTATE_ARRAY_OF_POINTER("ar", 4, 0, INT32))
    check_saved(engine, vmsd, State(ar=[0, None, 2, 3]), ONE_NULL)
    assert check_loaded(engine, vmsd, State(ar=[3, None, 1, 0]), ONE_NULL).ar == [0, None, 2, 3]


def test_15_and_16_array_of_pointers_that_loading_makes(engine):
    vmsd = described(
        "test/array_ptr_alloc",
        VMSTATE_VARRAY_OF_POINTER_TO_STRUCT_UINT32_ALLOC(
            "ar", "size", 0, TRIVIAL, lambda: State(i=99)
        ),
    )
    data = wire("31 00000000 30 31 00000002 31 00000003")
    check_saved(engine, vmsd, State(size=4, ar=trivial(0, None, 2, 3)), data)
    state = check_loaded(engine, vmsd, State(size=4, ar=[None] * 4), data)
    assert state.ar == trivial(0, None, 2, 3)


def test_17_and_18_tail_queue(engine):
    element = described("test/queue-element", VMSTATE_BOOL("b"), VMSTATE_UINT8("u8"))
    vmsd = described(
        "test/queue",
        VMSTATE_INT16("i16"),
        VMSTATE_QTAILQ_V("q", 1, element, lambda: State(b=0, u8=0)),
        VMSTATE_INT32("i32"),
    )
    state = State(i16=-512, q=[State(b=True, u8=130), State(b=False, u8=65)], i32=70000)
    data = wire("fe00 01 01 82 01 00 41 00 00011170")
    check_saved(engine, vmsd, state, data)
    assert check_loaded(engine, vmsd, State(i16=0, q=[], i32=0), data) == state


class Interval:
    """A key: from *low* to *high*; those that overlap are equal in QEMU's order."""

    def __init__(self, low=0, high=0):
        self.low, self.high = low, high

    def __eq__(self, other):
        return (self.low, self.high) == (other.low, other.high)

    def __hash__(self):
        return hash((self.low, self.high))

    def __lt__(self, other):
        return self.high < other.low


def empty_tree(name):
    def pre_load(state):
        setattr(state, name, {})

    return pre_load


MAPPING = described("mapping", VMSTATE_UINT64("phys_addr"), VMSTATE_UINT32("flags"))
INTERVAL = described("interval", VMSTATE_UINT64("low"), VMSTATE_UINT64("high"))
DOMAIN = described(
    "domain",
    VMSTATE_INT32("id"),
    VMSTATE_GTREE_V(
        "mappings", 1, (MAPPING, INTERVAL), Interval, lambda: State(phys_addr=0, flags=0)
    ),
    pre_load=empty_tree("mappings"),
)
IOMMU = described(
    "iommu",
    VMSTATE_INT32("id"),
    VMSTATE_GTREE_DIRECT_KEY_V("domains", 1, DOMAIN, lambda: State(id=0)),
    pre_load=empty_tree("domains"),
)
DOMAIN_6 = wire(
    "00000006 00000002"
    "01 0000000000001000 0000000000001fff 000000000000a000 00000001"
    "01 0000000000004000 0000000000004fff 00000000000e0000 00000002"
    "00"
)
DOMAIN_5 = wire(
    "00000005 00000001 01 0000000001000000 0000000001ffffff 000000000f000000 00000003 00"
)
IOMMU_WIRE = b"".join(
    (
        wire("00000007 00000002"),
        wire("01 0000000000000005"),
        DOMAIN_5,
        wire("01 0000000000000006"),
        DOMAIN_6,
        wire("00"),
    )
)


def domain_6():
    return State(
        id=6,
        mappings={
            Interval(0x4000, 0x4FFF): State(phys_addr=0xE0000, flags=2),
            Interval(0x1000, 0x1FFF): State(phys_addr=0xA000, flags=1),
        },
    )


def iommu():
    mapping = {Interval(0x1000000, 0x1FFFFFF): State(phys_addr=0xF000000, flags=3)}
    return State(id=7, domains={6: domain_6(), 5: State(id=5, mappings=mapping)})


def test_19_and_20_tree(engine):
    check_saved(engine, DOMAIN, domain_6(), DOMAIN_6)
    assert check_loaded(engine, DOMAIN, State(id=0), DOMAIN_6) == domain_6()


def test_21_and_22_tree_of_trees(engine):
    check_saved(engine, IOMMU, iommu(), IOMMU_WIRE)
    assert check_loaded(engine, IOMMU, State(id=0), IOMMU_WIRE) == iommu()


def test_23_and_24_list(engine):
    element = described("test/queue list", VMSTATE_UINT32("id"))
    vmsd = described(
        "test/container/qlist",
        VMSTATE_UINT32("id"),
        VMSTATE_QLIST_V("list", 1, element, lambda: State(id=0)),
    )
    numbers = [0x0A, 0x0B00, 0xC0000, 0xD000000]
    state = State(id=1, list=[State(id=number) for number in numbers])
    data = wire("00000001 01 0000000a 01 00000b00 01 000c0000 01 0d000000 00")
    check_saved(engine, vmsd, state, data)
    loaded = check_loaded(engine, vmsd, State(id=0, list=[]), data)
    assert loaded == state
    # QEMU goes on to change both lists alike: what was loaded is a list like any other.
    for container in (state, loaded):
        container.list.insert(1, State(id=0x12))
        container.list.insert(0, State(id=0x13))
        container.list[-1:] = [State(id=0x14), State(id=0x15)]
    assert loaded == state


class Difference:
    """The temporary: how far *b* is above *a* in its parent."""

    diff = 0


def measure(tmp):
    tmp.diff = tmp.parent.b - tmp.parent.a


def restore(tmp, version_id):
    tmp.parent.b = tmp.parent.a + tmp.diff


def test_25_temporary(engine):
    back = VMStateDescription(name="test/tmp_child_parent", fields=(VMSTATE_UINT64("f"),))
    child = VMStateDescription(
        name="test/tmp_child",
        fields=(VMSTATE_INT64("diff"), VMSTATE_STRUCT_POINTER("parent", back)),
        pre_save=measure,
        post_load=restore,
    )
    vmsd = VMStateDescription(
        name="test/with_tmp",
        version_id=1,
        fields=(VMSTATE_UINT32("a"), VMSTATE_UINT64("d"), VMSTATE_WITH_TMP(Difference, child)),
    )
    data = wire("00000002 0000000000000001 0000000000000002 0000000000000008")
    check_saved(engine, vmsd, State(a=2, b=4, d=1, f=8), data)
    check_parts_fail(engine, vmsd, lambda: State(a=0, b=0, d=0, f=0), data)
    state = check_loaded(engine, vmsd, State(a=0, b=0, d=0, f=0), data)
    assert state == State(a=2, b=4, d=1, f=8)
