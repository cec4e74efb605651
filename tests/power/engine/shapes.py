"""Checks of shapes: arrays, pointers, what is allocated, lists, trees and temporaries."""

from __future__ import annotations

from types import SimpleNamespace as State

from tests.power.engine.checking import (
    check,
    described,
    does_not_save,
    loads,
    one,
    point,
    refuses,
    saves,
)


@check
def arrays_have_their_elements_in_order(lang):
    vmsd = described(lang, one(lang, flags=lang.VMS.ARRAY, num=3))
    saved = saves(lang, vmsd, State(a=[1, 2, 3]), "010203")
    assert [span.path for span in saved.spans] == ["a[0]", "a[1]", "a[2]"]
    assert [span.offset for span in saved.spans] == [0, 1, 2]
    assert loads(lang, vmsd, State(a=[0, 0, 0, 9]), "010203").a == [1, 2, 3, 9]
    part = described(lang, one(lang, flags=lang.VMS.ARRAY, num=2, start=1))
    saved = saves(lang, part, State(a=[1, 2, 3]), "0203")
    assert [span.path for span in saved.spans] == ["a[1]", "a[2]"]
    assert loads(lang, part, State(a=[1, 2, 3]), "0908").a == [1, 9, 8]
    rows = described(lang, one(lang, flags=lang.VMS.ARRAY, num=6, columns=3))
    saved = saves(lang, rows, State(a=[[1, 2, 3], [4, 5, 6]]), "010203040506")
    assert saved.spans[3].path == "a[1][0]"
    assert loads(lang, rows, State(a=[[0] * 3, [0] * 3]), "010203040506").a[1] == [4, 5, 6]


class Slotted:
    """A state whose slots are empty."""

    __slots__ = ("a", "b")


class Hidden(Slotted):
    """One of whose slots is hidden by what can't be read."""

    __slots__ = ()
    a = property()


@check
def a_number_has_its_place_in_an_empty_slot(lang):
    vmsd = described(lang, one(lang))
    assert loads(lang, vmsd, Slotted(), "05").a == 5
    inner = described(lang, one(lang, "inner.a"), one(lang, "inner.b"))
    assert loads(lang, inner, State(inner=Slotted()), "0506").inner.b == 6
    for state in (State(), State(b=0), Hidden()):
        refuses(lang, vmsd, state, "05", "it has no a")
    compared = described(lang, one(lang, info=lang.UINT8_EQUAL))
    refuses(lang, compared, Slotted(), "05", "it has no a")
    pointed = described(lang, one(lang, flags=lang.VMS.SINGLE | lang.VMS.POINTER))
    refuses(lang, pointed, Slotted(), "05", "it has no a")
    does_not_save(lang, vmsd, Slotted(), "it has no a")


@check
def counts_are_c_integers(lang):
    for flag in ("VARRAY_INT32", "VARRAY_UINT32", "VARRAY_UINT16", "VARRAY_UINT8"):
        field = one(lang, flags=lang.VMS[flag] | lang.VMS.POINTER, num_field="n")
        vmsd = described(lang, one(lang, "n"), field)
        saves(lang, vmsd, State(n=2, a=[5, 6, 7]), "020506")
        assert loads(lang, vmsd, State(n=0, a=[0, 0, 9]), "020506").a == [5, 6, 9]
    counted = described(lang, one(lang, flags=lang.VMS.VARRAY_UINT32, num_field="n"))
    saves(lang, counted, State(n=0xFFFFFFFF, a=[5]), "")
    saves(lang, counted, State(n=(1 << 32) + 1, a=[5]), "05")
    flags = lang.VMS.VARRAY_UINT32 | lang.VMS.MULTIPLY_ELEMENTS
    product = described(lang, one(lang, flags=flags, num_field="n", num=3))
    saves(lang, product, State(n=1, a=[5, 6, 7, 8]), "050607")
    saves(lang, product, State(n=0x55555556, a=[5, 6, 7]), "0506")


