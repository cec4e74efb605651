"""Values: what one writes for a field of each kind."""

import pytest

from vmstate.decoded import DecodedField
from vmstate.editing.values import bytes_meant, value_meant
from vmstate.errors import EditError


def field(kind, data, value):
    return DecodedField("x", kind, 0, data, value, is_decoded=True)


@pytest.mark.parametrize(
    ("text", "like", "value"),
    [
        ("0x1f", 3, 31),
        ("-1", 3, -1),
        ("true", False, True),
        ("FALSE", True, False),
        ("1", False, True),
        ("00 ff", b"ab", b"\x00\xff"),
        ("", b"", b""),
        ("any text", "old", "any text"),
        ("0.5", 1.0, 0.5),
    ],
)
def test_a_text_is_a_value_of_the_kind_that_the_field_has(text, like, value):
    meant = value_meant(text, like)
    assert (meant, type(meant)) == (value, type(value))


@pytest.mark.parametrize(
    ("text", "like", "message"),
    [
        ("ten", 1, "'ten' is no value of T: expected a number such as 10, -1 or 0x1f"),
        ("2", True, "'2' is no value of T: expected true or false"),
        ("xy", b"a", "'xy' is no value of T: expected bytes as hexadecimal digits, such as 00ff"),
        ("x", 0.5, "'x' is no value of T: expected a number such as 0.5"),
    ],
)
def test_a_text_of_another_kind_is_refused(text, like, message):
    with pytest.raises(EditError) as caught:
        bytes_meant(text, field("T", b"", like), "dma/x")
    assert str(caught.value) == f"dma/x: {message}"


def test_a_value_is_as_many_bytes_as_the_field_has():
    assert bytes_meant("-2", field("int16", b"\0\0", 0), "x") == b"\xff\xfe"
    assert bytes_meant("true", field("bool", b"\0", False), "x") == b"\x01"
    assert bytes_meant("0a0b", field("buffer", b"\0\0", b"\0\0"), "x") == b"\x0a\x0b"


@pytest.mark.parametrize(
    ("text", "kind", "data", "like", "why"),
    [
        ("256", "uint8", b"\0", 0, "not in the range of uint8 of 1 bytes"),
        ("0a", "buffer", b"\0\0", b"\0\0", "no value of buffer of 2 bytes"),
    ],
)
def test_a_value_that_does_not_fit_is_refused(text, kind, data, like, why):
    with pytest.raises(EditError) as caught:
        bytes_meant(text, field(kind, data, like), "dma/x")
    assert str(caught.value) == f"dma/x: {text!r} does not fit: {why}"
