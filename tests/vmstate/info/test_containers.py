"""Containers by themselves: what frames nested states, which versions go where, what is refused.

The engine is a stand-in that notes what it is asked for: one byte for each state.
"""

from __future__ import annotations

from types import SimpleNamespace as State

import pytest

from vmstate import EncodeError, Field, StreamError, VersionError, VMStateDescription
from vmstate.cursor import Reader, Writer
from vmstate.info import GTREE, QLIST, QTAILQ, TMP

VALUE = VMStateDescription(name="value", version_id=5, minimum_version_id=2)
KEY = VMStateDescription(name="key", version_id=4, minimum_version_id=3)


class Byte:
    """A state that is one byte, fit to be a key."""

    def __init__(self, byte=0):
        self.byte = byte

    def __eq__(self, other):
        return self.byte == other.byte

    def __hash__(self):
        return self.byte

    def __lt__(self, other):
        return self.byte < other.byte

    def __repr__(self):
        return f"Byte({self.byte})"


def field(info, **parts):
    return Field(
        **{"name": "f", "info": info, "vmsd": VALUE, "make": Byte, "version_id": 4} | parts
    )


def loaded(holder, current, data, answer=None):
    """Return what was loaded, and the reader, and with what the engine was asked."""
    reader, asked = Reader(data), []
    reader.owner, reader.field = "chip", "f"

    def load(vmsd, state, version_id):
        asked.append((vmsd.name, version_id))
        state.byte = reader.unsigned(1)
        reader.owner, reader.field = "somewhere", "else"
        return answer

    return holder.info.load_states(reader, current, holder, load), reader, asked


def saved(holder, value):
    """Return the bytes, and with what the engine was asked."""
    writer, asked = Writer(), []
    writer.owner, writer.field = "chip", "f"

    def save(vmsd, state, version_id):
        asked.append((vmsd.name, version_id))
        writer.integer(state.byte, 1)
        writer.owner, writer.field = "somewhere", "else"

    holder.info.save_states(writer, value, holder, save)
    return bytes(writer), asked


@pytest.mark.parametrize(
    ("info", "name", "shown"),
    [
        (TMP, "tmp", "TMP"),
        (QTAILQ, "qtailq", "QTAILQ"),
        (QLIST, "qlist", "QLIST"),
        (GTREE, "gtree", "GTREE"),
    ],
)
def test_a_container_has_qemus_name_and_is_shown_as_the_constant(info, name, shown):
    assert (info.name, repr(info)) == (name, shown)


@pytest.mark.parametrize("info", [QTAILQ, QLIST])
def test_a_list_is_saved_at_its_descriptions_version_and_loaded_at_the_fields(info):
    assert saved(field(info), [Byte(7), Byte(8)]) == (
        b"\1\7\1\x08\0",
        [("value", 5), ("value", 5)],
    )
    elements, reader, asked = loaded(field(info), [], b"\1\7\2\x08\0rest")
    assert elements == [Byte(7), Byte(8)]
    assert asked == [("value", 4), ("value", 4)]
    assert reader.remaining == 4


def test_a_tail_queue_grows_at_its_end_and_a_list_at_its_head():
    assert loaded(field(QTAILQ), [Byte(1), Byte(2)], b"\1\7\1\x08\0")[0] == list(
        map(Byte, (1, 2, 7, 8))
    )
    assert loaded(field(QLIST), [Byte(1), Byte(2)], b"\1\7\1\x08\0")[0] == list(
        map(Byte, (7, 8, 1, 2))
    )


def test_a_tree_is_saved_at_its_descriptions_versions_and_loaded_at_the_fields():
    holder = field(GTREE, key_vmsd=KEY, make_key=Byte)
    assert saved(holder, {Byte(8): Byte(1), Byte(7): Byte(2)}) == (
        b"\0\0\0\2\1\7\2\1\x08\1\0",
        [("key", 4), ("value", 5)] * 2,
    )
    tree, reader, asked = loaded(holder, {}, b"\0\0\0\2\1\7\2\5\x08\1\0rest")
    assert tree == {Byte(7): Byte(2), Byte(8): Byte(1)}
    assert asked == [("key", 4), ("value", 4)] * 2
    assert reader.remaining == 4


def test_a_key_without_a_description_has_eight_bytes():
    data, asked = saved(field(GTREE), {0x0102: Byte(7)})
    assert data == b"\0\0\0\1\1\0\0\0\0\0\0\1\2\7\0"
    assert asked == [("value", 5)]
    assert loaded(field(GTREE), {}, data)[0] == {0x0102: Byte(7)}


@pytest.mark.parametrize("version", [1, 6])
@pytest.mark.parametrize("info", [QTAILQ, QLIST, GTREE])
def test_a_version_that_is_not_read_is_refused_before_anything_is(info, version):
    with pytest.raises(VersionError) as error:
        loaded(field(info, version_id=version), {} if info is GTREE else [], b"")
    direction = "old" if version == 1 else "new"
    assert str(error.value) == (
        f"value at offset 0x0: version {version} is too {direction}: versions 2 to 5 can be read"
    )


@pytest.mark.parametrize("version", [2, 5])
@pytest.mark.parametrize("info", [QTAILQ, QLIST])
def test_the_ends_of_the_range_are_read(info, version):
    assert loaded(field(info, version_id=version), [], b"\0")[0] == []


@pytest.mark.parametrize(("version", "refused"), [(2, "key"), (3, ""), (4, ""), (5, "key")])
def test_one_version_must_suit_keys_and_values(version, refused):
    holder = field(GTREE, key_vmsd=KEY, make_key=Byte, version_id=version)
    if refused:
        with pytest.raises(VersionError, match=f"^{refused} at offset 0x0: version {version} is"):
            loaded(holder, {}, bytes(5))
    else:
        assert loaded(holder, {}, bytes(5))[0] == {}


