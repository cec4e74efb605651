"""Versions: too new, too old, and fields that begin with one."""

from __future__ import annotations

from copy import deepcopy
from dataclasses import replace

import pytest

from harness.strategies.descriptions import Example
from harness.strategies.destinations import destination
from tests.support.engines import ENGINES
from tests.support.law_cases import MACRO_CASES, NEVER_SAVED
from tests.support.lawful import for_all, load, read
from tests.support.macro_rows import from_two
from tests.support.transfer import plain, transfer
from vmstate import LATEST, VersionError
from vmstate.macros import VMSTATE_UINT8, VMSTATE_UINT16

BEFORE, AFTER = VMSTATE_UINT8("in_front"), VMSTATE_UINT16("behind")


def between(case, *fields):
    """Return the case with *fields* of its description between two that are always there."""
    if any(field.whole and field.codec is not None for field in fields):
        # A virtio device is the whole state, which has no room for more.
        vmsd = replace(case.description, fields=fields)
    else:
        vmsd = replace(case.description, fields=(BEFORE, *fields, AFTER))
    return replace(case, description=vmsd)


def leaves(saved):
    """Return the fields of the section that were sent."""
    return [layout.field.name for layout in saved.layout.fields]


@pytest.mark.parametrize("engine", ENGINES)
def test_a_version_that_is_not_known_is_refused_before_anything_is_touched(engine):
    for case in MACRO_CASES:
        vmsd = case.description
        codec = ENGINES[engine](vmsd, LATEST)
        simplest = Example(vmsd, case.simplest, vmsd.version_id)
        saved = codec.save(simplest.state)
        there = destination(simplest)
        untouched = plain(there)
        for version, why in ((vmsd.version_id + 1, "new"), (vmsd.minimum_version_id - 1, "old")):
            with pytest.raises(VersionError) as error:
                codec.load(there, read(saved), version)
            assert str(error.value) == (
                f"chip at offset 0x0: version {version} is too {why}: "
                f"versions {vmsd.minimum_version_id} to {vmsd.version_id} can be read"
            )
        assert plain(there) == untouched


@pytest.mark.parametrize("case", MACRO_CASES, ids=str)
@pytest.mark.parametrize("engine", ENGINES)
def test_a_field_is_there_from_its_version_on_and_keeps_its_value_below(case, engine):
    # What is gated by a test is there from version 2 on, whatever the macro's version says;
    # a macro without a gate is given one.
    *needed, made = case.description.fields or (VMSTATE_UINT8("a"),)
    if not made.version_id and made.field_exists is None:
        # A temporary's version would be handed down to what is in it.
        made = replace(made, field_exists=from_two) if made.whole else replace(made, version_id=2)

    @for_all(between(case, *needed, made).examples(), case.some(4))
    def law(example):
        codec = ENGINES[engine](example.description, LATEST)
        saved = codec.save(example.state, version_id=example.version_id)
        sent = leaves(saved)
        there = destination(example)
        expected = deepcopy(there)
        kept = {}
        for field in example.description.fields:
            gate = field.version_id if field.field_exists is None else 2
            is_there = field.must_exist or example.version_id >= gate
            assert (field.name in sent) == is_there
            if field.name not in sent and field.has_value and "." not in field.name:
                kept[field.name] = plain(getattr(there, field.name))
        assert transfer(example.description, example.state, expected, saved, len(saved.data))
        load(codec, there, saved, example.version_id)
        assert plain(there) == plain(expected)
        assert {name: plain(getattr(there, name)) for name in kept} == kept


def test_the_macros_that_are_never_saved_are_gated_by_their_test():
    for entry in NEVER_SAVED:
        assert entry.made[0].field_exists is not None
