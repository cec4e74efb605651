"""Checks of states: versions, hooks, what must hold, sections, and faults of descriptions."""

from __future__ import annotations

from types import SimpleNamespace as State

import pytest

from tests.power.engine.checking import (
    check,
    described,
    does_not_save,
    header,
    loads,
    one,
    point,
    refuses,
    saves,
)


@check
def a_version_opens_gates(lang):
    vmsd = described(
        lang, one(lang), one(lang, "b", version_id=2), version_id=3, minimum_version_id=1
    )
    state = State(a=1, b=2)
    saves(lang, vmsd, state, "01", version_id=1)
    saves(lang, vmsd, state, "0102", version_id=2)
    saves(lang, vmsd, state, "0102")
    assert lang.save(vmsd, state).layout.version_id == 3
    assert loads(lang, vmsd, State(a=0, b=9), "05", 1).b == 9
    assert loads(lang, vmsd, State(a=0, b=9), "0506", 2).b == 6


@check
def a_version_outside_the_range_is_refused(lang):
    vmsd = described(lang, one(lang), version_id=3, minimum_version_id=2)
    for version in (2, 3):
        assert loads(lang, vmsd, State(a=0), "05", version).a == 5
    refuses(lang, vmsd, State(a=0), "05", "version 1 is too old: versions 2 to 3", 1)
    refuses(lang, vmsd, State(a=0), "05", "version 4 is too new: versions 2 to 3", 4)


@check
def what_is_older_is_loaded_by_hand(lang):
    def load_old(reader, state, version_id):
        state.a = reader.unsigned(2) + version_id
        return state.answer

    versions = {"version_id": 4, "minimum_version_id": 3, "minimum_version_id_old": 1}
    vmsd = described(lang, one(lang), load_state_old=load_old, **versions)
    for version in (1, 2):
        assert loads(lang, vmsd, State(answer=0), "0100", version).a == 0x100 + version
    assert loads(lang, vmsd, State(a=0, answer=0), "05", 3).a == 5
    refuses(lang, vmsd, State(answer=-2), "0100", "load_state_old failed", 1)
    refuses(lang, vmsd, State(answer=0), "0100", "versions 1 to 4", 0)


@check
def a_nested_state_has_its_own_version(lang):
    struct = one(lang, "s", flags=lang.VMS.STRUCT, vmsd=point(lang))
    saves(lang, described(lang, struct), State(s=State(x=1, y=2)), "0102")
    state = loads(lang, described(lang, struct), State(s=State(x=0, y=0)), "0102")
    assert state.s == State(x=1, y=2)
    versioned = one(lang, "s", flags=lang.VMS.VSTRUCT, vmsd=point(lang), struct_version_id=1)
    saves(lang, described(lang, versioned), State(s=State(x=1, y=2)), "01")
    assert loads(lang, described(lang, versioned), State(s=State(x=0, y=9)), "01").s.y == 9


@check
def a_test_replaces_the_gate(lang):
    vmsd = described(
        lang, one(lang, "b", version_id=9, field_exists=lambda state, version: state.on), one(lang)
    )
    saves(lang, vmsd, State(on=1, a=1, b=2), "0201")
    saves(lang, vmsd, State(on=0, a=1, b=2), "01")
    assert loads(lang, vmsd, State(on=1, a=0, b=0), "0201").b == 2
    assert loads(lang, vmsd, State(on=0, a=0, b=9), "01").b == 9


@check
def what_must_exist_is_asked_for(lang):
    flags = lang.VMS.ARRAY | lang.VMS.MUST_EXIST
    valid = lang.Field(name="is on", flags=flags, field_exists=lambda state, version: state.on)
    vmsd = described(lang, valid, one(lang))
    saves(lang, vmsd, State(on=1, a=2), "02")
    assert loads(lang, vmsd, State(on=1, a=0), "02").a == 2
    does_not_save(lang, vmsd, State(on=0, a=2), "the state is not valid")
    error = refuses(
        lang, vmsd, State(on=0, a=2), "02", "validation failed", release=lang.Release(7, 2)
    )
    assert error.number == 1


@check
def what_is_not_migratable_stays(lang):
    vmsd = described(lang, one(lang), unmigratable=True)
    does_not_save(lang, vmsd, State(a=1), "not migratable")
    refuses(lang, vmsd, State(a=1), "01", "not migratable")


