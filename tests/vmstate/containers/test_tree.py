"""The channel to a tree: objects with names, and what is wrong with others."""

import pytest

from vmstate.containers.readable import _Notation
from vmstate.containers.tree import TreeGet, TreePut
from vmstate.errors import EncodeError, StreamError


def put(*steps):
    channel = TreePut(_Notation())
    channel.begin("record")
    for name, *arguments in steps:
        getattr(channel, name)(*arguments)
    channel.end()
    return channel.root


def got(values):
    channel = TreeGet({"record": values}, _Notation())
    assert channel.begin(None) == "record"
    return channel


@pytest.mark.parametrize(
    ("step", "value"),
    [
        (("integer", "n", 258, 4), 258),
        (("integers", "n", [1, 2], 2), [1, 2]),
        (("boolean", "n", True), True),
        (("booleans", "n", [True, False]), [True, False]),
        (("data", "n", b"ab"), "6162"),
        (("text", "n", "é"), "é"),
    ],
)
def test_a_value_stands_under_its_name(step, value):
    assert put(step) == {"record": {"n": value}}
    name, *arguments = step
    arguments[1] = None
    channel = got({"n": value})
    assert getattr(channel, name)(*arguments) == step[2]
    channel.end()


def test_what_is_not_given_has_no_name():
    assert put(("given", "n", False)) == {"record": {}}
    assert got({}).given("n", None) is False
    assert got({"n": 1}).given("n", None) is True


def test_records_stand_in_lists():
    steps = [("begin_list", "l", 1), ("begin", "uuid"), ("integer", "n", 1, 1), ("end",)]
    tree = put(*steps, ("end_list",), ("text", "behind", "x"))
    assert tree == {"record": {"l": [{"uuid": {"n": 1}}], "behind": "x"}}
    channel = got(tree["record"])
    assert channel.begin_list("l", None) == 1
    assert channel.begin(None) == "uuid"
    assert channel.integer("n", None, 1) == 1
    channel.end()
    channel.end_list()
    assert channel.text("behind", None) == "x"
    channel.end()


@pytest.mark.parametrize(
    ("step", "value", "message"),
    [
        (("integer", "n", None, 1), True, "record.n: True, expected an integer"),
        (("integer", "n", None, 1), "1", "record.n: '1', expected an integer"),
        (("integer", "n", None, 1), 256, "record.n: 256 is no unsigned integer of 1 bytes"),
        (("integers", "n", None, 1), [1, None], "record.n: None, expected an integer"),
        (("integers", "n", None, 1), 1, "record.n: 1, expected a list"),
        (("boolean", "n", None), 1, "record.n: 1, expected true or false"),
        (("booleans", "n", None), [1], "record.n: 1, expected true or false"),
        (("data", "n", None), "6g", "record.n: '6g', expected bytes"),
        (("data", "n", None), 66, "record.n: 66, expected bytes"),
        (("text", "n", None), [], "record.n: [], expected text"),
        (("text", "n", None), "\ud800", "record.n: '\\ud800', expected text of whole characters"),
        (("text", "n", None), ["x" * 99], f"record.n: ['{'x' * 58}…, expected text"),
        (("begin_list", "n", None), {}, "record.n: {}, expected a list"),
    ],
)
def test_a_value_of_another_kind_is_refused_with_its_path(step, value, message):
    name, *arguments = step
    with pytest.raises(StreamError) as caught:
        getattr(got({"n": value}), name)(*arguments)
    assert str(caught.value) == message


def test_names_that_are_missing_or_unknown_are_told():
    with pytest.raises(StreamError, match=r"record\.n: it is missing"):
        got({}).text("n", None)
    with pytest.raises(StreamError, match="record: unknown: a, b"):
        got({"a": 1, "b": 2}).end()


def test_a_number_that_does_not_fit_is_not_put():
    with pytest.raises(StreamError, match="n: 256 is no unsigned integer of 1 bytes"):
        put(("integer", "n", 256, 1))
    with pytest.raises(EncodeError, match="n: can't save None: a channel that puts needs a value"):
        put(("text", "n", None))
