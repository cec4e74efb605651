"""Changes: each kind, made to a stream, and the vmdesc that keeps in step with it."""

from __future__ import annotations

import pytest

from tests.support.small_streams import (
    device,
    devices,
    dma,
    events,
    kbd,
    numbers,
    pit,
    stream,
    timer,
)
from vmstate.editing import (
    CopySection,
    CopySubsection,
    Draft,
    DropSection,
    DropSubsection,
    Key,
    Move,
    SetField,
    changed,
)
from vmstate.errors import EditError, StreamError
from vmstate.stream import Section, write_events


def made(*changes, start=None, passed=()):
    return b"".join(write_events(changed(events() if start is None else start, changes, passed)))


def names(data_events):
    return [str(Key(e.idstr, e.instance_id)) for e in data_events if isinstance(e, Section)]


def test_nothing_changes_without_a_change():
    assert made() == stream()


@pytest.mark.parametrize(
    ("path", "value", "others"),
    [
        ("timer/ticks", "-3", {"timer": timer(-3)}),
        ("timer/flag", "true", {"timer": timer(flag=True)}),
        ("timer/data", "00112233", {"timer": timer(data=bytes.fromhex("00112233"))}),
        ("dma[1]/mode", "0xff", {"dma1": dma(1, 255)}),
        ("pci/pit/channels[1].count", "77", {"pit": pit((3, 77))}),
        ("pci/pit/<pit/extra>.bar", "1", {"pit": pit(extra=1)}),
        ("kbd/kbd.<kbd/more>.x", "9", {"kbd": kbd(9)}),
    ],
)
def test_a_field_is_set_and_nothing_else(path, value, others):
    assert made(SetField(path, value)) == stream(devices(**others))


def test_many_fields_are_set_and_the_last_value_of_one_counts():
    done = made(
        SetField("timer/ticks", "1"),
        SetField("pci/pit/channels[0].count", "2"),
        SetField("timer/flag", "1"),
        SetField("timer/ticks", "4"),
    )
    assert done == stream(devices(timer=timer(4, flag=True), pit=pit((2, 9))))


def test_a_section_goes_with_what_describes_it():
    done = changed(events(), [DropSection("dma[1]")])
    assert names(done) == ["timer", "dma", "pci/pit", "kbd"]
    assert done[-1] == events([timer(), dma(0), pit(), kbd()])[-1]


@pytest.mark.parametrize(
    ("path", "others"),
    [
        ("pci/pit/<pit/extra>", {"pit": pit(extra=None)}),
        # The struct around it is as much smaller.
        ("kbd/kbd.<kbd/more>", {"kbd": kbd(None)}),
    ],
)
def test_a_subsection_goes_and_comes_back(path, others):
    without = stream(devices(**others))
    assert made(DropSubsection(path)) == without
    source = Draft(events())
    assert made(CopySubsection(source, path), start=events(devices(**others))) == stream()
    # Where it is there already, it is replaced.
    assert made(CopySubsection(source, path)) == stream()


def test_a_copied_subsection_replaces_the_one_of_its_name():
    source = Draft(events(devices(pit=pit(extra=0xBEEF))))
    assert made(CopySubsection(source, "pci/pit/<pit/extra>")) == stream(
        devices(pit=pit(extra=0xBEEF))
    )


def test_only_one_of_several_subsections_goes():
    def two(*subs):
        body = b"".join(b"\x05\x01" + name + b"\0\0\0\1z" for name in subs)
        listed = [
            {"vmsd_name": name.decode(), "version": 1, "fields": numbers(f=("uint8", 1))}
            for name in subs
        ]
        return device("two", b"\0" + body, numbers(n=("uint8", 1)), subsections=listed)

    start = events([two(b"a", b"b")])
    assert made(DropSubsection("two/<a>"), start=start) == stream([two(b"b")])


def test_a_section_of_another_stream_replaces_the_one_of_its_name():
    source = Draft(events(devices(pit=pit((1, 1), extra=None))))
    assert made(CopySection(source, "pci/pit")) == stream(devices(pit=pit((1, 1), extra=None)))


def test_a_new_section_comes_last_with_a_number_of_its_own():
    rest = [timer(), dma(0), pit()]
    source = Draft(events([kbd()]))
    assert made(CopySection(source, "kbd"), start=events(rest)) == stream([*rest, kbd()])


def test_a_new_section_in_a_stream_without_any_comes_before_its_end():
    done = changed(events([]), [CopySection(Draft(events([kbd()])), "kbd")])
    assert [type(event).__name__ for event in done[-3:]] == ["Section", "Eof", "VmdescText"]
    assert done[-1] == events([kbd()])[-1]
    bare = changed([], [CopySection(Draft(events([kbd()])), "kbd")])
    assert names(bare) == ["kbd"]


