"""The image file: nothing is asked of it that is not there."""

import pytest

from vmstate.qcow2 import ImageError
from vmstate.qcow2.file import ImageFile


def test_bytes_are_read_from_their_place():
    file = ImageFile(lambda offset, size: b"abcdef"[offset : offset + size], 6)
    assert file.read(2, 3, "part") == b"cde"
    assert file.read(6, 0, "part") == b""


def test_what_is_not_all_there_is_not_asked_for():
    asked = []
    file = ImageFile(lambda offset, size: asked.append((offset, size)) or b"", 6)
    with pytest.raises(ImageError) as caught:
        file.read(4, 1 << 60, "L1 table")
    with pytest.raises(ImageError):
        file.read(4, 3, "L1 table")
    assert asked == []
    assert str(caught.value).startswith(
        f"qcow2 L1 table at offset 0x4: needs {1 << 60} bytes, the file ends at 0x6; the image is"
    )


def test_a_file_that_became_shorter_is_told_so():
    file = ImageFile(lambda offset, size: b"ab", 6)
    with pytest.raises(ImageError) as caught:
        file.read(0, 4, "header")
    assert str(caught.value) == (
        "qcow2 header at offset 0x0: 2 bytes could be read, expected 4: the file became shorter; "
        "read it while the guest is stopped, or read a copy"
    )
