"""Sections: their names and instances, what answers to what, what is saved first, what blocks."""

from __future__ import annotations

import pytest

from vmstate import LATEST, DescriptionError, MigrationPriority, Release, VMStateDescription
from vmstate.sections import ANY_INSTANCE, SectionId, first_blocker, name_section, saving_order

#: QEMU's own numbers, so that an order says which priority is meant.
P = MigrationPriority


def same(section):
    return section


def named(name, **parts):
    return VMStateDescription(name=name, **parts)


def order(*sections, release=LATEST):
    return [vmsd.name for vmsd in saving_order(sections, same, release)]


def test_a_section_without_a_path_has_the_descriptions_name():
    assert name_section("timer", []) == SectionId("timer", 0)


def test_the_instances_of_a_name_are_counted_from_zero():
    first = name_section("cpu", [])
    second = name_section("cpu", [first])
    third = name_section("cpu", [SectionId("apic", 7), first, second, SectionId("pit", 9)])
    assert [section.instance_id for section in (first, second, third)] == [0, 1, 2]


def test_an_instance_that_is_asked_for_is_given_and_counted_on_from():
    given = name_section("cpu", [], instance_id=5)
    assert given == SectionId("cpu", 5)
    assert name_section("cpu", [given]).instance_id == 6
    assert name_section("cpu", [given], instance_id=2).instance_id == 2


def test_a_device_with_a_path_has_it_in_front_and_the_older_name_beside():
    taken = []
    for path in ("0000:00:02.0", "0000:00:03.0"):
        taken.append(name_section("e1000", taken, device_path=path))
    assert taken == [
        SectionId("0000:00:02.0/e1000", 0, None, ("e1000", 0)),
        SectionId("0000:00:03.0/e1000", 0, None, ("e1000", 1)),
    ]


def test_the_instance_given_to_a_device_with_a_path_is_the_one_of_older_streams():
    taken = [name_section("e1000", [], device_path="a", instance_id=4)]
    taken.append(name_section("e1000", taken, device_path="a"))
    assert taken == [
        SectionId("a/e1000", 0, None, ("e1000", 4)),
        SectionId("a/e1000", 1, None, ("e1000", 5)),
    ]
    # Sections without a path don't count among the older names.
    assert name_section("pit", [SectionId("pit", 3)], device_path="a").older == ("pit", 0)


def test_a_section_answers_to_its_name_and_instance_alone():
    section = SectionId("cpu", 2)
    assert section.answers_to("cpu", 2)
    assert not section.answers_to("cpu", 1)
    assert not section.answers_to("cp", 2)


def test_a_section_answers_to_its_alias_too():
    section = name_section("kbd", [], instance_id=1, alias_id=3)
    assert [section.answers_to("kbd", number) for number in (0, 1, 2, 3)] == [0, 1, 0, 1]


def test_a_section_answers_to_what_older_streams_call_it():
    section = SectionId("a/e1000", 0, 9, ("e1000", 4))
    assert section.answers_to("a/e1000", 0)
    assert section.answers_to("a/e1000", 9)
    assert section.answers_to("e1000", 4)
    assert section.answers_to("e1000", 9)
    assert not section.answers_to("e1000", 0)
    assert not section.answers_to("a/e1000", 4)
    assert not section.answers_to("rtl8139", 4)


def test_two_sections_may_not_answer_to_the_same():
    with pytest.raises(DescriptionError) as error:
        name_section("cpu", [SectionId("cpu", 1)], instance_id=1)
    assert str(error.value) == "description 'cpu': section 'cpu' 1 stands twice"
    with pytest.raises(DescriptionError, match="section 'cpu' 3 stands twice"):
        name_section("cpu", [SectionId("cpu", 1, 3)], instance_id=3)


def test_a_name_must_fit_its_length_byte():
    assert len(name_section("e", [], device_path="p" * 253).idstr) == 255
    with pytest.raises(DescriptionError) as error:
        name_section("e", [], device_path="p" * 254)
    assert error.value.faults == (
        f"section '{'p' * 254}/e' has a name of 256 bytes, of at most 255",
    )


def test_any_instance_is_qemus_number():
    assert ANY_INSTANCE == -1


def test_the_higher_priority_is_saved_earlier_and_equal_ones_as_they_came():
    assert order(
        named("a"),
        named("low", priority=P.LOW),
        named("bus", priority=P.PCI_BUS),
        named("b"),
        named("unset", priority=P.UNINITIALIZED),
        named("gic", priority=P.GICV3),
        named("bus2", priority=P.PCI_BUS),
    ) == ["gic", "bus", "bus2", "a", "b", "unset", "low"]


@pytest.mark.parametrize(("priority", "since"), [(P.LOW, Release(10, 1)), (P.APIC, Release(10, 2))])
def test_a_priority_counts_from_the_release_that_has_it(priority, since):
    pair = [named("a"), named("b", priority=priority), named("c")]
    now = ["b", "a", "c"] if priority > P.DEFAULT else ["a", "c", "b"]
    assert order(*pair, release=since) == now
    assert order(*pair, release=Release(since.major, since.minor - 1)) == ["a", "b", "c"]
    assert order(*pair, release=Release(7, 2)) == ["a", "b", "c"]


def test_a_priority_of_ones_own_counts_in_every_release():
    pair = [named("a"), named("b", priority=77)]
    assert order(*pair, release=Release(7, 2)) == order(*pair) == ["b", "a"]


def test_what_is_early_is_saved_before_all_others_since_it_is_known():
    three = [
        named("a", priority=P.MAX),
        named("early", early_setup=True, priority=P.LOW),
        named("mem", early_setup=True, priority=P.VIRTIO_MEM),
    ]
    assert order(*three) == ["mem", "early", "a"]
    assert order(*three, release=Release(8, 0)) == ["mem", "early", "a"]
    assert order(*three, release=Release(7, 2)) == ["a", "mem", "early"]


def test_the_order_is_of_whatever_is_registered():
    pairs = [(1, named("a")), (2, named("b", priority=P.MAX))]
    assert saving_order(pairs, lambda pair: pair[1]) == [pairs[1], pairs[0]]


def test_what_is_not_migratable_blocks_even_where_it_is_not_needed():
    blocker = named("x", unmigratable=True, needed=lambda state: False)
    assert first_blocker([named("a"), blocker, named("y", unmigratable=True)], same) is blocker
    assert first_blocker([named("a")], same) is None
