"""The compiler is equal to the interpreter: in bytes, values, errors and the order of effects."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from tests.support.damage import damaged, mutated
from tests.support.random_blueprints import blueprints
from tests.support.recorded_states import both_load, both_save, saving
from vmstate import LATEST, Release
from vmstate.codec import Interpreted
from vmstate.compiler import Compiled
from vmstate.errors import VMStateError

EXAMPLES = 25
RELEASES = st.sampled_from([LATEST, LATEST, Release(10, 0), Release(7, 2)])


@st.composite
def cases(draw, *, plain=False):
    """Draw a description, a state that fits it, a version to use, and a release."""
    blueprint = draw(blueprints(plain=plain))
    version = draw(st.integers(-1, 4))
    return blueprint, draw(blueprint.states()), version, draw(RELEASES)


def check_saving(blueprint, state, version, release):
    for version_id in (None, version):
        both_save(blueprint.description, state, version_id=version_id, release=release)


def check_loading(blueprint, state, data, version, release, *, cursor):
    description = blueprint.description
    both_load(description, state, data, version_id=version, release=release, cursor=cursor)


def saved_or_nothing(blueprint, state, version, release):
    """Return bytes that fit *state* if there are any."""
    result = saving(Interpreted(blueprint.description, release), state, version)["result"]
    return result[0] if isinstance(result[0], bytes) else b""


@settings(max_examples=EXAMPLES)
@given(cases())
def test_any_state_is_saved_alike(case):
    check_saving(*case)


@settings(max_examples=EXAMPLES)
@given(cases(plain=True), st.data())
def test_a_state_that_does_not_fit_is_refused_alike(case, data):
    blueprint, state, version, release = case
    check_saving(blueprint, data.draw(damaged(state)), version, release)


@settings(max_examples=EXAMPLES)
@given(cases(), st.data())
def test_an_odd_state_that_does_not_fit_is_refused_alike(case, data):
    blueprint, state, version, release = case
    check_saving(blueprint, data.draw(damaged(state)), version, release)


@settings(max_examples=EXAMPLES)
@given(cases(), st.data(), st.booleans())
def test_any_bytes_are_loaded_alike(case, data, cursor):
    blueprint, state, version, release = case
    version = blueprint.description.version_id if data.draw(st.booleans()) else version
    bytes_ = data.draw(mutated(saved_or_nothing(blueprint, state, version, release)))
    check_loading(blueprint, data.draw(blueprint.states()), bytes_, version, release, cursor=cursor)


@settings(max_examples=EXAMPLES)
@given(cases(plain=True), st.data(), st.booleans())
def test_a_plain_state_of_any_bytes_is_loaded_alike(case, data, cursor):
    blueprint, state, _, release = case
    version = blueprint.description.version_id
    bytes_ = data.draw(mutated(saved_or_nothing(blueprint, state, version, release)))
    check_loading(blueprint, state, bytes_, version, release, cursor=cursor)


@settings(max_examples=EXAMPLES)
@given(cases(), st.data(), st.booleans())
def test_a_destination_that_does_not_fit_refuses_alike(case, data, cursor):
    blueprint, state, _, release = case
    version = blueprint.description.version_id
    bytes_ = saved_or_nothing(blueprint, state, version, release)
    check_loading(blueprint, data.draw(damaged(state)), bytes_, version, release, cursor=cursor)


def test_the_cases_are_worth_asking():
    """Many random states can be saved, and many are refused once they are damaged."""
    verdicts = []

    @settings(max_examples=40)
    @given(cases(plain=True), st.data())
    def collect(case, data):
        blueprint, state, _, release = case
        codec = Compiled(blueprint.description, release)
        for each in (state, data.draw(damaged(state))):
            result = saving(codec, each, None)["result"]
            verdicts.append(isinstance(result[0], type) and issubclass(result[0], VMStateError))

    collect()
    assert verdicts[0::2].count(False) > 15
    assert verdicts[1::2].count(True) > 8
