"""The qtest channel: the codec by itself, and the socket against a thread."""

import socket
import threading
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.errors import QtestError
from harness.qemu.qtest import (
    Answer,
    LineMove,
    QtestChannel,
    QtestCodec,
    encode,
    first_answer,
    value,
    value_bytes,
)

WIRE = (
    b"OK\nOK 0x0020\nIRQ raise 4\nIRQ lower 12\nOK 0x1\n"
    b"FAIL Unknown command 'x'\nERR no\nIRQ raise 0\nOK little\n"
)
ANSWERS = [
    Answer("OK"),
    Answer("OK 0x0020"),
    Answer("OK 0x1", (LineMove(4, 1), LineMove(12, 0))),
    Answer("FAIL Unknown command 'x'"),
    Answer("ERR no"),
    Answer("OK little", (LineMove(0, 1),)),
]


def test_commands_are_lines():
    assert encode(["outb 0x70 0xa", "inb 0x71"]) == b"outb 0x70 0xa\ninb 0x71\n"


def test_answers_come_with_the_lines_that_moved_before_them():
    assert QtestCodec().feed(WIRE) == ANSWERS


@given(st.lists(st.integers(0, len(WIRE)), max_size=20))
def test_answers_are_the_same_however_the_bytes_are_split(cuts):
    codec = QtestCodec()
    places = [0, *sorted(cuts), len(WIRE)]
    found = [answer for begin, end in pairwise(places) for answer in codec.feed(WIRE[begin:end])]
    assert found == ANSWERS


def test_an_unfinished_line_is_no_answer_yet():
    codec = QtestCodec()
    assert codec.feed(b"OK 0x1") == []
    assert codec.feed(b"2\n") == [Answer("OK 0x12")]


@pytest.mark.parametrize("line", ["IRQ raise", "IRQ raise x", "IRQ up 3", "IRQ raise 1 2"])
def test_a_broken_interrupt_line_is_refused(line):
    with pytest.raises(QtestError, match=f"'\\(interrupt\\)' was answered '{line}'"):
        QtestCodec().feed(f"{line}\n".encode())


def test_bytes_that_are_no_text_are_shown_and_not_choked_on():
    assert QtestCodec().feed(b"\xff\n") == [Answer("\\xff")]


@pytest.mark.parametrize(
    ("text", "number"), [("OK", None), ("OK 0x0020", 0x20), ("OK 12", 12), ("OK -1", -1)]
)
def test_an_answer_has_a_value_or_none(text, number):
    assert value("inb 0x70", Answer(text)) == number


@pytest.mark.parametrize("text", ["FAIL Unknown command 'inb'", "ERR", "OK little", "", "OKAY"])
def test_another_answer_is_an_error_that_names_the_command(text):
    with pytest.raises(QtestError) as caught:
        value("inb 0x70", Answer(text))
    assert str(caught.value) == f"qtest command 'inb 0x70' was answered {text!r}"


def test_the_answer_to_a_read_is_bytes():
    assert value_bytes("read 0 3", Answer("OK 0x00ffab")) == b"\x00\xff\xab"


@pytest.mark.parametrize("text", ["OK", "OK 00ff", "OK 0xf", "FAIL 0x00"])
def test_a_read_that_has_no_bytes_is_an_error(text):
    with pytest.raises(QtestError, match="qtest command 'read 0 3' was answered"):
        value_bytes("read 0 3", Answer(text))


class Peer:
    """Answers each line of a channel from a thread."""

    def __init__(self, answer):
        self.mine, theirs = socket.socketpair()
        self.seen = []

        def serve():
            with theirs, theirs.makefile("rb") as lines:
                for line in lines:
                    self.seen.append(line)
                    reply = answer(line)
                    if reply is None:
                        return
                    theirs.sendall(reply)

        self.thread = threading.Thread(target=serve)
        self.thread.start()

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.mine.close()
        self.thread.join(10)
        assert not self.thread.is_alive()


def test_each_command_has_its_answer():
    with Peer(lambda line: b"OK 0x" + line.split()[1] + b"\n") as peer:
        channel = QtestChannel(peer.mine, 10)
        assert channel.exchange([]) == []
        assert channel.exchange(["inb 1", "inb 2"]) == [Answer("OK 0x1"), Answer("OK 0x2")]
        assert channel.exchange(["inb 3"]) == [Answer("OK 0x3")]
    assert peer.seen == [b"inb 1\n", b"inb 2\n", b"inb 3\n"]


def test_full_buffers_on_both_sides_do_not_wait_for_each_other():
    """More than a megabyte each way: neither end's buffers hold that."""
    with Peer(lambda line: b"OK 0x" + b"ab" * 5000 + b"\n") as peer:
        lines = [f"write 0 2000 0x{'cd' * 2000}"] * 300
        answers = QtestChannel(peer.mine, 60).exchange(lines)
    assert len(answers) == 300
    assert len(peer.seen) == 300


