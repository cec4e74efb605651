"""The monitor: QMP spoken one command at a time, over a socket that is already there.

A synchronous face of ``qemu.qmp``'s asynchronous client.  It knows commands, answers
and events; it does not know the process at the other end: a lost connection is an
``EOFError``, a passed deadline a ``TimeoutError``, and what they mean is the guest's
business.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import socket
from collections.abc import Awaitable, Callable, Coroutine, Mapping
from typing import NamedTuple, TypeVar, cast

from qemu.qmp import ExecuteError, Message, QMPClient, QMPError
from qemu.qmp.protocol import Runstate, StateError

from harness.errors import QmpError

T = TypeVar("T")

#: Name of the connection in the library's logging.
_LOGGER = "vmstate"

#: Seconds that closing may take; the peer is dead by then, so there is nothing to wait for.
_CLOSE_DEADLINE_S = 2.0

# A connection that ends is nothing to warn about here: it comes back as an exception.  With
# no handler at all, logging's last resort would print the library's lines to stderr.
for _parent in ("qemu.qmp.protocol", "qemu.qmp.qmp_client"):
    logging.getLogger(f"{_parent}.{_LOGGER}").addHandler(logging.NullHandler())


def complaint(printed: str) -> str:
    """Return what is wrong by what a line of the human monitor printed; empty if nothing is.

    A command that works prints nothing, but for warnings of whatever it brought about.

    Source: QEMU 7.2 util/qemu-error.c, print_loc and vreport: no program name in a monitor.
    """
    lines = printed.strip().splitlines()
    return "\n".join(line for line in lines if not line.startswith(("warning: ", "info: ")))


class Event(NamedTuple):
    """A QMP event."""

    name: str
    data: Mapping[str, object]


class _Client(QMPClient):
    """The library's client without its message log.

    The two hooks are meant for subclasses; the library's own render every message as
    indented JSON for the debug log, read or not, which is a third of a command's cost.
    """

    def _cb_outbound(self, msg: Message) -> Message:
        return msg

    def _cb_inbound(self, msg: Message) -> Message:
        return msg


#: Turns of the event loop that a command takes until it is on the socket.
_TURNS_TO_SEND = 6


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
        self._posted: list[tuple[str, Awaitable[object]]] = []
        self._answers: list[object] = []
        self._sock: socket.socket | None = None

    def connect(self, sock: socket.socket) -> None:
        """Wait for the greeting and negotiate; that the greeting came means QEMU is ready.

        The socket belongs to the monitor from here on.

        Raises:
            EOFError: the peer closed it, or what came is no greeting.
            TimeoutError: nothing came in time.
        """
        self._sock = sock
        self._run(self._client.connect(sock), "connecting")

    def watch(self, sock: socket.socket, absorb: Callable[[], None]) -> None:
        """Call *absorb* whenever *sock* is readable while an operation is waited for.

        It ends when *absorb* raises ``EOFError``, which whoever uses that socket next will
        see too.
        """

        def readable() -> None:
            try:
                absorb()
            except EOFError:
                self._loop.remove_reader(sock)

        self._loop.add_reader(sock, readable)

    def execute(self, command: str, **arguments: object) -> object:
        """Run a QMP command and return what it returned.

        Raises:
            QmpError: it was refused.
            EOFError: the connection was lost.
            TimeoutError: no answer came in time.
        """
        return self._run_posted(self._client.execute(command, arguments), command)

    def _run_posted(self, last: Coroutine[object, object, T], command: str) -> T:
        """Run what was posted, and *last* after it, in one go."""
        posted, self._posted = self._posted, []
        if not posted:
            try:
                return self._run(last, command)
            except ExecuteError as error:
                raise QmpError(command, str(error)) from error

        async def together() -> T:
            *self._answers, answer = await asyncio.gather(*(wait for _, wait in posted), last)
            return cast("T", answer)

        try:
            return self._run(together(), command)
        except ExecuteError as error:
            names = " or ".join(name for name, _ in posted)
            raise QmpError(f"{names} or {command}", str(error)) from error

    def post(self, command: str, **arguments: object) -> None:
        """Send a QMP command together with the next one, without waiting for its answer.

        Saves a turn.  If it is refused or the connection is lost, the next call says so.
        """
        self._posted.append((command, self._client.execute(command, arguments)))

    def flush(self) -> None:
        """Send what was posted now, still without waiting for the answers.

        Raises:
            EOFError: the connection was lost.
            TimeoutError: it could not be sent in time.
        """

        async def send() -> list[tuple[str, Awaitable[object]]]:
            sent: list[tuple[str, Awaitable[object]]] = [
                (name, asyncio.ensure_future(wait)) for name, wait in self._posted
            ]
            # From the caller's task through the library's queue to the socket.
            for _ in range(_TURNS_TO_SEND):
                await asyncio.sleep(0)
            return sent

        self._posted = self._run(send(), "sending")

    def settle(self) -> list[object]:
        """Wait for the answers to all commands that were posted, and return them.

        Raises:
            QmpError: one was refused.
            EOFError: the connection was lost.
            TimeoutError: no answer came in time.
        """
        self._answers = []
        if self._posted:
            self._run_posted(self._nothing(), "settling")
        return self._answers

    async def _nothing(self) -> None:
        return

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
        self._collect()
        events, self._events = self._events, []
        return events

    def send_descriptor(self, name: str, fd: int) -> None:
        """Hand an open file over; QEMU then knows it as *name*, e.g. in ``fd:NAME``.

        Raises:
            QmpError: it was refused.
            EOFError: the connection was lost.
            TimeoutError: no answer came in time.
        """
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

        async def search() -> Event:
            while True:
                self._collect()
                for index, event in enumerate(self._events):
                    if event.name == name and wanted(event):
                        return self._events.pop(index)
                self._keep(await self._next_event())

        return self._run(search(), f"waiting for {name}")

    async def _next_event(self) -> Mapping[str, object]:
        # The library never wakes a listener when the connection ends, so watch both.
        if self._client.runstate is not Runstate.RUNNING:
            raise EOFError("the connection ended")
        event = asyncio.ensure_future(self._client.events.get())
        state = asyncio.ensure_future(self._client.runstate_changed())
        try:
            await asyncio.wait((event, state), return_when=asyncio.FIRST_COMPLETED)
            if event.done():
                return event.result()
            raise EOFError("the connection ended")
        finally:
            for task in (event, state):
                task.cancel()
            await asyncio.gather(event, state, return_exceptions=True)

    def _keep(self, message: Mapping[str, object]) -> None:
        data = message.get("data", {})
        self._events.append(Event(str(message["event"]), data if isinstance(data, Mapping) else {}))

    def _collect(self) -> None:
        for message in self._client.events.clear():
            self._keep(message)

    def _run(self, operation: Coroutine[object, object, T], doing: str) -> T:
        async def limited() -> T:
            async with asyncio.timeout(self._deadline_s):
                return await operation

        try:
            return self._loop.run_until_complete(limited())
        except TimeoutError:
            raise TimeoutError(f"no answer within {self._deadline_s:g} s: {doing}") from None
        except ExecuteError:
            raise
        except (EOFError, OSError, QMPError) as error:
            raise EOFError(f"the connection ended: {doing}: {error}") from error

    def close(self) -> None:
        """End the connection; safe to call twice and whatever state it is in."""
        if self._loop.is_closed():
            return
        for _, wait in self._posted:
            # Never sent, or not answered any more.
            if isinstance(wait, Coroutine):
                wait.close()
        self._posted.clear()

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
