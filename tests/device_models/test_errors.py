"""Errors of the models: every sentence, and the tree."""

from __future__ import annotations

import pytest

from device_models.errors import DeviceModelError, SpecError, StateError


def test_a_spec_error_names_the_machine():
    error = SpecError("pc", "port 0x70 is claimed by rtc and nvram")
    assert str(error) == "machine 'pc': port 0x70 is claimed by rtc and nvram"
    assert (error.machine, error.why) == ("pc", "port 0x70 is claimed by rtc and nvram")


def test_a_state_error_names_the_place():
    error = StateError("not a stream of version 3", 0x10)
    assert str(error) == "machine state at offset 0x10: not a stream of version 3"
    assert (error.why, error.offset) == ("not a stream of version 3", 0x10)


@pytest.mark.parametrize("error", [SpecError, StateError])
def test_the_tree_is_that_of_the_docstring(error):
    assert error.__bases__ == (DeviceModelError,)
