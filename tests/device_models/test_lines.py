from __future__ import annotations

from device_models.lines import Line


def test_every_sink_sees_every_level_in_the_order_of_connecting():
    line, seen = Line("isa[0]"), []
    line.connect(lambda level: seen.append(("first", level)))
    line.connect(lambda level: seen.append(("second", level)))
    line.drive(1)
    line.drive(1)
    line.drive(0)
    assert seen == [(who, level) for level in (1, 1, 0) for who in ("first", "second")]


def test_a_line_that_leads_nowhere_can_be_driven():
    assert Line("open").drive(1) is None


def test_a_sink_that_comes_late_is_told_no_earlier_level():
    line, seen = Line("isa[0]"), []
    line.drive(1)
    line.connect(seen.append)
    assert seen == []


def test_a_line_tells_its_name():
    assert repr(Line("isa[0]")) == "Line('isa[0]')"