@check
def sizes_are_c_integers(lang):
    flags = lang.VMS.VBUFFER | lang.VMS.POINTER
    sized = described(
        lang, one(lang, info=lang.PARTIAL_BUFFER, flags=flags, size=4, size_field="n")
    )
    saves(lang, sized, State(n=2, a=b"abc"), "6162")
    saves(lang, sized, State(n=(1 << 32) + 1, a=b"abc"), "61")
    does_not_save(lang, sized, State(n=0xFFFFFFFF, a=b"abc"), "can't save -1: the size is negative")
    flags |= lang.VMS.MULTIPLY
    product = described(
        lang, one(lang, info=lang.PARTIAL_BUFFER, flags=flags, size=2, size_field="n")
    )
    saves(lang, product, State(n=2, a=b"abcde"), "61626364")


@check
def a_buffer_of_no_bytes_may_be_null(lang):
    flags = lang.VMS.VBUFFER | lang.VMS.POINTER
    vmsd = described(lang, one(lang, info=lang.BUFFER, flags=flags, size_field="n"))
    saves(lang, vmsd, State(n=0, a=None), "")
    assert loads(lang, vmsd, State(n=0, a=None), "").a is None
    does_not_save(lang, vmsd, State(n=1, a=None), "the pointer is null")


@check
def allocation_makes_anew(lang):
    alloc = lang.VMS.ALLOC | lang.VMS.POINTER
    field = one(lang, flags=lang.VMS.VARRAY_UINT8 | alloc, num_field="n")
    vmsd = described(lang, one(lang, "n"), field)
    old = [9]
    assert loads(lang, vmsd, State(n=0, a=old), "020506").a == [5, 6]
    assert old == [9]
    assert loads(lang, vmsd, State(n=0, a=old), "00").a is old
    state = State(n=0, a=old)
    refuses(lang, vmsd, state, "030506", "3 elements can't be in the 2 bytes that are left")
    assert state.a is old
    signed = one(lang, flags=lang.VMS.VARRAY_INT32 | alloc, num_field="n")
    refuses(lang, described(lang, signed), State(n=-1, a=old), "", "is negative")
    structs = one(
        lang,
        "a",
        flags=lang.VMS.STRUCT | lang.VMS.ARRAY | alloc,
        num=2,
        vmsd=point(lang),
        make=lambda: State(x=0, y=0),
    )
    made = loads(lang, described(lang, structs), State(a=None), "01020304").a
    assert made == [State(x=1, y=2), State(x=3, y=4)]
    flags = lang.VMS.VBUFFER | alloc
    buffer = described(lang, one(lang, info=lang.PARTIAL_BUFFER, flags=flags, size_field="n"))
    ram = bytearray(b"old")
    assert loads(lang, buffer, State(n=2, a=ram), "6162").a == b"ab"
    assert loads(lang, buffer, State(n=0, a=ram), "").a is ram
    kept = State(n=3, a=ram)
    refuses(lang, buffer, kept, "6162", "needs 3 bytes, 2 are left")
    assert kept.a is ram
    assert ram == b"old"


@check
def a_null_pointer_has_a_marker(lang):
    flags = lang.VMS.ARRAY | lang.VMS.ARRAY_OF_POINTER
    vmsd = described(lang, one(lang, flags=flags, num=3))
    saved = saves(lang, vmsd, State(a=[7, None, 8]), "07 30 08")
    assert [span.type for span in saved.spans] == ["uint8", "ptr-marker", "uint8"]
    assert loads(lang, vmsd, State(a=[0, None, 0]), "07 30 08").a == [7, None, 8]
    refuses(lang, vmsd, State(a=[0, None, 0]), "07 31 05 08", "marker 0x31")
    refuses(lang, vmsd, State(a=[0, None, 0]), "07 00 08", "marker 0x00")
    makes = described(lang, one(lang, flags=flags, num=1, make=int))
    refuses(lang, makes, State(a=[None]), "31 05", "marker 0x31")
    for release, name in (((7, 2), "uint64"), ((10, 0), "nullptr"), ((11, 0), "nullptr")):
        saved = lang.save(vmsd, State(a=[7, None, 8]), release=lang.Release(*release))
        assert saved.spans[1].type == name


