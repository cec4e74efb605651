"""Events: values that know where they stood, and are compared without."""

from tests.support.streams import HEADER, full
from vmstate.stream import Eof, RamPages, Section, read_events


def test_events_of_different_places_are_equal():
    assert Eof(offset=1) == Eof(offset=2)
    assert Section(1, "a", 0, 1, b"x", offset=9) == Section(1, "a", 0, 1, b"x")
    assert Section(1, "a", 0, 1, b"x") != Section(1, "a", 0, 1, b"y")


def test_a_section_knows_where_its_header_and_its_body_begin():
    data = HEADER + full(1, "0000:00:01.3/piix4_pm", b"body") + b"\0"
    _, section, _ = read_events([data])
    assert section.start == 8
    assert data[section.offset :][:4] == b"body"


def test_a_page_of_many_is_found_by_its_number():
    pages = RamPages("r", False, 0, 2, 3, b"aa--bb--cc", 4)
    assert [pages.page(number) for number in range(3)] == [b"aa", b"bb", b"cc"]
