"""Spans: where each field stands in the bytes."""

from __future__ import annotations

from itertools import pairwise

import pytest

from tests.support.engines import ENGINES
from tests.support.law_cases import CASES, MACRO_CASES
from tests.support.lawful import for_all
from vmstate import LATEST


@pytest.mark.parametrize("engine", ENGINES)
def test_spans_stand_in_order_and_do_not_overlap(engine):
    for case in [*CASES, *MACRO_CASES]:

        @for_all(case.examples(), 3)
        def law(example):
            codec = ENGINES[engine](example.description, LATEST)
            saved = codec.save(example.state, version_id=example.version_id)
            spans = saved.spans
            assert all(span.size >= 0 for span in spans)
            assert all(one.offset + one.size <= two.offset for one, two in pairwise(spans))
            assert all(span.offset + span.size <= len(saved.data) for span in spans)
            paths = [span.path for span in spans]
            assert len(set(paths)) == len(paths)