def test_what_is_copied_is_not_shared_with_where_it_came_from():
    source = Draft(events())
    first = made(CopySection(source, "kbd"), DropSubsection("kbd/kbd.<kbd/more>"))
    assert first == stream(devices(kbd=kbd(None)))
    assert made(CopySection(source, "kbd")) == stream()


def test_a_section_is_moved_with_what_describes_it():
    done = changed(events(), [Move("kbd", "timer", is_after=False)])
    assert names(done) == ["kbd", "timer", "dma", "dma[1]", "pci/pit"]
    assert done[-1] == events([kbd(), timer(), dma(0), dma(1), pit()])[-1]
    done = changed(events(), [Move("timer", "dma[1]", is_after=True)])
    assert names(done) == ["dma", "dma[1]", "timer", "pci/pit", "kbd"]
    assert done[-1] == events([dma(0), dma(1), timer(), pit(), kbd()])[-1]


def test_sections_of_a_stream_without_vmdesc_can_be_dropped_moved_and_copied():
    start = events(described=False)
    changes = [
        DropSection("dma[1]"),
        Move("kbd", "timer", is_after=True),
        CopySection(Draft(events(devices(timer=timer(1)))), "timer"),
    ]
    done = changed(start, changes)
    assert names(done) == ["timer", "kbd", "dma", "pci/pit"]
    assert next(e for e in done if isinstance(e, Section)).body == timer(1)[0].body


def test_a_section_that_has_left_keeps_its_place_in_the_vmdesc():
    # What is seen of a stream whose first timer stands before memory.
    whole = [*events(early=[timer()])]
    tail = whole[whole.index(next(e for e in whole if isinstance(e, Section))) + 1 :]
    done = changed(tail, [DropSection("dma")], [Key("timer")])
    assert done[-1] == events(early=[timer()], made=[timer(), dma(1), pit(), kbd()])[-1]


@pytest.mark.parametrize(
    "change",
    [
        SetField("timer/ticks", "1"),
        DropSection("timer"),
        DropSubsection("timer/<x>"),
        Move("kbd", "timer", is_after=True),
        CopySection(Draft(events()), "timer"),
        CopySubsection(Draft(events()), "timer/<x>"),
    ],
    ids=lambda change: type(change).__name__,
)
def test_a_section_that_has_left_can_not_be_changed(change):
    with pytest.raises(EditError, match="it stands before guest memory and has left before"):
        changed(events(devices()[1:]), [change], [Key("timer")])


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (
            SetField("pci/pit/channels[1].cont", "1"),
            "pci/pit/channels[1].cont: there is no such field; did you mean channels[1].count ",
        ),
        (SetField("pit/x", "1"), "pit/x: it begins with the name of no section; did you mean"),
        (SetField("timer/flag", "2"), "timer/flag: '2' is no value of bool: expected true or"),
        (DropSection("kbe"), "kbe: the stream has no such section; did you mean kbd?"),
        (
            DropSubsection("pci/pit/<pit/extrb>"),
            "pci/pit/<pit/extrb>: there is no such subsection; did you mean <pit/extra>?",
        ),
        (
            DropSubsection("kbd/q"),
            "kbd/q: there is no such subsection; it has kbd.<kbd/more>",
        ),
        (DropSubsection("timer/<q>"), "timer/<q>: there is no such subsection"),
        (
            CopySubsection(Draft(events(devices(dma1=dma(2)))), "dma[2]/<a>"),
            "dma[2]/<a>: there is no such subsection",
        ),
        (
            Move("kbd", "kbd", is_after=True),
            "kbd: it can't be moved before or after itself",
        ),
    ],
)
def test_what_is_not_there_is_refused(change, message):
    with pytest.raises(EditError) as caught:
        changed(events(), [change])
    assert str(caught.value).startswith(message)


def test_fields_of_a_stream_without_vmdesc_can_not_be_set():
    with pytest.raises(EditError) as caught:
        changed(events(described=False), [SetField("timer/ticks", "1")])
    assert str(caught.value) == (
        "timer/ticks: the stream has no vmdesc of it, which would tell where its fields are: "
        "save with suppress-vmdesc=off"
    )


def test_a_subsection_needs_what_it_is_a_part_of():
    plain = device("kbd", b"\x2a", numbers(mode=("uint8", 1)))
    with pytest.raises(EditError) as caught:
        changed(events([plain]), [CopySubsection(Draft(events()), "kbd/kbd.<kbd/more>")])
    assert str(caught.value) == ("kbd/kbd.<kbd/more>: there is no 'kbd' that it could be a part of")


def test_a_vmdesc_that_is_no_json_is_refused():
    broken = [*events()[:-1], type(events()[-1])(b"nonsense")]
    with pytest.raises(StreamError, match="it is not JSON"):
        changed(broken, [DropSection("timer")])


def test_a_section_that_is_looked_for_by_key_must_be_there():
    with pytest.raises(EditError, match="nobody: the stream has no such section"):
        Draft(events()).section(Key("nobody"))
