"""Mistakes planted in the engine are noticed: each by a check that the engine itself passes.

The checks are few and quick; ``make mutate`` does the same with every operator of the source
and with all tests of the language.
"""

from __future__ import annotations

from importlib import import_module

import pytest

import vmstate
from tests.power.engine.checking import CHECKS
from tests.power.engine.language import language, mistakes

MISTAKES = mistakes()
for _part in ("values", "shapes", "states", "subsections"):
    # Loading one names its checks.
    import_module(f"tests.power.engine.{_part}")
#: What an engine with a mistake may end a check with.
FAILURES = (
    AssertionError,
    pytest.fail.Exception,
    ArithmeticError,
    AttributeError,
    LookupError,
    TypeError,
    ValueError,
)


@pytest.fixture(scope="module")
def real():
    with language() as lang:
        yield lang


@pytest.mark.parametrize("check", CHECKS.values(), ids=CHECKS)
def test_the_engine_without_a_mistake_passes(real, check):
    check(real)


def test_what_is_loaded_anew_is_not_the_package_itself(real):
    assert real.VMStateDescription is not vmstate.VMStateDescription
    assert real.VMStateDescription.__module__ == "planted.description"


def noticed_by(mistake):
    """Return the name of the first check that fails with *mistake* in the engine."""
    with language(mistake) as lang:
        for name, check in CHECKS.items():
            try:
                check(lang)
            except (*FAILURES, lang.VMStateError):
                return name
    return ""


@pytest.mark.parametrize("mistake", MISTAKES, ids=lambda mistake: mistake.name)
def test_a_planted_mistake_is_noticed(mistake):
    assert noticed_by(mistake)


def test_at_least_sixty_mistakes_are_planted_each_under_its_own_name():
    names = [mistake.name for mistake in MISTAKES]
    assert len(names) == len({*names}) >= 60