def test_answers_that_come_one_by_one_are_not_fetched_one_by_one():
    """QEMU writes each answer by itself: to be woken by each takes longer than the commands."""
    with Peer(lambda line: b"OK\n") as peer:
        channel = QtestChannel(peer.mine, 10)
        received = []
        channel._receive = lambda flags, fetch=channel._receive: (
            received.append(fetch(flags)) or received[-1]
        )
        assert channel.exchange(["outb 1 2"] * 200) == [Answer("OK")] * 200
    assert b"".join(received) == b"OK\n" * 200
    assert len(received) <= 4


def test_lines_that_are_absorbed_come_with_the_next_answer():
    mine, theirs = socket.socketpair()
    with mine, theirs:
        channel = QtestChannel(mine, 10)
        theirs.sendall(b"IRQ raise 3\nIRQ ")
        channel.absorb()
        theirs.sendall(b"lower 3\n")
        channel.absorb()
        theirs.sendall(b"OK 0x1\n")
        assert channel.exchange(["b"]) == [Answer("OK 0x1", (LineMove(3, 1), LineMove(3, 0)))]
        theirs.close()
        with pytest.raises(EOFError):
            channel.absorb()


def test_an_answer_that_nobody_asked_for_is_refused():
    mine, theirs = socket.socketpair()
    with mine, theirs:
        channel = QtestChannel(mine, 10)
        theirs.sendall(b"OK 0x1\n")
        channel.absorb()
        theirs.sendall(b"OK 0x2\n")
        with pytest.raises(QtestError, match="'b' was answered 'OK 0x2'"):
            channel.exchange(["b"])


def test_silence_ends_at_the_deadline():
    with Peer(lambda line: b"") as peer:
        channel = QtestChannel(peer.mine, 0.1)
        with pytest.raises(TimeoutError, match=r"0 of 2 answers within 0\.1 s"):
            channel.exchange(["inb 1", "inb 2"])


def test_a_trickle_of_lines_that_answer_nothing_ends_at_the_deadline_too():
    with Peer(lambda line: b"IRQ raise 1\n" * 10) as peer:
        channel = QtestChannel(peer.mine, 0.1)
        with pytest.raises(TimeoutError):
            channel.exchange(["inb 1"] * 50)


def test_a_peer_that_hangs_up_in_mid_batch_is_noticed():
    with (
        Peer(lambda line: b"OK\n" if line == b"inb 1\n" else None) as peer,
        pytest.raises(EOFError, match="the qtest connection ended"),
    ):
        QtestChannel(peer.mine, 10).exchange(["inb 1", "inb 2", "inb 3"])


def test_a_peer_that_is_gone_is_noticed_when_sending():
    mine, theirs = socket.socketpair()
    with mine:
        theirs.close()
        with pytest.raises(EOFError, match="the qtest connection ended"):
            QtestChannel(mine, 10).exchange(["inb 1"])


def test_a_peer_that_goes_between_waiting_and_sending_is_noticed():
    mine, theirs = socket.socketpair()
    with mine:
        channel = QtestChannel(mine, 10)
        theirs.close()
        with pytest.raises(EOFError, match="the qtest connection ended"):
            channel._send(memoryview(b"inb 1\n"))


def test_a_connection_that_is_reset_is_noticed():
    mine, theirs = socket.socketpair()
    with mine:
        mine.send(b"unread\n")
        theirs.close()
        with pytest.raises(EOFError, match="the qtest connection ended"):
            QtestChannel(mine, 10).exchange(["inb 1"])


def test_more_answers_than_commands_are_refused():
    with (
        Peer(lambda line: b"OK 0x1\nOK 0x2\n") as peer,
        pytest.raises(QtestError, match="'inb 1' was answered 'OK 0x2'"),
    ):
        QtestChannel(peer.mine, 10).exchange(["inb 1"])


def test_lines_that_come_after_the_last_answer_belong_to_the_next():
    mine, theirs = socket.socketpair()
    with mine, theirs:
        channel = QtestChannel(mine, 10)
        theirs.sendall(b"IRQ raise 1\nOK 0x1\nIRQ lower 1\nIRQ raise 2\nIRQ ")
        assert channel.transact(b"a\n", 1) == b"IRQ raise 1\nOK 0x1\n"
        theirs.sendall(b"lower 2\nOK\n")
        assert channel.transact(b"b\n", 1) == b"IRQ lower 1\nIRQ raise 2\nIRQ lower 2\nOK\n"


@pytest.mark.parametrize(
    ("reply", "end"), [(b"OK\nOK 0x1\n", 3), (b"IRQ raise 1\nIRQ lower 1\nOK\nOK\n", 27)]
)
def test_the_first_answer_ends_with_its_line(reply, end):
    assert first_answer(reply) == end
