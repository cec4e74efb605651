from __future__ import annotations

import pytest

from device_models import MACHINES, Machine, build
from device_models.errors import SpecError


@pytest.mark.parametrize("name", sorted(MACHINES))
def test_every_machine_is_built_new_each_time_under_its_name(name):
    first, second = build(name), build(name)
    assert isinstance(first, Machine)
    assert first.name == name
    assert first is not second
    assert first.save() == second.save()


def test_the_pc_is_among_them():
    assert "pc" in MACHINES


def test_an_unknown_machine_is_refused_with_the_names_of_those_there_are():
    with pytest.raises(SpecError) as caught:
        build("amiga")
    assert str(caught.value) == "machine 'amiga': there is no such model; there are: pc"
