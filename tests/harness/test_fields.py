"""Device states: what differs between two of them."""

import pytest

from harness.fields import (
    Column,
    DeviceState,
    FieldDifference,
    LeafField,
    columns_of,
    differences,
)


def leaf(path, data, section="dma", instance_id=0):
    return LeafField(section, instance_id, path, "uint8", 0, bytes(data))


A = leaf("command", [0])
B = leaf("mask", [0x0F])


def test_equal_states_do_not_differ():
    assert differences(DeviceState((A, B)), DeviceState((A, B))) == []


def test_a_changed_field_is_named_with_both_values_and_its_bits():
    changed = leaf("mask", [0x8E])
    (found,) = differences(DeviceState((A, B)), DeviceState((A, changed)))
    assert (found.expected, found.seen) == (B, changed)
    assert found.field is B
    assert found.bits == 0x81


def test_a_field_that_vanished_differs_in_all_bits():
    (found,) = differences(DeviceState((A, B)), DeviceState((A,)))
    assert (found.expected, found.seen, found.field) == (B, None, B)
    assert found.bits == 0xFF


def test_a_field_that_appeared_differs_in_all_bits():
    (found,) = differences(DeviceState((A,)), DeviceState((A, B)))
    assert (found.expected, found.seen, found.field) == (None, B, B)
    assert found.bits == 0xFF


def test_a_field_that_changed_its_size_differs_in_all_bits():
    (found,) = differences(DeviceState((B,)), DeviceState((leaf("mask", [0x0F, 0]),)))
    assert found.bits == 0xFF


def test_instances_of_one_section_are_told_apart():
    other = leaf("mask", [0], instance_id=1)
    assert other.key == ("dma", 1, "mask")
    found = differences(DeviceState((B, other)), DeviceState((B, leaf("mask", [1], instance_id=1))))
    assert [difference.field.instance_id for difference in found] == [1]


def test_differences_come_in_stream_order_and_new_fields_last():
    expected = DeviceState((B, A))
    seen = DeviceState((leaf("new", [1]), leaf("command", [1]), leaf("mask", [1])))
    assert [found.field.path for found in differences(expected, seen)] == ["mask", "command", "new"]


def test_fields_are_found_by_key():
    assert DeviceState((A, B)).by_key()["dma", 0, "mask"] is B


def test_a_difference_of_nothing_is_refused():
    with pytest.raises(ValueError, match="a difference of nothing"):
        _ = FieldDifference(None, None).field


def test_a_section_that_only_one_side_has_is_one_difference():
    field = LeafField("smbus-eeprom", 1, "offset", "uint8", 0, b"\x00")
    other = LeafField("smbus-eeprom", 1, "length", "uint8", 1, b"\x01")
    came = differences(DeviceState(()), DeviceState((field, other)))
    assert [(found.field.path, found.expected) for found in came] == [("(section)", None)]
    went = differences(DeviceState((field, other)), DeviceState(()))
    assert [(found.field.path, found.seen) for found in went] == [("(section)", None)]


def test_a_subsection_that_came_or_went_is_one_difference():
    common = leaf("a", b"\0")
    sent = DeviceState((common, leaf("<s/t>.b", b"\1"), leaf("<s/t>.<s/t/u>.c", b"\1")))
    bare = DeviceState((common,))
    (went,) = differences(sent, bare)
    assert (went.field.path, went.field.type, went.seen) == ("<s/t>", "subsection", None)
    (came,) = differences(bare, sent)
    assert (came.field.path, came.expected) == ("<s/t>", None)


def test_of_a_subsection_that_both_have_the_inner_one_can_go():
    outer = leaf("<s/t>.b", b"\1")
    sent = DeviceState((outer, leaf("<s/t>.<s/t/u>.c", b"\1")))
    assert [d.field.path for d in differences(sent, DeviceState((outer,)))] == ["<s/t>.<s/t/u>"]


def placed(path, offset, data, section="dma", instance_id=0, type_="uint8"):
    return LeafField(section, instance_id, path, type_, offset, bytes(data))


def test_elements_that_follow_each_other_make_up_a_column():
    fields = [
        placed("regs[0].now[0]", 0, [1, 2]),
        placed("regs[0].now[1]", 2, [3, 4]),
        placed("regs[1].now[0]", 4, [5, 6]),
        placed("mask", 6, [7]),
    ]
    assert list(columns_of(fields)) == [
        Column("dma", 0, "regs[].now[]", "uint8", bytes([1, 2, 3, 4, 5, 6])),
        Column("dma", 0, "mask", "uint8", bytes([7])),
    ]


@pytest.mark.parametrize(
    "second",
    [
        placed("x[1]", 2, [2]),
        placed("x[1]", 1, [2], section="pic"),
        placed("x[1]", 1, [2], instance_id=1),
        placed("x[1]", 1, [2], type_="int8"),
        placed("y[1]", 1, [2]),
    ],
    ids=["apart", "section", "instance", "type", "path"],
)
def test_what_is_apart_or_of_another_kind_is_another_column(second):
    found = list(columns_of([placed("x[0]", 0, [1]), second]))
    assert [column.data for column in found] == [b"\x01", b"\x02"]
    assert (found[1].section, found[1].instance_id, found[1].type) == (
        second.section,
        second.instance_id,
        second.type,
    )


def test_nothing_has_no_columns():
    assert list(columns_of([])) == []