@pytest.mark.parametrize(
    ("info", "current", "data"),
    [(QTAILQ, [], b"\1\7"), (QLIST, [], b"\1\7"), (GTREE, {}, b"\0\0\0\1\1" + bytes(8) + b"\7")],
)
def test_what_ends_early_names_the_container_again(info, current, data):
    with pytest.raises(StreamError) as error:
        loaded(field(info), current, data)
    assert (error.value.path, error.value.offset) == ("chip/f", len(data))


@pytest.mark.parametrize(
    ("info", "current", "data", "kept"),
    [
        (QTAILQ, [], b"\1\7\0", []),
        (QLIST, [], b"\1\7\0", []),
        (GTREE, {}, b"\0\0\0\1\1" + bytes(8) + b"\7\0", {}),
    ],
)
def test_a_node_whose_answer_is_left_to_the_container_is_refused(info, current, data, kept):
    with pytest.raises(StreamError) as error:
        loaded(field(info), current, data, answer=3)
    assert error.value.path == "value"
    assert error.value.why == (
        "post_load answered 3, which a release before 11.1 takes for a failure"
    )
    assert error.value.number == 3
    assert current == kept
    assert loaded(field(info), current, data, answer=0)[0] is current


def test_a_key_whose_answer_is_left_to_the_tree_is_refused():
    holder = field(GTREE, key_vmsd=KEY, make_key=Byte)
    with pytest.raises(StreamError, match=r"^key at offset 0x6: post_load answered 3"):
        loaded(holder, {}, b"\0\0\0\1\1\7\2\0", answer=3)


@pytest.mark.parametrize(
    ("count", "data", "why", "offset"),
    [
        (1, b"\0", "1 nodes were announced, 0 came", 5),
        (2, b"\1" + bytes(9) + b"\0", "2 nodes were announced, 1 came", 15),
        (0, b"\1" + bytes(9) + b"\0", "0 nodes were announced, more came", 5),
        (1, (b"\1" + bytes(9)) * 3, "1 nodes were announced, more came", 15),
        (0xFFFFFFFF, b"\0", "-1 nodes were announced, more came", 5),
    ],
)
def test_a_count_of_nodes_that_lies_is_refused(count, data, why, offset):
    with pytest.raises(StreamError) as error:
        loaded(field(GTREE), {}, count.to_bytes(4) + data)
    assert str(error.value) == f"chip/f at offset {offset:#x}: {why}"


@pytest.mark.parametrize(
    ("info", "value", "kind"), [(QTAILQ, (), "list"), (QLIST, None, "list"), (GTREE, [], "dict")]
)
def test_what_is_no_list_or_dict_is_refused(info, value, kind):
    with pytest.raises(EncodeError) as error:
        saved(field(info), value)
    assert str(error.value) == f"chip/f: can't save {value!r}: not a {kind}"
    with pytest.raises(StreamError) as refused:
        loaded(field(info), value, bytes(5))
    assert str(refused.value) == f"chip/f at offset 0x0: can't load into {value!r}: not a {kind}"


def test_keys_without_an_order_are_refused():
    with pytest.raises(EncodeError) as error:
        saved(field(GTREE), {1: Byte(), "one": Byte()})
    assert str(error.value) == (
        "chip/f: can't save {1: Byte(0), 'one': Byte(0)}: its keys have no order"
    )


def test_a_key_that_no_dict_takes_is_refused():
    holder = field(GTREE, key_vmsd=KEY, make_key=State)
    with pytest.raises(StreamError) as error:
        loaded(holder, {}, b"\0\0\0\1\1\7\2\0")
    assert str(error.value) == (
        "chip/f at offset 0x7: can't load into {}: namespace(byte=7) can't be a key"
    )


def test_a_key_that_does_not_fit_names_the_tree():
    with pytest.raises(EncodeError, match=r"^chip/f: can't save 18446744073709551616: not an"):
        saved(field(GTREE), {1: Byte(), 1 << 64: Byte()})


def test_a_temporary_knows_its_parent_and_stands_alone():
    parents = []

    class Noted(Byte):
        def __setattr__(self, name, value):
            if name == "parent":
                parents.append(value)
            super().__setattr__(name, value)

    whole = State()
    assert saved(field(TMP, make=lambda: Noted(9), whole=True), whole) == (b"\x09", [("value", 5)])
    result, reader, asked = loaded(field(TMP, make=Noted, whole=True), whole, b"\7rest")
    assert result is whole
    assert parents == [whole, whole]
    assert (asked, reader.remaining) == ([("value", 4)], 4)


def test_what_a_temporary_answers_positively_is_content():
    whole = State()
    assert loaded(field(TMP, whole=True), whole, b"\7", answer=3)[0] is whole


class Deaf:
    """A temporary that can't know its parent."""

    __slots__ = ()

    def __repr__(self):
        return "Deaf()"


def test_a_temporary_must_be_able_to_know_its_parent():
    with pytest.raises(EncodeError) as error:
        saved(field(TMP, make=Deaf, whole=True), State())
    assert str(error.value) == "chip/f: can't save Deaf(): it can't know its parent"
    with pytest.raises(StreamError) as refused:
        loaded(field(TMP, make=Deaf, whole=True), State(), b"")
    assert str(refused.value) == (
        "chip/f at offset 0x0: can't load into Deaf(): it can't know its parent"
    )
