"""Exercise: which fields were brought away from what they are at power-on."""

from harness.exercise import Exercise
from harness.fields import Column


def column(path, data, *, section="nic", instance_id=0, type_="uint8"):
    return Column(section, instance_id, path, type_, bytes(data))


REST = [column("status", [0]), column("ring[]", [0, 0])]


def rested(*columns):
    exercise = Exercise()
    exercise.rest(columns or REST)
    return exercise


def test_what_stays_as_at_power_on_was_not_moved():
    exercise = rested()
    exercise.note(REST)
    assert exercise.seen == set()
    assert exercise.known == {("nic", 0, "status"), ("nic", 0, "ring[]")}


def test_one_element_that_differs_moves_its_field():
    exercise = rested()
    exercise.note([column("status", [0]), column("ring[]", [0, 1])])
    assert exercise.seen == {("nic", 0, "ring[]")}


def test_what_was_moved_once_stays_so():
    exercise = rested()
    exercise.note([column("status", [1]), REST[1]])
    exercise.note(REST)
    assert exercise.seen == {("nic", 0, "status")}


def test_what_power_on_does_not_have_is_known_and_moved():
    exercise = rested()
    exercise.note([*REST, column("<nic/extra>.x", [0])])
    assert exercise.seen == {("nic", 0, "<nic/extra>.x")}
    assert exercise.known == {("nic", 0, name) for name in ("status", "ring[]", "<nic/extra>.x")}


def test_an_array_that_grew_was_moved():
    exercise = rested()
    exercise.note([REST[0], column("ring[]", [0, 0, 0])])
    assert exercise.seen == {("nic", 0, "ring[]")}


def test_a_field_in_pieces_is_one_field():
    pieces = [column("q[].x", [1]), column("q[].y", [2]), column("q[].x", [3])]
    exercise = rested(*pieces)
    exercise.note(pieces)
    assert exercise.seen == set()
    exercise.note([*pieces[:2], column("q[].x", [4])])
    assert exercise.seen == {("nic", 0, "q[].x")}


def test_instances_and_sections_are_told_apart():
    exercise = rested(column("x", [0]), column("x", [0], instance_id=1))
    exercise.note(
        [column("x", [0]), column("x", [1], instance_id=1), column("x", [0], section="b")]
    )
    assert exercise.seen == {("nic", 1, "x"), ("b", 0, "x")}


def test_the_header_of_a_pci_device_does_not_count():
    def config(place):
        data = bytearray(256)
        data[place] = 7
        return column("parent_obj.config", data, type_="pci config")

    exercise = rested(config(0))
    exercise.note([config(0x3C)])
    assert exercise.seen == set()
    assert exercise.known == {("nic", 0, "parent_obj.config")}
    exercise.note([config(0x40)])
    assert exercise.seen == {("nic", 0, "parent_obj.config")}


def test_without_power_on_everything_is_new():
    exercise = Exercise()
    exercise.note(REST)
    assert exercise.seen == exercise.known == {("nic", 0, "status"), ("nic", 0, "ring[]")}
