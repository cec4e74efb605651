"""The codec protocol: every codec that is offered obeys it."""

from __future__ import annotations

import inspect

import pytest

from vmstate import info
from vmstate.info import devices

CORE = [
    value
    for name, value in vars(info).items()
    if name.isupper() and name != "PARTIAL_BUFFER"  # a buffer, too
]
CODECS = CORE + [value for name, value in vars(devices).items() if name.isupper()]


@pytest.mark.parametrize("codec", CODECS, ids=repr)
def test_a_codec_has_the_protocols_methods(codec):
    holds_states = hasattr(codec, "load_states")
    protocol = info.Container if holds_states else info.Info
    for method in ("load_states", "save_states") if holds_states else ("load", "save"):
        expected = inspect.signature(getattr(protocol, method)).parameters
        assert ["self", *inspect.signature(getattr(codec, method)).parameters] == [*expected]


def test_no_two_codecs_of_the_core_have_one_name():
    names = [codec.name for codec in CORE]
    assert len(names) == len({*names}) == 28