@check
def hooks_run_in_order(lang):
    seen = []

    def note(name):
        return lambda state, *version: seen.append((name, state.a, *version))

    more = described(lang, one(lang), name="chip/more", post_load=note("more"))
    vmsd = described(
        lang,
        one(lang),
        subsections=(more,),
        version_id=3,
        **{name: note(name) for name in ("pre_save", "post_save", "pre_load", "post_load")},
    )
    lang.save(described(lang, one(lang), pre_save=lambda state: setattr(state, "a", 2)), State(a=1))
    lang.save(vmsd, State(a=1))
    loads(lang, vmsd, State(a=1), "05" + header("chip/more") + "06", 2)
    assert seen == [
        ("pre_save", 1),
        ("post_save", 1),
        ("pre_load", 1),
        ("more", 6, 0),
        ("post_load", 6, 2),
    ]
    changed = described(lang, one(lang), pre_save=lambda state: setattr(state, "a", 2))
    saves(lang, changed, State(a=1), "02")
    failing = described(lang, one(lang, "none"), post_save=note("post_save"))
    does_not_save(lang, failing, State(a=1), "it has no none")
    assert seen[-1] == ("post_save", 1)
    assert len(seen) == 6


@check
def hooks_may_fail(lang):
    def answering(number):
        return lambda state, *version: number

    old = lang.Release(11, 0)
    for release in (lang.LATEST, old):
        negative = described(lang, one(lang), pre_save=answering(-1))
        does_not_save(lang, negative, State(a=1), "pre_save failed", release=release)
        for hook in ("pre_load", "post_load"):
            vmsd = described(lang, one(lang), **{hook: answering(-2)})
            error = refuses(lang, vmsd, State(a=1), "01", f"{hook} failed", release=release)
            assert error.number == (2 if release == old else 22)
    refuses(lang, described(lang, pre_load=answering(1)), State(), "", "pre_load failed")
    for hook in ("pre_save", "post_save"):
        vmsd = described(lang, one(lang), **{hook: answering(1)})
        saves(lang, vmsd, State(a=1), "01")
        does_not_save(lang, vmsd, State(a=1), f"{hook} failed", release=old)
    whole = described(lang, one(lang), post_load=answering(1))
    more = described(lang, one(lang), name="chip/more", post_load=answering(1))
    loads(lang, whole, State(a=0), "01", release=old)
    part = described(lang, subsections=(more,))
    loads(lang, part, State(a=0), header("chip/more") + "01")
    refuses(lang, part, State(a=0), header("chip/more") + "01", "answered 1", release=old)
    worded = described(lang, one(lang), pre_load_errp=answering("busy"), pre_load=answering(0))
    refuses(lang, worded, State(a=0), "01", "chip at offset 0x0: busy")


@check
def sections_are_named_and_ordered(lang):
    first = lang.name_section("cpu", [])
    second = lang.name_section("cpu", [first])
    assert (first.instance_id, second.instance_id) == (0, 1)
    device = lang.name_section("nic", [], device_path="00:02.0", instance_id=4)
    assert (device.idstr, device.instance_id) == ("00:02.0/nic", 0)
    assert device.answers_to("nic", 4)
    assert not device.answers_to("nic", 0)
    priorities = {"low": 1, "plain": 2, "bus": 4, "unset": 0}
    vmsds = [described(lang, name=name, priority=number) for name, number in priorities.items()]
    vmsds.append(described(lang, name="early", early_setup=True, priority=1))
    for release, order in (
        (lang.LATEST, ["early", "bus", "plain", "unset", "low"]),
        (lang.Release(7, 2), ["bus", "low", "plain", "unset", "early"]),
    ):
        found = lang.saving_order(vmsds, lambda vmsd: vmsd, release)
        assert [vmsd.name for vmsd in found] == order
    blocker = described(lang, name="x", unmigratable=True, needed=lambda state: False)
    assert lang.first_blocker([*vmsds, blocker], lambda vmsd: vmsd) is blocker


@check
def a_description_names_its_faults(lang):
    for parts, said in (
        ({"name": ""}, "1 to 255 bytes"),
        ({"minimum_version_id": 1}, "is above version_id 0"),
        ({"fields": (lang.Field(name="a"),)}, "has no codec"),
        ({"fields": (lang.Field(name="a", flags=lang.VMS.STRUCT),)}, "without a description"),
        ({"fields": (one(lang, version_id=1),)}, "would never be sent"),
        ({"fields": (one(lang, info=lang.QTAILQ, vmsd=point(lang)),)}, "needs what makes"),
        ({"subsections": (described(lang, name="chi"),)}, "does not begin with 'chip'"),
        ({"subsections": (described(lang, name="chip/a", version_id=256),)}, "low 8 bits"),
    ):
        with pytest.raises(lang.DescriptionError) as error:
            lang.VMStateDescription(**{"name": "chip"} | parts)
        assert said in str(error.value)
