"""Checks of values: numbers, buffers, and bytes that are too few or too many."""

from __future__ import annotations

from types import SimpleNamespace as State

from tests.power.engine.checking import check, described, loads, one, refuses, saves


@check
def numbers_are_big_endian(lang):
    kinds = {"a": lang.UINT16, "b": lang.INT32, "c": lang.UINT64, "d": lang.INT8}
    vmsd = described(lang, *(one(lang, name, info) for name, info in kinds.items()))
    wire = "0102 fffffffe 0000000000000304 ff"
    saves(lang, vmsd, State(a=0x102, b=-2, c=0x304, d=-1), wire)
    state = loads(lang, vmsd, State(a=0, b=0, c=0, d=0), wire)
    assert vars(state) == {"a": 0x102, "b": -2, "c": 0x304, "d": -1}


@check
def a_boolean_is_any_byte_but_zero(lang):
    vmsd = described(lang, one(lang, info=lang.BOOL))
    saves(lang, vmsd, State(a=True), "01")
    assert loads(lang, vmsd, State(a=False), "02").a is True
    assert loads(lang, vmsd, State(a=True), "00").a is False


@check
def compared_numbers_must_suit(lang):
    equal = described(lang, one(lang, info=lang.UINT8_EQUAL))
    assert loads(lang, equal, State(a=5), "05").a == 5
    refuses(lang, equal, State(a=5), "06", "must be equal")
    less = described(lang, one(lang, info=lang.INT32_LE))
    for number in ("00000005", "00000004", "00000000"):
        assert loads(lang, less, State(a=5), number).a == int(number)
    for number in ("00000006", "ffffffff"):
        refuses(lang, less, State(a=5), number, "expected 0 to 5")


@check
def a_timer_is_armed_or_not(lang):
    moves = []
    timer = State(expire_ns=None, modify=moves.append, delete=lambda: moves.append("off"))
    vmsd = described(lang, one(lang, info=lang.TIMER))
    saves(lang, vmsd, State(a=timer), "ff" * 8)
    timer.expire_ns = 7
    saves(lang, vmsd, State(a=timer), "0000000000000007")
    loads(lang, vmsd, State(a=timer), "ff" * 8)
    loads(lang, vmsd, State(a=timer), "0000000000000009")
    assert moves == ["off", 9]


@check
def a_bitmap_has_whole_words_the_lowest_first(lang):
    flags = lang.VMS.VBUFFER | lang.VMS.POINTER
    vmsd = described(lang, one(lang, info=lang.BITMAP, flags=flags, size_field="n"))
    wire = "8000000000000001 0000000000000002"
    saves(lang, vmsd, State(n=65, a=(2 << 64) | (1 << 63) | 1), wire)
    assert loads(lang, vmsd, State(n=65, a=0), wire).a == (2 << 64) | (1 << 63) | 1
    saves(lang, vmsd, State(n=64, a=1), "0000000000000001")


@check
def bytes_stay_bytes(lang):
    ram = described(lang, one(lang, info=lang.BUFFER, flags=lang.VMS.BUFFER, size=3))
    saves(lang, ram, State(a=b"abc"), "616263")
    assert loads(lang, ram, State(a=bytearray(3)), "616263").a == b"abc"
    grown = described(lang, one(lang, info=lang.G_BYTE_ARRAY))
    saves(lang, grown, State(a=b"ab"), "00000002 6162")
    assert loads(lang, grown, State(a=bytearray(5)), "00000002 6162").a == b"ab"
    unused = described(lang, one(lang, info=lang.UNUSED_BUFFER, flags=lang.VMS.BUFFER, size=2))
    saves(lang, unused, State(), "0000")
    assert vars(loads(lang, unused, State(), "aabb")) == {}


@check
def bytes_that_end_early_or_late_are_refused(lang):
    vmsd = described(lang, one(lang, info=lang.UINT16))
    error = refuses(lang, vmsd, State(a=0), "01", "chip/a at offset 0x0: needs 2 bytes, 1 are")
    assert error.number == 22
    older = refuses(lang, vmsd, State(a=0), "01", "needs", release=lang.Release(11, 0))
    assert older.number == 5
    refuses(lang, vmsd, State(a=0), "010203", "1 bytes are left over")
