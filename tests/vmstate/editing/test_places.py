"""Places: where the structs and subsections of a section are."""

import json

from tests.support.small_streams import EXTRA, MORE, described, kbd, numbers, pit, timer
from vmstate.editing.places import places
from vmstate.editing.text import read_text


def of(made):
    section, entry = made
    return places(read_text(json.dumps(entry).encode()), section.body)


def spans(made):
    return {path: (place.start, place.end) for path, place in of(made).items()}


def test_a_section_without_structs_is_one_place():
    assert spans(timer()) == {"": (0, 13)}


def test_structs_and_subsections_are_found_with_their_headers():
    assert spans(pit()) == {
        "channels[0]": (0, 4),
        "channels[1]": (4, 8),
        "<pit/extra>": (8, 8 + len(EXTRA) + 2),
        "": (0, 8 + len(EXTRA) + 2),
    }


def test_a_subsection_in_a_struct_counts_in_the_sizes_around_it():
    found = of(kbd())
    place = found["kbd.<kbd/more>"]
    assert (place.start, place.end) == (1, 2 + len(MORE))
    assert [entry.text("name") for entry in place.fields] == ["kbd"]
    assert place.parent is found["kbd"].node
    assert found["kbd"].parent is None


def test_a_subsection_that_is_not_where_the_text_has_it_is_left_out():
    section, entry = pit()
    body = section.body.replace(b"extra", b"extrb")
    found = places(read_text(json.dumps(entry).encode()), body)
    assert set(found) == {"channels[0]", "channels[1]", ""}
    assert found[""].end == 8


def test_elements_are_numbered_as_fields_are():
    struct = described("e", numbers(x=("uint8", 1)))
    fields = [
        {"name": "a", "array_len": 2, "type": "struct", "struct": struct, "size": 1},
        {"name": "b", "type": "struct", "struct": struct, "size": 1},
        {"name": "b", "type": "struct", "struct": struct, "size": 1},
        {"name": "c", "type": "struct", "struct": {}, "size": 1},
        {"name": "d", "type": "tmp", "size": 1, **struct},
        {"name": "q", "type": "qtailq", "size": 1, **struct},
    ]
    entry = {"name": "s", "instance_id": 0, **described("s", fields)}
    assert set(places(read_text(json.dumps(entry).encode()), bytes(7))) == {
        *("a[0]", "a[1]", "b[0]", "b[1]", "d", ""),
    }


def test_a_handler_by_hand_has_no_places():
    entry = b'{"name": "s", "instance_id": 0, "size": 3, "fields": []}'
    assert places(read_text(entry), b"abc") == {}
