"""Programs: one for each description object, and each function written once."""

from __future__ import annotations

from dataclasses import replace

from vmstate import LATEST, Release, VMStateDescription
from vmstate.compiler.program import Program, program_of
from vmstate.macros import VMSTATE_STRUCT, VMSTATE_UINT8, VMSTATE_UINT8_V

POINT = VMStateDescription(
    name="point", version_id=9, fields=(VMSTATE_UINT8("x"), VMSTATE_UINT8_V("y", 3))
)
HOOKED = replace(POINT, name="hooked", post_load=lambda state, version_id: 0)
CHIP = VMStateDescription(name="chip", fields=(VMSTATE_STRUCT("point", 0, HOOKED),))


def test_a_description_has_one_program_for_each_release():
    assert program_of(CHIP, LATEST) is program_of(CHIP, LATEST)
    assert program_of(CHIP, Release(7, 2)) is not program_of(CHIP, LATEST)
    assert program_of(CHIP, Release(7, 2)).release == Release(7, 2)


def test_an_equal_description_is_another_object():
    copy = replace(CHIP)
    assert copy == CHIP
    assert program_of(copy, LATEST) is not program_of(CHIP, LATEST)


def test_functions_are_written_once():
    program = Program(LATEST)
    assert program.saving(CHIP, 0) is program.saving(CHIP, 0)
    assert program.loading(CHIP, 0) is program.loading(CHIP, 0)


def test_versions_with_the_same_fields_share_a_function():
    program = Program(LATEST)
    saves = [program.saving(POINT, version_id) for version_id in (0, 2, 3, 9)]
    loads = [program.loading(POINT, version_id) for version_id in (0, 2, 3, 9)]
    for codes in (saves, loads):
        assert codes[0] is codes[1]
        assert codes[2] is codes[3]
        assert codes[0] is not codes[2]


def test_a_nested_description_is_written_with_its_owner_and_once():
    program = Program(LATEST)
    owner = program.loading(CHIP, 0)
    assert "load_" in owner.source
    assert program.loading(HOOKED, 9).run in owner.run.__globals__.values()


def test_what_needs_the_interpreter_is_known_beforehand():
    program = Program(LATEST)
    assert not program.saving(CHIP, 0).needs_engine
    assert program.loading(CHIP, 0).needs_engine
    assert (program.loading(HOOKED, 9).answers, program.loading(POINT, 9).answers) == (True, False)
