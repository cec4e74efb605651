"""Commands: which ones are obeyed, and in which state."""

from __future__ import annotations

import pytest

from vmstate.acceptance.commands import CommandLoader
from vmstate.cursor import Reader
from vmstate.errors import StreamError
from vmstate.release import Release

OLD = Release(7, 2)


def loader(release=OLD):
    return CommandLoader(release, frozenset({"pc.ram"}))


def sent(number, payload=b"", size=None):
    length = len(payload) if size is None else size
    return Reader(number.to_bytes(2) + length.to_bytes(2) + payload)


def refused(here, number, payload=b""):
    with pytest.raises(StreamError) as caught:
        here.load(sent(number, payload))
    return str(caught.value)


def test_a_ping_needs_a_return_path():
    here = loader()
    assert refused(here, 2, bytes(4)) == "command at offset 0x0: PING: there is no return path"
    assert here.load(sent(1)) is None
    assert here.load(sent(2, bytes(4))) is None


def test_a_return_path_may_be_opened_twice():
    here = loader()
    here.load(sent(1))
    assert here.load(sent(1)) is None


@pytest.mark.parametrize("number", [0, 11, 12, 0xFFFF])
def test_an_unknown_command_is_refused(number):
    assert refused(loader(), number) == (
        f"command at offset 0x0: command {number:#x}, which is unknown"
    )


def test_switchover_is_known_since_10_0():
    assert loader(Release(10, 0)).load(sent(11)) is None


def test_a_wrong_length_is_refused():
    assert refused(loader(), 2, bytes(5)) == (
        "command at offset 0x0: PING with 5 bytes, expected 4"
    )
    assert "expected 0 or 16" in refused(loader(), 3, bytes(8))


def test_postcopy_is_announced_once_and_is_off():
    here = loader()
    assert here.load(sent(3)) is None
    assert "POSTCOPY_ADVISE: postcopy has been announced before" in refused(here, 3)
    assert "POSTCOPY_ADVISE: postcopy is off here" in refused(loader(), 3, bytes(16))


@pytest.mark.parametrize("number", [4, 5])
def test_postcopy_is_never_begun(number):
    assert "postcopy has not been begun" in refused(loader(), number)


def test_a_discard_is_refused():
    assert "postcopy has not been begun" in refused(loader(), 6, bytes(20))


def test_colo_is_off():
    assert "ENABLE_COLO: COLO is off here" in refused(loader(), 8)


def test_a_resume_is_ignored():
    assert loader().load(sent(9)) is None


def test_a_package_follows():
    assert loader().load(sent(7, (1 << 24).to_bytes(4))) == 1 << 24
    assert "PACKAGED: unreasonably large" in refused(loader(), 7, ((1 << 24) + 1).to_bytes(4))


@pytest.mark.parametrize(
    ("payload", "said"),
    [
        (b"", "its length is not that of a name"),
        (b"\0", "its length is not that of a name"),
        (b"\5pc.ram", "its length is not that of a name"),
        (b"\4none", "there is no block 'none'"),
    ],
)
def test_a_bitmap_is_asked_for_by_a_blocks_name(payload, said):
    assert refused(loader(), 10, payload).endswith(f"RECV_BITMAP: {said}")


def test_a_bitmap_of_a_block_is_sent():
    assert loader().load(sent(10, b"\6pc.ram")) is None


def test_a_command_that_is_cut_off_is_refused():
    with pytest.raises(StreamError, match="command at offset 0x4: needs 4 bytes, 2 are left"):
        loader().load(sent(2, b"xx", 4))
