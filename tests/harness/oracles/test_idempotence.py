"""The idempotence oracle: which field comes back changed."""

import pytest

from harness.cycle import CycleRecord, Future
from harness.difference import FieldPlace
from harness.fields import DeviceState, LeafField
from harness.masks import Masks
from harness.oracles import Verdict, judge_idempotence


def leaf(path, data):
    return LeafField("dma", 0, path, "uint8", 0, data)


def state(data):
    """One byte is one field: a, b, c…"""
    return DeviceState(tuple(leaf(chr(97 + n), data[n : n + 1]) for n in range(len(data))))


def judge(before, after, masks=None, decode=state):
    record = CycleRecord(3, (), before, after, Future({}, ()), Future({}, ()), None, ())
    return judge_idempotence(record, decode, masks or Masks())


def never(data):
    raise AssertionError("equal bytes need no decoding")


@pytest.mark.parametrize(("before", "after"), [(b"ab", b"ab"), (b"ab", b"")])
def test_equal_or_missing_bytes_are_not_decoded(before, after):
    assert judge(before, after, decode=never) == Verdict()


def test_bytes_that_decode_alike_are_alike():
    assert judge(b"ab", b"abx", decode=lambda data: state(data[:2])) == Verdict()


def test_every_changed_field_is_named_and_the_first_is_shown():
    difference = judge(b"\x01\x02\x03", b"\x01\xf2\x13").difference
    assert difference.oracle == "idempotence"
    assert difference.kind == "changed by loading"
    assert difference.cycle == 3
    assert difference.step is None
    assert difference.places == (FieldPlace("dma", 0, "b", 0xF0), FieldPlace("dma", 0, "c", 0x10))
    assert (difference.expected, difference.seen) == ("0x02", "0xf2")


def test_a_field_that_is_not_sent_any_more_says_so():
    difference = judge(b"\x01\x02", b"\x01").difference
    assert (difference.expected, difference.seen) == ("0x02", "not sent")


def test_a_field_that_is_sent_anew_says_so():
    difference = judge(b"\x01", b"\x01\x02").difference
    assert (difference.expected, difference.seen) == ("not sent", "0x02")


def test_a_known_field_is_counted_and_what_is_behind_it_is_seen():
    masks = Masks()
    masks.add("known", [FieldPlace("dma", 0, "b", 1)])
    verdict = judge(b"\x01\x02\x03", b"\x01\xf2\x13", masks)
    assert verdict.known == {"known"}
    assert verdict.difference.places == (FieldPlace("dma", 0, "c", 0x10),)


def test_if_all_is_known_nothing_is_wrong():
    masks = Masks()
    masks.add("known", [FieldPlace("dma", 0, "b", 1)])
    assert judge(b"\x01\x02", b"\x01\xf2", masks) == Verdict(None, frozenset({"known"}))
