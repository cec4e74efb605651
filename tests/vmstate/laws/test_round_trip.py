"""What is saved comes back, and nothing else changes."""

from __future__ import annotations

from copy import deepcopy
from types import SimpleNamespace as State

import pytest

from harness.strategies.destinations import destination
from tests.support import macro_table
from tests.support.engines import ENGINES
from tests.support.law_cases import CASES, MACRO_CASES, NEVER_SAVED
from tests.support.lawful import for_all, load
from tests.support.transfer import plain, transfer
from vmstate import LATEST, EncodeError, VMStateDescription
from vmstate.macros import VMSTATE_UINT32, VMSTATE_VBUFFER_UINT32


@pytest.mark.parametrize("case", [*CASES, *MACRO_CASES], ids=str)
@pytest.mark.parametrize("engine", ENGINES)
def test_what_is_saved_is_loaded_and_nothing_else_changes(case, engine):
    @for_all(case.examples(), case.some(6))
    def law(example):
        codec = ENGINES[engine](example.description, LATEST)
        saved = codec.save(example.state, version_id=example.version_id)
        source = plain(example.state)
        there = destination(example)
        expected = deepcopy(there)
        assert transfer(example.description, example.state, expected, saved, len(saved.data))
        load(codec, there, saved, example.version_id)
        assert plain(there) == plain(expected)
        assert plain(example.state) == source
        again = codec.save(there, version_id=example.version_id)
        # What was not sent has other values here, which may need other subsections.
        if [span.path for span in again.spans] == [span.path for span in saved.spans]:
            assert again.data == saved.data
        else:
            assert any(span.path.count("<") for span in (*again.spans, *saved.spans))


@pytest.mark.parametrize("engine", ENGINES)
def test_a_null_pointer_to_a_buffer_of_no_bytes_is_saved_and_stays_null(engine):
    vmsd = VMStateDescription(
        name="chip", fields=(VMSTATE_UINT32("n"), VMSTATE_VBUFFER_UINT32("a", 0, None, "n"))
    )
    codec = ENGINES[engine](vmsd, LATEST)
    saved = codec.save(State(n=0, a=None))
    assert saved.data == bytes(4)
    there = State(n=9, a=None)
    load(codec, there, saved, 0)
    assert there == State(n=0, a=None)


@pytest.mark.parametrize("entry", NEVER_SAVED, ids=lambda entry: entry.id)
@pytest.mark.parametrize("engine", ENGINES)
def test_what_is_never_saved_is_refused_and_still_read_from_old_streams(entry, engine):
    codec = ENGINES[engine](entry.description, LATEST)
    with pytest.raises(EncodeError, match="is read from old streams only, never saved"):
        codec.save(State(a=7), version_id=3)
    there = State(a=7)
    codec.load(there, b"\x00\x05"[-entry.made[0].codec.bytes_ :], 3)
    assert there == State(a=5)


def test_every_macro_that_makes_a_field_is_a_case():
    named = {case.name for case in MACRO_CASES} | {entry.id for entry in NEVER_SAVED}
    entries = (*macro_table.MACROS, *macro_table.DEVICE_MACROS)
    assert named == {entry.id for entry in entries}
    assert len(named) == len(entries) > 240