@check
def a_pointer_that_is_made_has_a_marker(lang):
    flags = lang.VMS.ARRAY | lang.VMS.ARRAY_OF_POINTER | lang.VMS.STRUCT
    flags |= lang.VMS.ARRAY_OF_POINTER_AUTO_ALLOC
    field = one(lang, flags=flags, num=2, vmsd=point(lang), make=lambda: State(x=0, y=0))
    vmsd = described(lang, field)
    saved = saves(lang, vmsd, State(a=[State(x=1, y=2), None]), "31 01 02 30")
    assert [(span.offset, span.size) for span in saved.spans] == [(1, 1), (2, 1), (3, 1)]
    assert saved.layout.fields[0].sizes == (3, 1)
    assert loads(lang, vmsd, State(a=[None, None]), "31 01 02 30").a == [State(x=1, y=2), None]
    refuses(lang, vmsd, State(a=[State(x=1, y=2), None]), "31 01 02 30", "must be null before")
    refuses(lang, vmsd, State(a=[None, None]), "32 01 02 30", "marker 0x32")
    flags &= ~lang.VMS.STRUCT
    number = described(lang, one(lang, flags=flags, num=1, make=int))
    (span,) = saves(lang, number, State(a=[7]), "31 07").spans
    assert (span.offset, span.size) == (1, 1)


@check
def a_list_has_an_end(lang):
    for info, order in ((lang.QTAILQ, [9, 1, 3]), (lang.QLIST, [1, 3, 9])):
        field = one(lang, "q", info, vmsd=point(lang), version_id=1, make=lambda: State(x=0, y=7))
        vmsd = described(lang, field, one(lang), version_id=1)
        both = [State(x=1, y=2), State(x=3, y=4)]
        saved = saves(lang, vmsd, State(q=both, a=5), "01 0102 01 0304 00 05")
        assert [span.path for span in saved.spans][:3] == ["q[0].x", "q[0].y", "q[1].x"]
        # It is loaded at the field's version, of which the struct has one field.
        state = loads(lang, vmsd, State(q=[State(x=9)], a=0), "01 01 02 03 00 05", 1)
        assert ([element.x for element in state.q], state.a) == (order, 5)
        assert state.q[1].y == 7
        newer = one(lang, "q", info, vmsd=point(lang), version_id=3, make=State)
        vmsd = described(lang, newer, version_id=3)
        refuses(lang, vmsd, State(q=[]), "00", "point at offset 0x0: version 3 is too new", 3)


@check
def a_tree_is_in_the_order_of_its_keys(lang):
    leaf = described(lang, one(lang), name="leaf")
    field = one(lang, "t", lang.GTREE, vmsd=leaf, make=lambda: State(a=0))
    vmsd = described(lang, field, one(lang, "b"))
    wire = "00000002 01 0000000000000005 07 01 0000000000000106 08 00 09"
    saves(lang, vmsd, State(t={0x106: State(a=8), 5: State(a=7)}, b=9), wire)
    state = loads(lang, vmsd, State(t={}, b=0), wire)
    assert (state.t, state.b) == ({5: State(a=7), 0x106: State(a=8)}, 9)
    refuses(lang, vmsd, State(t={}, b=0), "00000001 00 09", "1 nodes were announced, 0 came")
    many = "00000000 01 0000000000000005 07 00 09"
    state = State(t={}, b=0)
    refuses(lang, vmsd, state, many, "0 nodes were announced, more came")
    assert state.t == {}


@check
def a_temporary_is_loaded_at_the_fields_version(lang):
    def carry(tmp, version_id):
        tmp.parent.seen = tmp.a + version_id

    child = described(lang, one(lang), name="tmp", version_id=3, post_load=carry)
    field = one(lang, "tmp", lang.TMP, vmsd=child, make=lambda: State(a=4), whole=True)
    vmsd = described(lang, field)
    saved = saves(lang, vmsd, State(), "04")
    assert saved.layout.fields[0].children[0].version_id == 3
    assert loads(lang, vmsd, State(), "05").seen == 5


@check
def places_that_are_not_there_are_named(lang):
    does_not_save(lang, described(lang, one(lang, "none")), State(), "chip/none: can't save")
    array = described(lang, one(lang, flags=lang.VMS.ARRAY, num=2))
    refuses(lang, array, State(a=[1]), "0102", "chip/a[1] at offset 0x1: can't load into [1]")
    struct = described(lang, one(lang, "s", flags=lang.VMS.STRUCT, vmsd=point(lang)))
    refuses(lang, struct, State(s=None), "0102", "chip/s at offset 0x0: can't load into None")
