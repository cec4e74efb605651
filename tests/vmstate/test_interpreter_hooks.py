"""Hooks: when each runs, with what, and what its answer does; in both styles."""

from __future__ import annotations

from errno import EINVAL

import pytest

from tests.support.chips import Hooked, State, chip, header, noting, subsection
from vmstate import LATEST, EncodeError, Release, StreamError
from vmstate.macros import (
    VMSTATE_GTREE_DIRECT_KEY_V,
    VMSTATE_QLIST_V,
    VMSTATE_QTAILQ_V,
    VMSTATE_STRUCT,
    VMSTATE_STRUCT_ARRAY,
    VMSTATE_UINT8,
    VMSTATE_UINT8_TEST,
    VMSTATE_WITH_TMP,
)

V7_2, V11_0 = Release(7, 2), Release(11, 0)
BOTH = pytest.mark.parametrize("release", [V7_2, V11_0, LATEST], ids=str)
OLD = pytest.mark.parametrize("release", [V7_2, V11_0], ids=str)
A = VMSTATE_UINT8("a")


def test_hooks_are_called_around_saving_and_loading(engine):
    names = ("pre_save", "post_save", "pre_load", "post_load")
    vmsd = chip(A, version_id=3, **{name: noting(name) for name in names})
    state = Hooked()
    assert engine.save(vmsd, state).data == b"\1"
    engine.load(vmsd, state, b"\5", 3)
    assert state.calls == [
        ("pre_save", 1),
        ("post_save", 1),
        ("pre_load", 1),
        ("post_load", 5, 3),
    ]


def test_post_load_is_told_the_version_that_was_loaded(engine):
    vmsd = chip(A, version_id=3, post_load=noting("post_load"))
    state = engine.load(vmsd, Hooked(), b"\5", 1)
    assert state.calls == [("post_load", 5, 1)]


def test_hooks_of_the_newer_style_are_called_alike(engine):
    names = ("pre_save_errp", "pre_load_errp", "post_load_errp")
    vmsd = chip(A, version_id=3, **{name: noting(name) for name in names})
    state = Hooked()
    engine.save(vmsd, state)
    engine.load(vmsd, state, b"\5", 2)
    assert state.calls == [("pre_save_errp", 1), ("pre_load_errp", 1), ("post_load_errp", 5, 2)]


@pytest.mark.parametrize("why", [None, ""])
def test_of_two_styles_the_newer_counts(engine, why):
    names = ("pre_save", "pre_load", "post_load")
    vmsd = chip(
        A,
        **{name: noting(name, -1) for name in names},
        **{f"{name}_errp": noting(f"{name}_errp", why) for name in names},
    )
    state = Hooked()
    engine.save(vmsd, state)
    engine.load(vmsd, state, b"\5")
    assert [call[0] for call in state.calls] == [f"{name}_errp" for name in names]


def test_hooks_of_parts_run_inside_those_of_the_whole(engine):
    def named(name):
        def hook(state, *version):
            seen.append(name)

        return hook

    def hooks(name):
        kinds = ("pre_save", "post_save", "pre_load", "post_load")
        return {kind: named(f"{name} {kind}") for kind in kinds}

    def test(name):
        def exists(state, version_id):
            seen.append(f"{name}?")
            return True

        return exists

    def needed(state):
        seen.append("more?")
        return True

    inner = chip(A, name="inner", **hooks("inner"))
    more = subsection("chip/more", A, needed=needed, **hooks("more"))
    last = subsection("chip/z", needed=lambda state: seen.append("z?"))
    vmsd = chip(
        VMSTATE_STRUCT("s", 0, inner),
        VMSTATE_UINT8_TEST("a", test("a")),
        subsections=(more, last),
        **hooks("chip"),
    )
    state = State(a=1, s=State(a=2))
    seen = []
    data = engine.save(vmsd, state).data
    assert seen == [
        "chip pre_save",
        "inner pre_save",
        "inner post_save",
        "a?",
        "more?",
        "more pre_save",
        "more post_save",
        "z?",
        "chip post_save",
    ]
    seen.clear()
    engine.load(vmsd, state, data)
    assert seen == [
        "chip pre_load",
        "inner pre_load",
        "inner post_load",
        "a?",
        "more pre_load",
        "more post_load",
        "chip post_load",
    ]


