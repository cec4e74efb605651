"""Bytes that end too early: an error that says where, and a destination as QEMU leaves it."""

from __future__ import annotations

from copy import deepcopy

import pytest

from harness.strategies.destinations import destination
from tests.support.engines import ENGINES
from tests.support.law_cases import CASES, MACRO_CASES
from tests.support.lawful import for_all, read
from tests.support.transfer import plain, transfer
from vmstate import LATEST, StreamError, TruncatedStreamError

#: Every cut of what is at most so long; of what is longer, fewer, spread over it.
MOST_CUTS, FEW_CUTS = 48, 12
#: Devices' own codecs of many members, some of which may be there before the cut.
IN_PIECES = {"virtio", "scsi-requests"}


def cuts_of(saved):
    """Return where to cut, but for places in a subsection's header, which is then none."""
    size = len(saved.data)
    framed = set()
    states = [saved.layout]
    while states:
        state = states.pop()
        for subsection in state.subsections:
            header = 6 + len(subsection.description.name)
            framed |= set(range(subsection.offset - header, subsection.offset))
        states += [*state.subsections, *(one for field in state.fields for one in field.children)]
    step = 1 if size <= MOST_CUTS else -(-size // FEW_CUTS)
    return [cut for cut in range(0, size, step) if cut not in framed]


@pytest.mark.parametrize("case", [*CASES, *MACRO_CASES], ids=str)
@pytest.mark.parametrize("engine", ENGINES)
def test_a_cut_is_an_error_with_a_place_and_leaves_what_came_before(case, engine):
    longest = case.description.version_id

    @for_all(case.examples(versions=[longest]), case.some(3))
    def law(example):
        codec = ENGINES[engine](example.description, LATEST)
        saved = codec.save(example.state)
        fresh = destination(example)
        for size in cuts_of(saved):
            there, expected = deepcopy(fresh), deepcopy(fresh)
            assert not transfer(example.description, example.state, expected, saved, size)
            with pytest.raises(StreamError) as error:
                codec.load(there, read(saved, size), longest)
            assert isinstance(error.value, TruncatedStreamError) or "can't be in the" in str(
                error.value
            )
            assert 0 <= error.value.offset <= size
            assert error.value.path
            assert str(error.value).startswith(f"{error.value.path} at offset 0x")
            if not {span.type for span in saved.spans} & IN_PIECES:
                assert plain(there) == plain(expected)
