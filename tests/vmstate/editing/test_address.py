"""Addresses: what a person writes, and which section and field is meant."""

import pytest

from vmstate.editing.address import Key, address, find_section, near, split_path
from vmstate.errors import EditError

KEYS = [
    Key("timer"),
    Key("dma"),
    Key("dma", 1),
    Key("cpu", 3),
    Key("serial", 4),
    Key("serial", 5),
    Key("0000:00:01.3/piix4_pm"),
    Key("0000:00:01.3"),
]


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("timer", Key("timer", 0)),
        ("timer[0]", Key("timer", 0)),
        ("dma", Key("dma", 0)),
        ("dma[1]", Key("dma", 1)),
        ("cpu", Key("cpu", 3)),
        ("0000:00:01.3/piix4_pm", Key("0000:00:01.3/piix4_pm")),
    ],
)
def test_a_section_is_found_by_its_name(text, key):
    assert find_section(text, KEYS) == key


@pytest.mark.parametrize("key", KEYS)
def test_what_a_section_is_called_names_it(key):
    assert find_section(str(key), KEYS) == key


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("tiner", "tiner: the stream has no such section; did you mean timer?"),
        ("dma[7]", "dma[7]: the stream has no such section; did you mean dma[1] or dma?"),
        ("xyzzy", "xyzzy: the stream has no such section"),
        ("serial", "serial: the name of several sections: serial[4], serial[5]"),
    ],
)
def test_a_section_that_is_not_there_is_refused_with_those_that_are_like_it(text, message):
    with pytest.raises(EditError) as caught:
        find_section(text, KEYS)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("text", "key", "path"),
    [
        ("timer/ticks", Key("timer"), "ticks"),
        ("timer", Key("timer"), ""),
        ("dma[1]/regs[0].mode", Key("dma", 1), "regs[0].mode"),
        ("0000:00:01.3/piix4_pm/<a/b>.c", Key("0000:00:01.3/piix4_pm"), "<a/b>.c"),
        ("0000:00:01.3/other", Key("0000:00:01.3"), "other"),
    ],
)
def test_a_path_is_split_behind_the_longest_name_of_a_section(text, key, path):
    assert split_path(text, KEYS) == (key, path)
    assert split_path(address(key, path), KEYS) == (key, path)


@pytest.mark.parametrize(
    ("text", "keys", "end"),
    [
        ("tiner/ticks", KEYS, "; did you mean timer?"),
        ("q/ticks", KEYS, "; the first are timer, dma, dma[1]"),
        ("q/ticks", [], "; it has none"),
    ],
)
def test_a_path_of_no_section_is_refused(text, keys, end):
    with pytest.raises(EditError) as caught:
        split_path(text, keys)
    assert str(caught.value) == f"{text}: it begins with the name of no section{end}"


def test_of_many_near_names_three_are_told():
    assert near("abcd", ["abc1", "abc2", "abc3", "abc4"]).count(" or ") == 2