def test_post_load_runs_after_the_subsections(engine):
    more = subsection("chip/b", VMSTATE_UINT8("b"))
    vmsd = chip(
        A,
        subsections=(more,),
        post_load=lambda state, version: setattr(state, "sum", state.a + state.b),
    )
    state = State(a=0, b=0, sum=0)
    engine.load(vmsd, state, b"\1" + header("chip/b") + b"\2")
    assert state.sum == 3


def switch_on(state):
    state.a, state.on = 7, 1


def test_pre_save_may_change_what_is_saved(engine):
    vmsd = chip(
        A,
        VMSTATE_UINT8_TEST("b", lambda state, v: state.on),
        pre_save=lambda s: vars(s).update(a=7, on=1),
    )
    assert engine.save(vmsd, State(a=1, b=2, on=0)).data == b"\7\2"


def test_pre_load_may_make_what_is_loaded_into(engine):
    vmsd = chip(
        VMSTATE_STRUCT_ARRAY("rows", 1, 0, chip(A, name="row")),
        pre_load=lambda state: setattr(state, "rows", [State(a=0)]),
    )
    assert engine.load(vmsd, State(), b"\5").rows == [State(a=5)]


@BOTH
def test_post_save_runs_even_if_saving_fails(engine, release):
    vmsd = chip(VMSTATE_UINT8("none"), post_save=noting("post_save", -1))
    state = Hooked()
    with pytest.raises(EncodeError, match=r"^chip/none: can't save .*: it has no none"):
        engine.save(vmsd, state, release=release)
    assert state.calls == [("post_save", 1)]


def test_post_save_of_all_around_runs_where_a_part_fails(engine):
    inner = chip(VMSTATE_UINT8("none"), name="inner", post_save=noting("inner"))
    more = subsection("chip/more", VMSTATE_STRUCT("s", 0, inner), post_save=noting("more"))
    vmsd = chip(subsections=(more,), post_save=noting("chip"))
    state = Hooked()
    state.s = Hooked()
    with pytest.raises(EncodeError, match="inner/none"):
        engine.save(vmsd, state)
    assert state.s.calls == [("inner", 1)]
    assert state.calls == [("more", 1), ("chip", 1)]


@BOTH
def test_a_pre_save_that_fails_stops_the_saving(engine, release):
    vmsd = chip(A, pre_save=noting("pre_save", -1), post_save=noting("post_save"))
    state = Hooked()
    with pytest.raises(EncodeError, match=r"^chip: can't save .*: pre_save failed$"):
        engine.save(vmsd, state, release=release)
    # post_save undoes what pre_save did, which was nothing.
    assert state.calls == [("pre_save", 1)]


@OLD
def test_a_pre_save_that_answers_a_positive_number_failed_before_11_1(engine, release):
    vmsd = chip(A, pre_save=noting("pre_save", 1))
    with pytest.raises(EncodeError, match=r": pre_save failed$"):
        engine.save(vmsd, Hooked(), release=release)
    assert engine.save(vmsd, Hooked()).data == b"\1"


@OLD
@pytest.mark.parametrize("answer", [1, -1])
def test_a_post_save_could_fail_before_11_1(engine, release, answer):
    vmsd = chip(A, post_save=noting("post_save", answer))
    with pytest.raises(EncodeError, match=r"^chip: can't save .*: post_save failed$"):
        engine.save(vmsd, Hooked(), release=release)
    assert engine.save(vmsd, Hooked()).data == b"\1"
    content = chip(A, post_save=noting("post_save", 0))
    assert engine.save(content, Hooked(), release=release).data == b"\1"


def test_a_hook_of_the_newer_style_says_what_is_wrong(engine):
    with pytest.raises(EncodeError, match=r"^chip: can't save .*: the disk is busy$"):
        engine.save(chip(A, pre_save_errp=noting("", "the disk is busy")), Hooked())
    for hook, offset in (("pre_load_errp", 0), ("post_load_errp", 1)):
        with pytest.raises(StreamError) as error:
            engine.load(chip(A, **{hook: noting("", "no such disk")}), Hooked(), b"\1")
        assert str(error.value) == f"chip at offset {offset:#x}: no such disk"
        assert error.value.number == EINVAL


