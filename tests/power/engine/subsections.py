"""Checks of subsections: when they are sent and how they are told from other bytes."""

from __future__ import annotations

from types import SimpleNamespace as State

from tests.power.engine.checking import check, described, header, loads, one, refuses, saves


def with_subsections(lang, **needed):
    parts = tuple(
        described(lang, one(lang, name), name=f"chip/{name}", version_id=2, needed=wanted)
        for name, wanted in needed.items()
    )
    return described(lang, one(lang), subsections=parts)


@check
def subsections_follow_the_fields_if_they_are_needed(lang):
    vmsd = with_subsections(lang, b=None, c=lambda state: False, d=lambda state: True)
    b, d = header("chip/b", 2) + "02", header("chip/d", 2) + "04"
    saved = saves(lang, vmsd, State(a=1, b=2, c=3, d=4), "01" + b + d)
    assert [span.path for span in saved.spans] == ["a", "<chip/b>.b", "<chip/d>.d"]
    assert [span.offset for span in saved.spans] == [0, 13, 26]
    state = loads(lang, vmsd, State(a=0, b=0, c=9, d=0), "01" + d + b)
    assert vars(state) == {"a": 1, "b": 2, "c": 9, "d": 4}


@check
def a_subsection_has_a_version_of_8_bits(lang):
    vmsd = with_subsections(lang, b=None)
    assert loads(lang, vmsd, State(a=0, b=0), "01" + header("chip/b", 0x101) + "05").b == 5
    refuses(lang, vmsd, State(a=0, b=0), "01" + header("chip/b", 3) + "05", "3 is too new")


@check
def what_is_no_subsection_of_ours_is_left(lang):
    vmsd = with_subsections(lang, b=None)
    for rest in (
        header("disk/b"),
        header("chip"),
        header("ch"),
        "05",
        "0509",
        "0506" + b"chip/".hex(),
        "04",
    ):
        reader = lang.Reader(bytes.fromhex("01" + rest))
        lang.load(vmsd, State(a=0, b=9), reader, 0)
        assert reader.offset == 1
    for name in ("chip/x", "chipX", "chip/bb"):
        refuses(lang, vmsd, State(a=0, b=0), "01" + header(name), f"subsection '{name}' is unknown")
    zero = header("chip/b\0x", 2) + "05"
    assert loads(lang, vmsd, State(a=0, b=0), "01" + zero).b == 5


@check
def a_structs_subsections_come_before_the_next_field(lang):
    more = described(lang, one(lang, "b"), name="in/b")
    inner = described(lang, one(lang), name="in", subsections=(more,))
    vmsd = described(lang, one(lang, "s", flags=lang.VMS.STRUCT, vmsd=inner), one(lang))
    wire = "01" + header("in/b") + "02 03"
    saves(lang, vmsd, State(s=State(a=1, b=2), a=3), wire)
    state = loads(lang, vmsd, State(s=State(a=0, b=0), a=0), wire)
    assert state == State(s=State(a=1, b=2), a=3)
