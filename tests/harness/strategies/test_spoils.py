"""Spoils: which fields may be spoilt, and with what."""

import pytest
from hypothesis import HealthCheck, given, settings

from harness.command import Command
from harness.fields import LeafField
from harness.regions import Owner, Region, RegionMap
from harness.strategies import Vocabulary, hostile_traces, spoilable
from harness.strategies.spoils import SPOILT_KINDS, spoil_of

OWNER = Owner("fake", "/fake", "fake")
MAP = RegionMap((Region("io", 0x10, 4, "r", 0, OWNER),))


def field(path, size, section="fake"):
    return LeafField(section, 0, path, "buffer", 0, bytes(size))


def test_elements_of_one_array_are_one_column():
    fields = [field("count", 4), *(field(f"regs[{at}]", 2) for at in range(3))]
    assert {key: len(some) for key, some in spoilable(fields).items()} == {
        ("fake", 0, "count"): 1,
        ("fake", 0, "regs[]"): 3,
    }


def test_what_no_command_can_name_or_has_no_bytes_is_left_out():
    fields = [field("a b", 1), field("a", 1, section="my device"), field("", 1), field("empty", 0)]
    assert spoilable(fields) == {}


@pytest.mark.parametrize(
    ("kind", "value"),
    [
        *enumerate(
            ["ffffffff", "00000000", "80000000", "7fffffff", "00000007", "00000607", "01020304"]
        )
    ],
)
def test_a_field_is_spoilt_with_limits_small_numbers_and_anything(kind, value):
    data = bytes(range(1, 8))
    assert str(spoil_of(field("n", 4), kind, data)) == f"spoil fake 0 n 0x{value}"


@pytest.mark.parametrize("size", [1, 2, 3, 8, 16, 17, 4000])
@pytest.mark.parametrize("kind", range(SPOILT_KINDS))
def test_what_is_spoilt_fits_the_field(kind, size):
    spoil = spoil_of(field("n", size), kind, b"\x01\x02")
    assert len(str(spoil.operands[3])) == 2 + 2 * min(size, 16)
    assert Command.parse(str(spoil)) == spoil


def test_a_hostile_trace_spoils_a_few_fields_and_loads_them_once():
    words = Vocabulary.of_owner(MAP, OWNER, has_clock=False, hazard=lambda _: None)
    fields = [field("count", 4), *(field(f"regs[{at}]", 2) for at in range(300))]
    spoilt = []

    @settings(
        max_examples=300, derandomize=True, database=None, suppress_health_check=list(HealthCheck)
    )
    @given(hostile_traces(words, fields))
    def collect(trace):
        before, after = trace.segments
        some = [one for one in before if one.verb == "spoil"]
        assert 1 <= len(some) <= 3
        assert before[-len(some) :] == tuple(some)
        assert after == words.sweep
        assert len({one.operands[2] for one in some}) == len(some)
        spoilt.extend(str(one.operands[2]) for one in some)

    collect()
    # An array of many elements is no likelier than a single field, and all of it may be chosen.
    assert len(spoilt) / 4 < spoilt.count("count") < len(spoilt)
    assert len(set(spoilt)) > 50
