"""The qtest channel: commands as lines out, answers and interrupt lines in.

:class:`QtestCodec` is pure and turns bytes into answers however they are split;
:class:`QtestChannel` moves them over a socket.  Neither knows what is at an address.

Source: QEMU 7.2 softmmu/qtest.c, the comment at its head and qtest_process_command.
"""

from __future__ import annotations

import select
import socket
import struct
from typing import TYPE_CHECKING, NamedTuple

from harness.errors import QtestError
from harness.qemu.deadline import Deadline

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from harness.command import Command

_RECEIVE_BYTES = 1 << 16
#: Bytes of the shortest answer, ``OK`` and the end of its line.
_LEAST_ANSWER = 3

#: The cheapest command.  It is answered when all before it is done, so lines that moved in
#: the meantime arrive with its answer.
BARRIER = "endianness"
#: How a line begins that is no answer.
_MOVE = b"IRQ "


class LineMove(NamedTuple):
    """A numbered line of the intercepted device took a level."""

    number: int
    level: int


class Answer(NamedTuple):
    """What came back for one command.

    Attributes:
        text: the line, e.g. ``OK 0x0020`` or ``FAIL Unknown command 'x'``.
        moves: lines that moved before it: those that the command itself moved.
    """

    text: str
    moves: tuple[LineMove, ...] = ()


def encode(lines: Iterable[str]) -> bytes:
    """Return commands as they go over the wire."""
    return "".join(f"{line}\n" for line in lines).encode("ascii")


def value(command: str | Command, answer: Answer) -> int | None:
    """Return the value that *answer* carries; None for a bare ``OK``.

    Raises:
        QtestError: it is no ``OK``, or what follows is no number.
    """
    if answer.text == "OK":
        return None
    word, _, rest = answer.text.partition(" ")
    if word != "OK":
        raise QtestError(str(command), answer.text)
    try:
        return int(rest, 0)
    except ValueError:
        raise QtestError(str(command), answer.text) from None


def value_bytes(command: str | Command, answer: Answer) -> bytes:
    """Return the bytes that the answer to a ``read`` carries.

    Raises:
        QtestError: it is no ``OK``, or what follows is not hexadecimal.
    """
    word, _, rest = answer.text.partition(" ")
    if word != "OK" or not rest.startswith("0x"):
        raise QtestError(str(command), answer.text)
    try:
        return bytes.fromhex(rest[2:])
    except ValueError:
        raise QtestError(str(command), answer.text) from None


class QtestCodec:
    """Turns what QEMU writes into answers."""

    def __init__(self) -> None:
        self._rest = b""
        self._moves: list[LineMove] = []

    def feed(self, data: bytes) -> list[Answer]:
        """Take the next bytes and return the answers that they complete.

        ``IRQ`` lines belong to the answer that follows them: QEMU writes them while it
        carries out the command, and ``OK`` when it is done.

        Raises:
            QtestError: an ``IRQ`` line that can't be read.
        """
        *lines, self._rest = (self._rest + data).split(b"\n")
        answers = []
        for raw in lines:
            line = raw.decode("ascii", errors="backslashreplace")
            if line.startswith("IRQ "):
                self._moves.append(_line_move(line))
            elif self._moves:
                answers.append(Answer(line, tuple(self._moves)))
                self._moves.clear()
            else:
                answers.append(Answer(line))
        return answers


def _line_move(line: str) -> LineMove:
    match line.split():
        case ["IRQ", ("raise" | "lower") as how, number] if number.isdecimal():
            return LineMove(int(number), int(how == "raise"))
    raise QtestError("(interrupt)", line)


def first_answer(reply: bytes) -> int:
    """Return where, in the lines of some answers, the first one ends; its moves are before it."""
    start = 0
    while reply.startswith(_MOVE, start):
        start = reply.index(b"\n", start) + 1
    return reply.index(b"\n", start) + 1


