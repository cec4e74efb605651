"""What was saved: a value whose layout may be told later."""

from __future__ import annotations

from types import SimpleNamespace

import pytest

from vmstate import LATEST, Release, Saved, StateLayout, VMStateDescription, save
from vmstate.macros import VMSTATE_STRUCT, VMSTATE_UINT8

PAIR = VMStateDescription(name="pair", fields=(VMSTATE_UINT8("a"), VMSTATE_UINT8("b")))


class Pair:
    a, b = 1, 2


@pytest.fixture
def saved():
    return save(PAIR, Pair())


def test_it_has_bytes_layout_release_and_descriptors(saved):
    assert saved.data == b"\x01\x02"
    assert [span.path for span in saved.spans] == ["a", "b"]
    assert (saved.release, saved.descriptors) == (LATEST, ())
    assert (
        repr(saved)
        == "Saved(data=b'\\x01\\x02', release=Release(major=11, minor=1), descriptors=())"
    )


def test_a_layout_that_is_told_later_is_told_once(saved):
    asked = []

    def tell() -> StateLayout:
        asked.append(1)
        return saved.layout

    later = Saved(saved.data, tell)
    assert asked == []
    assert later.layout is saved.layout
    assert later.spans == saved.spans
    assert asked == [1]


def test_equality_is_by_value_however_the_layout_is_told(saved):
    later = Saved(saved.data, lambda: saved.layout)
    assert later == saved
    assert hash(later) == hash(saved)
    assert saved != Saved(b"\x01\x03", saved.layout)
    assert saved != Saved(saved.data, saved.layout, Release(7, 2))
    assert saved != Saved(saved.data, saved.layout, LATEST, (3,))
    assert saved != Saved(saved.data, StateLayout(PAIR, 0, 0, 2, (), ()))
    assert saved != (saved.data, saved.layout)


@pytest.mark.parametrize("name", ["data", "layout", "release", "descriptors"])
def test_it_does_not_change(saved, name):
    with pytest.raises(AttributeError):
        setattr(saved, name, None)


def test_layouts_of_any_depth_are_compared():
    vmsd, state = PAIR, Pair()
    for level in range(200):
        vmsd = VMStateDescription(name=f"level {level}", fields=(VMSTATE_STRUCT("inner", 0, vmsd),))
        state = SimpleNamespace(inner=state)
    assert save(vmsd, state) == save(vmsd, state)