@BOTH
@pytest.mark.parametrize(
    ("hook", "answer", "offset"),
    [
        ("pre_load", -2, 0),
        ("pre_load", 2, 0),
        ("post_load", -2, 1),
        ("pre_load", -1, 0),
        ("post_load", -1, 1),
    ],
)
def test_a_load_hook_that_fails_refuses_the_stream(engine, release, hook, answer, offset):
    vmsd = chip(A, **{hook: noting(hook, answer)})
    state = Hooked()
    with pytest.raises(StreamError) as error:
        engine.load(vmsd, state, b"\5", release=release)
    assert str(error.value) == f"chip at offset {offset:#x}: {hook} failed"
    assert error.value.number == (EINVAL if release == LATEST else abs(answer))
    assert state.a == (1 if hook == "pre_load" else 5)


@BOTH
def test_what_a_whole_or_a_struct_answers_positively_is_content(engine, release):
    inner = chip(A, name="inner", post_load=noting("inner", 1))
    vmsd = chip(VMSTATE_STRUCT("s", 0, inner), A, post_load=noting("chip", 1))
    state = Hooked()
    state.s = Hooked()
    engine.load(vmsd, state, b"\5\6", release=release)
    assert (state.s.calls, state.calls) == ([("inner", 5, 0)], [("chip", 6, 0)])


@BOTH
def test_what_a_temporary_answers_positively_is_content(engine, release):
    vmsd = chip(VMSTATE_WITH_TMP(Hooked, chip(A, name="tmp", post_load=noting("tmp", 1))), A)
    assert engine.load(vmsd, Hooked(), b"\5\6", release=release).a == 6


POSITIVE = {"post_load": lambda state, version_id: 7}
NODE = chip(A, name="node", **POSITIVE)


def node():
    return State(a=0)


HOLDERS = [
    (chip(A, subsections=(subsection("chip/s", A, **POSITIVE),)), b"\1" + header("chip/s") + b"\2"),
    (chip(VMSTATE_QTAILQ_V("q", 0, NODE, node)), b"\1\5\0"),
    (chip(VMSTATE_QLIST_V("q", 0, NODE, node)), b"\1\5\0"),
    (chip(VMSTATE_GTREE_DIRECT_KEY_V("t", 0, NODE, node)), b"\0\0\0\1\1" + bytes(8) + b"\5\0"),
]


@pytest.mark.parametrize(("vmsd", "data"), HOLDERS, ids=["subsection", "qtailq", "qlist", "gtree"])
@OLD
def test_what_a_subsection_or_a_node_answers_positively_failed_before_11_1(
    engine, release, vmsd, data
):
    state = State(a=0, q=[], t={})
    with pytest.raises(StreamError) as error:
        engine.load(vmsd, state, data, release=release)
    assert error.value.path in ("chip/s", "node")
    assert (
        error.value.why == "post_load answered 7, which a release before 11.1 takes for a failure"
    )
    assert error.value.number == 7
    assert (state.q, state.t) == ([], {})
    engine.load(vmsd, state, data)
    assert state.a == 2 or State(a=5) in (*state.q, *state.t.values())


@pytest.mark.parametrize("answer", [None, 0])
def test_a_subsection_may_answer_none_or_zero_in_any_release(engine, answer):
    more = subsection("chip/s", A, post_load=noting("post_load", answer))
    for release in (V7_2, LATEST):
        data = header("chip/s") + b"\5"
        state = engine.load(chip(subsections=(more,)), Hooked(), data, release=release)
        assert state.calls == [("post_load", 5, 0)]


def test_a_hook_may_answer_none_or_zero(engine):
    for answer in (None, 0, False):
        hooks = {name: noting(name, answer) for name in ("pre_save", "pre_load", "post_load")}
        vmsd = chip(A, **hooks, post_save=noting("post_save", answer))
        for release in (V7_2, LATEST):
            data = engine.save(vmsd, Hooked(), release=release).data
            assert engine.load(vmsd, Hooked(), data, release=release).a == 1