class _Reply:
    """What has come of a reply, and how many answers there are in it.

    Counting them is much quicker than reading them.
    """

    def __init__(self, data: bytes) -> None:
        self._data = bytearray()
        self._counted = 0
        self.answers = 0
        self.take(data)

    def take(self, data: bytes) -> None:
        """Add what has arrived."""
        self._data += data
        start, self._counted = self._counted, self._data.rfind(b"\n") + 1
        lines = self._data[start : self._counted]
        self.answers += lines.count(b"\n") - lines.count(b"\n" + _MOVE) - lines.startswith(_MOVE)

    def lines(self) -> bytes:
        """Return the answers, each with the moves before it."""
        return bytes(self._data[: self._end()])

    def rest(self) -> bytes:
        """Return what came after the last answer."""
        return bytes(self._data[self._end() :])

    def _end(self) -> int:
        end = self._counted
        while end:
            start = self._data.rfind(b"\n", 0, end - 1) + 1
            if not self._data.startswith(_MOVE, start):
                break
            end = start
        return end


class QtestChannel:
    """A qtest connection over a connected socket, which stays its maker's."""

    def __init__(self, sock: socket.socket, deadline_s: float) -> None:
        self._sock = sock
        # The kernel waits, see _wait(); whatever is not to be waited for says so.
        self._sock.settimeout(None)
        seconds, rest = divmod(deadline_s, 1)
        limit = struct.pack("@ll", int(seconds), int(rest * 1e6) or 1)
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, limit)
        self._poll = select.poll()
        self._poll.register(sock, select.POLLIN | select.POLLOUT)
        self._deadline_s = deadline_s
        self._absorbed = b""

    def absorb(self) -> None:
        """Take in what has arrived while no command is under way, to be read later.

        To be called whenever the socket is readable while something else is waited for: a
        reset or a load moves interrupt lines, and once some 270 lines of text lie in the
        socket QEMU stands still until they are fetched.

        Raises:
            EOFError: the peer closed the connection.
        """
        self._absorbed += self._receive(socket.MSG_DONTWAIT)

    def ask(self, line: str) -> str:
        """Send one command and return the line that answers it; raises as :meth:`exchange`."""
        return self.exchange([line])[0].text

    def exchange(self, lines: Sequence[str]) -> list[Answer]:
        """Send commands and return one answer for each, in order.

        Raises:
            EOFError: the peer closed the connection.
            TimeoutError: an answer did not come in time.
            QtestError: more answers came than there were commands, or an ``IRQ`` line that
                can't be read.
        """
        return QtestCodec().feed(self.transact(encode(lines), len(lines)))

    def transact(self, request: bytes, count: int) -> bytes:
        """Send *count* encoded commands and return the lines of their answers, as they came.

        All are sent before the first answer is waited for, but answers are taken in while
        there is still something to send: QEMU stops reading when nobody reads what it
        writes, and two full buffers would wait for each other for ever.

        Raises:
            EOFError: the peer closed the connection.
            TimeoutError: an answer did not come in time.
            QtestError: more answers came than there were commands.
        """
        deadline = Deadline(self._deadline_s)
        reply = _Reply(self._absorbed)
        self._absorbed = b""
        unsent = memoryview(request)
        while unsent or reply.answers < count:
            left = deadline.left()
            if not left:
                raise TimeoutError(
                    f"{reply.answers} of {count} answers within {self._deadline_s:g} s"
                )
            if not unsent:
                reply.take(self._wait(count - reply.answers))
                continue
            for _, events in self._poll.poll(left * 1000):
                if events & ~select.POLLOUT:
                    reply.take(self._receive(socket.MSG_DONTWAIT))
                if events & select.POLLOUT:
                    unsent = unsent[self._send(unsent) :]
        if reply.answers > count:
            surplus = QtestCodec().feed(reply.lines())[count]
            raise QtestError("; ".join(request.decode().splitlines()), surplus.text)
        answered = reply.lines()
        self._absorbed = reply.rest()
        return answered

    def _send(self, data: memoryview) -> int:
        try:
            return self._sock.send(data, socket.MSG_DONTWAIT)
        except BlockingIOError:
            return 0
        except ConnectionError as error:
            raise EOFError("the qtest connection ended") from error

    def _wait(self, answers: int) -> bytes:
        """Return what has come once there are bytes for so many *answers*, or time is over.

        QEMU writes each answer by itself, and to be woken by each would take us longer than the
        commands take QEMU.
        """
        self._sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVLOWAT, _LEAST_ANSWER * answers)
        try:
            return self._receive(0)
        except BlockingIOError:
            return b""

    def _receive(self, flags: int) -> bytes:
        try:
            data = self._sock.recv(_RECEIVE_BYTES, flags)
        except ConnectionError as error:
            raise EOFError("the qtest connection ended") from error
        if not data:
            raise EOFError("the qtest connection ended")
        return data
