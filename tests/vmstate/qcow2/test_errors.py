"""The one error: what, where, what was expected, what to do."""

from vmstate import StreamError
from vmstate.qcow2 import ImageError


def test_the_message_says_what_where_and_what_to_do():
    error = ImageError("header", "version 4, expected 2 or 3", offset=4, advice="read it elsewhere")
    assert isinstance(error, StreamError)
    assert str(error) == "qcow2 header at offset 0x4: version 4, expected 2 or 3; read it elsewhere"
    assert (error.part, error.why, error.offset) == ("header", "version 4, expected 2 or 3", 4)
    assert error.path == "qcow2 header"
    assert error.advice == "read it elsewhere"


def test_without_a_place_and_advice_the_image_counts_as_damaged():
    assert str(ImageError("header", "too short")) == (
        "qcow2 header: too short; the image is damaged: `qemu-img check` says how far, a copy "
        "of it may be whole"
    )
