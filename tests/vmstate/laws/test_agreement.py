"""The engines agree: in bytes, layouts, vmdescs and values, and in every word of an error."""

from __future__ import annotations

from copy import deepcopy

import pytest
from hypothesis import strategies as st

from harness.strategies.destinations import destination
from tests.support.engines import ENGINES
from tests.support.law_cases import CASES, MACRO_CASES
from tests.support.lawful import Case, for_all
from tests.support.transfer import plain
from vmstate import Release, VMStateError
from vmstate.cursor import Reader
from vmstate.describe import describe

#: The newest rules, and the oldest that are known.
RELEASES = (Release(11, 1), Release(7, 2))


def outcome(action):
    """Return what *action* returns, or the error that it raises, in all its parts.

    A description's own hooks may raise what they like.
    """
    try:
        return action()
    except (VMStateError, AttributeError, TypeError) as error:
        return type(error), str(error), vars(error)


def saved_by(engine, example, state, release):
    saved = ENGINES[engine](example.description, release).save(state, version_id=example.version_id)
    return saved, saved.spans, describe(saved.layout, release), plain(state)


def loaded_by(engine, example, state, data, release):
    """Return how far the load came, and what it left, whether or not it was refused."""
    reader = Reader(data)
    reader.descriptors.extend(range(3))
    codec = ENGINES[engine](example.description, release)
    answer = outcome(lambda: codec.load(state, reader, example.version_id))
    return answer, reader.offset, plain(state)


def agreed(ask):
    """Return what *ask* answers of each engine, which is the same."""
    reference, *others = (ask(engine) for engine in ENGINES)
    for other in others:
        assert other == reference
    return reference


def damaged(data: bytes, seed: int) -> bytes:
    """Return *data* with one byte changed, cut short or longer, as *seed* says."""
    at, value, kind = seed % (len(data) or 1), seed >> 16 & 0xFF, seed >> 24 & 3
    if kind == 0:
        return data[:at]
    if kind == 1:
        return data + bytes([value])
    return data[:at] + bytes([value]) + data[at + 1 :]


def all_of(case: Case, count: int):
    damages = case.some(6)
    seeds = st.lists(st.integers(0, (1 << 26) - 1), min_size=damages, max_size=damages)
    return for_all(st.tuples(case.examples(), seeds), case.some(count))


@pytest.mark.parametrize("case", [*CASES, *MACRO_CASES], ids=str)
def test_engines_agree_on_what_is_saved_and_on_whatever_is_loaded(case):
    assert len(ENGINES) > 1

    @all_of(case, 4)
    def law(drawn):
        example, seeds = drawn
        release = RELEASES[seeds[0] % 2]
        saved, *_ = agreed(
            lambda engine: saved_by(engine, example, deepcopy(example.state), release)
        )
        fresh = destination(example)
        for seed in (None, *seeds):
            data = saved.data if seed is None else damaged(saved.data, seed)
            agreed(lambda engine: loaded_by(engine, example, deepcopy(fresh), data, release))  # noqa: B023 (asked at once)


@pytest.mark.parametrize("value", [None, "text", -1, 1 << 128, [], {}, bytearray(3)], ids=repr)
def test_engines_agree_on_why_a_value_is_refused(value):
    for case in MACRO_CASES:
        places = [name for name in vars_of(case.simplest) if name in ("a", "n")]
        for place in places:
            state = case.simplest
            setattr(state, place, value)
            for release in RELEASES:
                agreed(lambda engine: outcome(lambda: saved_as_is(engine, case, state, release)))  # noqa: B023 (asked at once)


def vars_of(state):
    return getattr(state, "__dict__", {})


def saved_as_is(engine, case, state, release):
    saved = ENGINES[engine](case.description, release).save(deepcopy(state))
    return saved, saved.spans
