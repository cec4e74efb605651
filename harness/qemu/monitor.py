"""The monitor: QMP spoken one command at a time, over a socket that is already there.

Connecting, greeting, negotiation, handing over files and hanging up are those of
``qemu.qmp``'s asynchronous client; in between messages go straight through its socket,
because a turn of an event loop takes longer than most commands.  This module knows commands,
answers and events; it does not know the process at the other end: a lost connection is an
``EOFError``, a passed deadline a ``TimeoutError``, and what they mean is the guest's
business.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import select
import socket
from collections import deque
from collections.abc import Callable, Mapping
from typing import NamedTuple, cast

import msgspec
from qemu.qmp import Message, QMPClient, QMPError
from qemu.qmp.protocol import StateError

from harness.errors import QmpError
from harness.qemu.deadline import Deadline

#: Name of the connection in the library's logging.
_LOGGER = "vmstate"

#: Seconds that closing may take; the peer is dead by then, so there is nothing to wait for.
_CLOSE_DEADLINE_S = 2.0

_RECEIVE_BYTES = 1 << 16

# A connection that ends is nothing to warn about here: it comes back as an exception.  With
# no handler at all, logging's last resort would print the library's lines to stderr.
for _parent in ("qemu.qmp.protocol", "qemu.qmp.qmp_client"):
    logging.getLogger(f"{_parent}.{_LOGGER}").addHandler(logging.NullHandler())


class Event(NamedTuple):
    """A QMP event."""

    name: str
    data: Mapping[str, object]


class _Client(QMPClient):
    """The library's client, which gives its stream away once a session is established.

    The hooks are meant for subclasses.
    """

    async def take_over(self) -> bytes:
        """Stop reading; return what has been read and not been looked at."""
        if self._reader is None or self._writer is None:
            raise EOFError
        cast("asyncio.Transport", self._writer.transport).pause_reading()
        self._reader.feed_eof()
        return await self._reader.read()

    async def _bh_recv_message(self) -> None:
        # What the library's reader does, time and again; cancelled by its disconnect().
        await asyncio.get_running_loop().create_future()

    # The library's own render every message as indented JSON for the debug log.
    def _cb_outbound(self, msg: Message) -> Message:
        return msg

    def _cb_inbound(self, msg: Message) -> Message:
        return msg


class Monitor:
    """One QMP connection.

    Args:
        deadline_s: seconds that a single operation may take.
    """

    def __init__(self, deadline_s: float) -> None:
        self._deadline_s = deadline_s
        self._loop = asyncio.new_event_loop()
        # Every failure reaches us through the operation that it ends; the library leaves the
        # same exception in an inner future too, which asyncio would report as never retrieved.
        self._loop.set_exception_handler(lambda _loop, _context: None)
        self._client = _Client(_LOGGER)
        # As above: what it would log as an error is raised to whoever asked.
        self._client.logger.setLevel(logging.CRITICAL)
        self._events: list[Event] = []
        self._sock: socket.socket | None = None
        self._poll = select.poll()
        #: What reads the other sockets that are watched, by their descriptors.
        self._absorb: dict[int, Callable[[], None]] = {}
        self._unsent = b""
        #: Whether the socket did not take all of it.
        self._is_full = False
        #: The beginning of a message whose end has not arrived.
        self._rest = b""
        self._number = 0
        #: Number and name of each command that has not been answered; QEMU keeps the order.
        self._asked: deque[tuple[int, str]] = deque()
        self._answers: list[object] = []
        self._refusal: QmpError | None = None

    def connect(self, sock: socket.socket) -> None:
        """Wait for the greeting and negotiate; that the greeting came means QEMU is ready.

        The socket belongs to the monitor from here on.

        Raises:
            EOFError: the peer closed it, or what came is no greeting.
            TimeoutError: nothing came in time.
        """

        async def negotiate() -> bytes:
            async with asyncio.timeout(self._deadline_s):
                await self._client.connect(sock)
                return await self._client.take_over()

        self._sock = sock
        try:
            received = self._loop.run_until_complete(negotiate())
        except TimeoutError:
            raise self._too_late("connecting") from None
        except (EOFError, OSError, QMPError) as error:
            raise EOFError(f"the connection ended: connecting: {error}") from error
        self._poll.register(sock, select.POLLIN)
        self._take(received)

    def watch(self, sock: socket.socket, absorb: Callable[[], None]) -> None:
        """Call *absorb* whenever *sock* is readable while an operation is waited for.

        It ends when *absorb* raises ``EOFError``, which whoever uses that socket next will
        see too.
        """
        self._absorb[sock.fileno()] = absorb
        self._poll.register(sock, select.POLLIN)

    def execute(self, command: str, **arguments: object) -> object:
        """Run a QMP command and return what it returned.

        Raises:
            QmpError: it was refused, or one that was posted before it.
            EOFError: the connection was lost.
            TimeoutError: no answer came in time.
        """
        self.post(command, **arguments)
        return self._settle(command)[-1]

    def post(self, command: str, **arguments: object) -> None:
        """Send a QMP command together with the next one, without waiting for its answer.

        Saves a turn.  If it is refused or the connection is lost, the next call says so.
        """
        self._number += 1
        message = {"execute": command, "arguments": arguments, "id": self._number}
        self._unsent += msgspec.json.encode(message)
        self._asked.append((self._number, command))

    def flush(self) -> None:
        """Send what was posted now, still without waiting for the answers.

        Raises:
            EOFError: the connection was lost.
            TimeoutError: it could not be sent in time.
        """
        self._converse(lambda: not self._unsent, "sending")

    def settle(self) -> list[object]:
        """Wait for the answers to all commands that were posted, and return them.

        Raises:
            QmpError: one was refused.
            EOFError: the connection was lost.
            TimeoutError: no answer came in time.
        """
        return self._settle("settling") if self._asked or self._answers else []

    def _settle(self, doing: str) -> list[object]:
        self._converse(lambda: not self._asked, doing)
        answers, self._answers = self._answers, []
        refusal, self._refusal = self._refusal, None
        if refusal is not None:
            raise refusal
        return answers

    def hmp(self, line: str) -> str:
        """Run a line of the human monitor and return what it printed, with plain line ends.

        Raises:
            QmpError: it was refused.
            EOFError: the connection was lost.
            TimeoutError: no answer came in time.
        """
        printed = str(self.execute("human-monitor-command", **{"command-line": line}))
        return printed.replace("\r\n", "\n")

    def events(self) -> list[Event]:
        """Return, once, the events that arrived before the last command was answered."""
        events, self._events = self._events, []
        return events

    def send_descriptor(self, name: str, fd: int) -> None:
        """Hand an open file over; QEMU then knows it as *name*, e.g. in ``fd:NAME``.

        Raises:
            QmpError: it was refused.
            EOFError: the connection was lost.
            TimeoutError: no answer came in time.
        """
        self.flush()
        try:
            self._client.send_fd_scm(fd)
        except (OSError, StateError) as error:
            raise EOFError(f"the connection ended: sending {name}: {error}") from error
        self.execute("getfd", fdname=name)

    def wait_for(self, name: str, wanted: Callable[[Event], bool]) -> Event:
        """Wait for an event, take it out and return it; others stay for :meth:`events`.

        Raises:
            EOFError: the connection was lost.
            TimeoutError: it did not come in time.
        """
        looked_at = 0

        def has_come() -> bool:
            nonlocal looked_at
            while looked_at < len(self._events):
                event = self._events[looked_at]
                if event.name == name and wanted(event):
                    return True
                looked_at += 1
            return False

        self._converse(has_come, f"waiting for {name}")
        return self._events.pop(looked_at)

    def forget(self, name: str) -> None:
        """Drop the events *name* that have come, so that only later ones are waited for."""
        self._events = [event for event in self._events if event.name != name]

    def _converse(self, is_done: Callable[[], bool], doing: str) -> None:
        """Send what is to be sent and take in what comes, until *is_done*."""
        deadline = Deadline(self._deadline_s)
        try:
            if self._unsent:
                self._transmit()
            while not is_done():
                left = deadline.left()
                ready = self._poll.poll(left * 1000)
                if not (ready and left):
                    raise self._too_late(doing)
                for descriptor, events in ready:
                    self._serve(descriptor, events)
        except TimeoutError:
            raise
        except (EOFError, OSError) as error:
            raise EOFError(f"the connection ended: {doing}: {error}") from error

    def _too_late(self, doing: str) -> TimeoutError:
        return TimeoutError(f"no answer within {self._deadline_s:g} s: {doing}")

    def _serve(self, descriptor: int, events: int) -> None:
        """Do what one socket is ready for."""
        if descriptor in self._absorb:
            try:
                self._absorb[descriptor]()
            except EOFError:
                del self._absorb[descriptor]
                self._poll.unregister(descriptor)
            return
        if events & select.POLLOUT:
            self._transmit()
        if events & ~select.POLLOUT:
            data = self._socket().recv(_RECEIVE_BYTES)
            if not data:
                raise EOFError("the peer closed it")
            self._take(data)

    def _socket(self) -> socket.socket:
        if self._sock is None:
            raise EOFError("it was never made")
        return self._sock

    def _transmit(self) -> None:
        """Send as much as the socket takes, and have the rest sent when it takes more."""
        sock = self._socket()
        with contextlib.suppress(BlockingIOError):
            self._unsent = self._unsent[sock.send(self._unsent) :]
        if bool(self._unsent) != self._is_full:
            self._is_full = not self._is_full
            self._poll.modify(sock, select.POLLIN | (select.POLLOUT if self._is_full else 0))

    def _take(self, data: bytes) -> None:
        """Take in what has arrived."""
        *lines, self._rest = (self._rest + data).split(b"\n")
        for line in lines:
            if line and not line.isspace():
                self._note(line)

    def _note(self, line: bytes) -> None:
        """Take in one message.

        Answers that nobody waits for are dropped, as the specification of QMP asks.

        Raises:
            EOFError: it is no message of QMP; there is no going on from there.
        """
        try:
            message = msgspec.json.decode(line)
        except msgspec.DecodeError:
            message = None
        if not isinstance(message, dict):
            self._give_up(line)
        elif "event" in message:
            data = message.get("data")
            name = str(message["event"])
            self._events.append(Event(name, data if isinstance(data, dict) else {}))
        elif "id" not in message:
            self._give_up(line)
        elif self._asked and self._asked[0][0] == message["id"]:
            self._answer(self._asked.popleft()[1], message, line)

    def _answer(self, command: str, answer: Mapping[str, object], line: bytes) -> None:
        if "return" in answer:
            self._answers.append(answer["return"])
            return
        match answer:
            case {"error": {"desc": why}}:
                self._answers.append(None)
                self._refusal = self._refusal or QmpError(command, str(why))
            case _:
                self._give_up(line)

    def _give_up(self, line: bytes) -> None:
        with contextlib.suppress(OSError):
            self._socket().shutdown(socket.SHUT_RDWR)
        raise EOFError(f"what came is no message: {line[:200]!r}")

    def close(self) -> None:
        """End the connection; safe to call twice and whatever state it is in."""
        if self._loop.is_closed():
            return
        if self._sock is not None:
            # The library would first flush what it has not sent yet; a peer that has stopped
            # reading would keep it waiting for ever.
            with contextlib.suppress(OSError):
                self._sock.shutdown(socket.SHUT_RDWR)

        async def hang_up() -> None:
            # What ended the reader is raised once more here; it has been reported already.
            with contextlib.suppress(TimeoutError, EOFError, OSError, QMPError):
                async with asyncio.timeout(_CLOSE_DEADLINE_S):
                    await self._client.disconnect()
            tasks = asyncio.all_tasks() - {asyncio.current_task()}
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

        try:
            self._loop.run_until_complete(hang_up())
        finally:
            self._loop.close()
