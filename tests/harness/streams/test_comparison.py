"""Comparison: each kind of difference, and what is none."""

from __future__ import annotations

import pytest

from harness.streams.comparison import PRESENT, Change, compared, ignoring
from harness.streams.outline import outline_of
from tests.support.small_streams import device, devices, dma, events, kbd, numbers, pit, timer
from vmstate.stream import RamBlock, RamPages


def of(made=None, *, hashes=True, **options):
    return outline_of("x", events(made, **options), hashes=hashes)


def texts(first, second):
    return [change.text() for change in compared(first, second)]


def test_a_stream_is_the_same_as_itself():
    assert texts(of(), of()) == []


def test_the_order_of_sections_is_no_difference():
    assert texts(of(), of(list(reversed(devices())))) == []


@pytest.mark.parametrize(
    ("others", "line"),
    [
        ({"timer": timer(6)}, "  timer/ticks: 7 -> 6, bit 0"),
        ({"timer": timer(-1)}, "  timer/ticks: 7 -> -1"),
        ({"timer": timer(0x1007)}, "  timer/ticks: 7 -> 4103 (0x1007), bit 12"),
        ({"dma1": dma(1, 3)}, "  dma[1]/mode: 0 -> 3, bits 0, 1"),
        ({"timer": timer(flag=True)}, "  timer/flag: false -> true"),
        ({"timer": timer(data=b"\1\2\7\4")}, "  timer/data: [0x2] 03 -> 07"),
        (
            {"timer": timer(data=b"\0\0\3\5")},
            "  timer/data: [0x0] 01 02 -> 00 00, [0x3] 04 -> 05",
        ),
        ({"pit": pit(extra=None)}, "- pci/pit/<pit/extra> (subsection)"),
        ({"kbd": kbd(None)}, "- kbd/kbd.<kbd/more> (subsection)"),
        ({"kbd": kbd(4)}, "  kbd/kbd.<kbd/more>.x: 5 -> 4, bit 0"),
        ({"pit": pit((3,))}, "- pci/pit/channels[1].count = 9"),
    ],
)
def test_a_difference_is_one_line(others, line):
    [there] = texts(of(), of(devices(**others)))
    assert there == line
    if line[0] == "-":
        [back] = texts(of(devices(**others)), of())
        assert back == f"+{line[1:]}"


def test_a_section_that_came_or_went_is_one_line():
    assert texts(of(), of([timer(), dma(0)])) == [
        *("- dma[1] (section)", "- pci/pit (section)", "- kbd (section)"),
    ]
    assert texts(of([timer()]), of([timer(), kbd()])) == ["+ kbd (section)"]


def test_a_section_that_comes_twice_is_compared_twice():
    assert texts(of([dma(0), dma(0, 1), dma(0, 2)]), of([dma(0), dma(0, 1)])) == [
        "- dma#3 (section)"
    ]
    assert texts(of([dma(0), dma(0, 1)]), of([dma(0), dma(0, 2)])) == [
        "  dma#2/mode: 1 -> 2, bits 0, 1"
    ]


def test_another_version_is_told_beside_the_fields():
    section, entry = timer(6)
    newer = type(section)(0, "timer", 0, 2, section.body)
    assert texts(of([timer()]), of([(newer, entry)])) == [
        "  timer version: 1 -> 2",
        "  timer/ticks: 7 -> 6, bit 0",
    ]


def test_many_places_in_bytes_are_not_all_told():
    def block(data):
        return of([device("nvram", data, numbers(data=("buffer", 9)))])

    [line] = texts(block(bytes(9)), block(b"\1\0\1\0\1\0\1\0\1"))
    assert line == (
        "  nvram/data: [0x0] 00 -> 01, [0x2] 00 -> 01, [0x4] 00 -> 01, and 2 more places"
    )


def test_bytes_of_another_length_are_shown_whole():
    def block(data):
        return of([device("nvram", data, numbers(data=("buffer", len(data))))])

    assert texts(block(b"\1\2"), block(b"\1")) == ["  nvram/data: 01 02 -> 01"]


def test_configurations_are_compared_part_by_part():
    name = "configuration/capabilities"
    first = of(parts=[(name, 1, ("mapped-ram", "x-ignore-shared"))])
    second = of(parts=[(name, 1, ("mapped-ram", "multifd"))])
    [line] = texts(first, second)
    assert line.startswith(f"  {name} configuration: ")
    assert '"multifd"' in line
    assert '"x-ignore-shared"' in line
    bits = "configuration/target-page-bits"
    assert texts(of(parts=[(bits, 1, 12)]), of()) == [f"- {bits} (configuration) = 12 (0xc)"]
    assert texts(outline_of("x", []), outline_of("x", [])) == []


def test_memory_is_compared_by_content():
    [change] = compared(of(), of(page=b"\xab"))
    assert (change.kind, change.path) == ("memory", "pc.ram, hash")
    assert change.before != change.after
    assert texts(of(), of(page=b"\xab", hashes=False)) == []


def test_blocks_may_come_go_and_grow():
    def blocks(**sizes):
        return outline_of("x", [RamBlock(name, size) for name, size in sizes.items()], hashes=True)

    assert texts(blocks(a=4096, b=4096), blocks(a=8192, c=4096)) == [
        "  a, size: 4096 (0x1000) -> 8192 (0x2000)",
        "- b (block)",
        "+ c (block)",
    ]


def test_pages_of_memory_that_are_zero_are_like_those_that_never_came():
    block = RamBlock("a", 4096)
    page = RamPages("a", True, 0, 4096, 1, bytes(4096), 4096)
    first, second = (outline_of("x", made, hashes=True) for made in ([block], [block, page]))
    assert texts(first, second) == []


def test_a_change_of_one_of_a_million_bits_is_told():
    before = 1 << 1_000_000
    change = Change("field", "balloon/used", before, before | 1 << 999_999 | 1)
    assert change.text().startswith("  balloon/used: 0x1000")
    assert change.text().endswith("1, bits 0, 999999")
    assert change.document()["before"] == f"{before:#x}"
    assert change.document()["bits"] == [0, 999_999]


def test_a_change_is_json():
    assert Change("field", "a/b", 1, 4).document() == {
        "kind": "field",
        "path": "a/b",
        "before": 1,
        "after": 4,
        "bits": [0, 2],
    }
    assert Change("field", "a/b", b"\1", b"\2").document()["after"] == "02"
    assert Change("section", "a", PRESENT, None).document() == {
        "kind": "section",
        "path": "a",
        "before": "present",
        "after": None,
        "bits": None,
    }


@pytest.mark.parametrize(
    ("pattern", "path", "is_left"),
    [
        ("timer/*", "timer/ticks", False),
        ("timer/ticks", "timer/ticks", False),
        ("timer", "timer/ticks", True),
        ("*.count", "pit/channels[1].count", False),
        ("pit/channels[*].count", "pit/channels[1].count", False),
        ("pit/channels[1].count", "pit/channels[11].count", True),
        ("*irq*timer", "a/irq_next_timer", False),
        ("a.b", "axb", True),
    ],
)
def test_what_is_ignored_is_left_out(pattern, path, is_left):
    assert ignoring([pattern])(Change("field", path, 1, 2)) is is_left
    assert ignoring([])(Change("field", path, 1, 2))
