"""What is shown: text for people, JSON for programs."""

from __future__ import annotations

import json

import pytest

from harness.streams.outline import outline_of
from harness.streams.shown import (
    Choice,
    Written,
    document,
    document_text,
    field_line,
    lines,
    plain,
    section_text,
    value_text,
)
from tests.support.small_streams import PAGE, devices, events, kbd, pit, timer
from vmstate.decoded import DecodedField, DecodedSection
from vmstate.editing import Key
from vmstate.errors import StreamError
from vmstate.stream import Command, RamEncoded

TEXT = """\
x: pc-test
  configuration/capabilities = ['mapped-ram']
  command SWITCHOVER_START
memory
  pc.ram: 12288 bytes, 2 pages, 1 of zeros, 8192 bytes sent
timer (version 1, 13 bytes)
  ticks = 7
  flag = false
  data = 01 02 03 04
dma (version 1, 1 bytes)
  mode = 0
dma[1] (version 1, 1 bytes)
  mode = 0
pci/pit pit (version 1, 10 bytes)
  channels[0]
    count = 3
  channels[1]
    count = 9
  <pit/extra>
    bar = 4660 (0x1234)
kbd (version 1, 3 bytes)
  kbd
    mode = 42 (0x2a)
    <kbd/more>
      x = 5
  led = 17 (0x11)
"""


def outline(**options):
    parts = [("configuration/capabilities", 1, ("mapped-ram",))]
    return outline_of("x", events(parts=parts, **options))


def test_a_stream_is_a_tree():
    shown = outline()
    assert "\n".join(lines(shown, Choice(shown.decoded()))) + "\n" == TEXT


@pytest.mark.parametrize(
    ("value", "text", "whole"),
    [
        (True, "true", "true"),
        (False, "false", "false"),
        (9, "9", "9"),
        (-10, "-10 (-0xa)", "-10 (-0xa)"),
        (0.5, "0.5", "0.5"),
        ("text", "text", "text"),
        (b"", "", ""),
        (bytes(24), "00 " * 23 + "00", "00 " * 23 + "00"),
        (bytes(25), "00 … (25 bytes, all zero)", "00 " * 24 + "00"),
        (b"\1" * 25, "01 " * 24 + "… (25 bytes)", "01 " * 24 + "01"),
    ],
)
def test_a_value_is_shown_as_one_reads_it(value, text, whole):
    assert value_text(value) == text
    assert value_text(value, whole=True) == whole


@pytest.mark.parametrize("bits", [2048, 14_280, 16_384, 1 << 20])
@pytest.mark.parametrize("sign", [1, -1])
def test_a_number_of_thousands_of_bits_is_shown_in_hexadecimal_alone(bits, sign):
    # Python writes no decimal number of more than 4300 digits.
    wide = sign << bits
    field = DecodedField("used", "bitmap", 0, bytes(bits // 8), wide, is_decoded=True)
    assert value_text(wide) == value_text(wide, whole=True) == f"{wide:#x}"
    assert field_line(Key("balloon", 0), field) == f"balloon/used = {wide:#x}"
    [made] = json.loads(section_text(DecodedSection("balloon", 0, 1, "", (field,))))["fields"]
    assert made["value"] == plain(wide) == f"{wide:#x}"
    assert plain([wide, 1]) == [f"{wide:#x}", 1]


def test_a_number_of_fewer_bits_stays_a_number():
    for number in ((1 << 2048) - 1, 1 - (1 << 2048)):
        field = DecodedField("used", "bitmap", 0, b"", number, is_decoded=True)
        assert value_text(number) == f"{number} ({number:#x})"
        [made] = json.loads(section_text(DecodedSection("b", 0, 1, "", (field,))))["fields"]
        assert made["value"] == plain(number) == number


def test_with_hex_every_field_is_shown_with_its_bytes():
    shown = outline_of("x", events([timer(), pit()]))
    text = list(lines(shown, Choice(shown.decoded(), is_hex=True)))
    assert "  ticks = 7  [00 00 00 00 00 00 00 07]" in text
    assert "  data = 01 02 03 04" in text
    field = shown.decoded()[1].fields[0]
    assert field_line(Key("pci/pit"), field, is_hex=True) == (
        "pci/pit/channels[0].count = 3  [00 00 00 03]"
    )


def test_what_is_not_understood_is_said_and_that_there_is_no_vmdesc():
    shown = outline(made=[timer()], described=False)
    text = list(lines(shown, Choice(shown.decoded())))
    assert "timer (version 1, 13 bytes, 13 not understood)" in text
    assert text[-1] == "no vmdesc: fields can't be told apart"


def test_encoded_pages_and_unknown_commands_are_shown():
    made = [RamEncoded(0x40, "a", True, 0, b"xyz"), Command(99, b"\x01\x02")]
    text = list(lines(outline_of("x", made), Choice([])))
    assert text == [
        "x: no machine type",
        "  command 0x63 01 02",
        "memory",
        "  a: 0 bytes, 0 pages, 0 of zeros, 1 encoded, 3 bytes sent",
        "no vmdesc: fields can't be told apart",
    ]


def test_a_choice_leaves_out_all_but_its_sections():
    shown = outline()
    choice = Choice([shown.decoded()[1]], is_all=False)
    assert list(lines(shown, choice)) == ["dma (version 1, 1 bytes)", "  mode = 0"]
    made = document(shown, choice)
    assert list(made) == ["schema", "schema_version", "source", "machine", "sections", "error"]


def test_a_path_that_is_nothing_but_dots_is_shown_as_it_is():
    field = DecodedField("...", "uint8", 0, b"\1", 1, is_decoded=True)
    shown = outline_of("x", [])
    section = DecodedSection("s", 0, 1, "", (field,))
    assert list(lines(shown, Choice([section], is_all=False)))[1] == "  ... = 1"


def test_the_document_has_everything():
    shown = outline(made=devices(kbd=kbd(None)))
    shown.error = StreamError("it hurts", offset=5)
    made = json.loads(document_text(document(shown, Choice(shown.decoded(), is_hex=True))))
    sections = made.pop("sections")
    assert made == {
        "schema": "vmstate-decode",
        "schema_version": 1,
        "source": "x",
        "machine": "pc-test",
        "configuration": [
            {"name": "configuration/capabilities", "version": 1, "value": ["mapped-ram"]}
        ],
        "commands": [{"name": "SWITCHOVER_START", "number": 11, "payload": ""}],
        "memory": [
            {
                "block": "pc.ram",
                "size": 3 * PAGE,
                "pages": 2,
                "zero_pages": 1,
                "encoded_pages": 0,
                "bytes": 2 * PAGE,
            }
        ],
        "error": "stream at offset 0x5: it hurts",
    }
    assert sections[2] == {
        "name": "dma",
        "instance": 1,
        "version": 1,
        "description": "dma",
        "undecoded": 0,
        "fields": [
            {"path": "mode", "type": "uint8", "offset": 0, "size": 1, "value": 0, "bytes": "00"}
        ],
    }
    assert sections[0]["fields"][2]["value"] == "01020304"


def test_without_hex_the_document_has_no_bytes():
    shown = outline_of("x", events([timer()], parts=()))
    made = document(shown, Choice(shown.decoded()))
    assert "bytes" not in json.loads(made["sections"][0])["fields"][0]
    assert document(outline_of("x", []), Choice([]))["configuration"] == []


@pytest.mark.parametrize("is_hex", [False, True])
def test_a_section_is_written_as_an_encoder_would_write_it(is_hex):
    values = [0, -7, 1 << 70, True, False, None, 0.5, b"", b"\x00\xff", "text", 'in "é"\n']
    fields = tuple(
        DecodedField(path, "a \\ type", number, bytes(number), value, is_decoded=bool(number % 2))
        for number, value in enumerate(values)
        for path in ("a[0].b", 'é"<\x7f>')
    )
    section = DecodedSection('"s"', 3, 2, "d\te", fields)
    made = {
        "name": '"s"',
        "instance": 3,
        "version": 2,
        "description": "d\te",
        "undecoded": 2 * (0 + 2 + 4 + 6 + 8 + 10),
        "fields": [
            {
                "path": field.path,
                "type": field.type,
                "offset": field.offset,
                "size": len(field.data),
                "value": plain(field.value),
                **({"bytes": field.data.hex()} if is_hex else {}),
            }
            for field in fields
        ],
    }
    assert section_text(section, is_hex=is_hex) == json.dumps(made)


def test_a_section_without_fields_is_written_too():
    text = section_text(DecodedSection("s", 0, 1, "", ()))
    assert json.loads(text)["fields"] == []
    assert text.endswith('"fields": []}')


def test_what_is_written_already_stands_in_a_document_as_it_is():
    assert document_text({"a": [Written("{}"), {}, "{}"]}) == '{\n"a": [\n{},\n{},\n"{}"\n]\n}'


def test_plain_values_are_those_of_json():
    assert plain((b"\1", 2, ["x"])) == ["01", 2, ["x"]]


def test_a_document_has_a_line_for_each_item_of_a_list():
    made = {"a": 1, "b": [{"x": 1}, 2], "c": []}
    assert document_text(made) == '{\n"a": 1,\n"b": [\n{"x": 1},\n2\n],\n"c": []\n}'
