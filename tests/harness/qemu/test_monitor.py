"""The monitor, against a thread that speaks QMP."""

import json
import socket
import threading
import time
from pathlib import Path

import pytest

from harness.errors import QmpError
from harness.qemu.monitor import Event, Monitor

GREETING = {"QMP": {"version": {"qemu": {"major": 7, "minor": 2, "micro": 22}}, "capabilities": []}}


class FakeQemu:
    """Greets, negotiates, and answers each command with what a table says.

    A table's entry is a list of messages, the answer among them without its ``id``; or
    None, on which the connection is closed.
    """

    def __init__(self, table=None, *, greeting=GREETING):
        self.mine, self._theirs = socket.socketpair()
        self._table = {"qmp_capabilities": [{"return": {}}], **(table or {})}
        self._greeting = greeting
        self.seen = []
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()

    def _serve(self):
        with self._theirs:
            if self._greeting is not None:
                self._send(self._greeting)
            for command in self._commands():
                self.seen.append(command)
                messages = self._table.get(command["execute"], [])
                if messages is None:
                    return
                for message in messages:
                    is_answer = "event" not in message and "id" in command
                    self._send({**message, "id": command["id"]} if is_answer else message)

    def _send(self, message):
        self._theirs.sendall(json.dumps(message).encode() + b"\n")

    def _commands(self):
        """Yield what arrives; the client puts nothing between its messages."""
        text = ""
        while data := self._theirs.recv(1 << 16):
            # A lone blank comes with a descriptor.
            text = (text + data.decode()).lstrip()
            while text:
                try:
                    command, end = json.JSONDecoder().raw_decode(text)
                except json.JSONDecodeError:
                    break
                text = text[end:].lstrip()
                yield command

    def __enter__(self):
        return self

    def __exit__(self, *exc):
        self.mine.close()
        self._thread.join(20)
        assert not self._thread.is_alive()


@pytest.fixture
def connect():
    """Make a monitor that is connected to a fake; both are closed, the fake last."""
    open_ones = []

    def make(table=None, *, deadline_s=20, **options):
        fake = FakeQemu(table, **options)
        monitor = Monitor(deadline_s)
        open_ones.append((monitor, fake))
        monitor.connect(fake.mine)
        return monitor, fake

    yield make
    for monitor, fake in open_ones:
        monitor.close()
        with fake:
            pass


def event(name, **data):
    return {"event": name, "data": data, "timestamp": {"seconds": 1, "microseconds": 0}}


def test_a_command_is_sent_with_its_arguments_and_its_answer_returned(connect):
    monitor, fake = connect({"qom-get": [{"return": "i8257"}]})
    assert monitor.execute("qom-get", path="/machine", property="type") == "i8257"
    assert fake.seen[-1]["arguments"] == {"path": "/machine", "property": "type"}


def test_a_refused_command_says_which_and_why(connect):
    monitor, _ = connect({"migrate": [{"error": {"class": "GenericError", "desc": "no room"}}]})
    with pytest.raises(QmpError) as caught:
        monitor.execute("migrate")
    assert str(caught.value) == "QEMU refused migrate: no room"
    assert caught.value.command == "migrate"


def test_a_line_of_the_human_monitor_comes_back_with_plain_line_ends(connect):
    monitor, fake = connect({"human-monitor-command": [{"return": "a\r\nb\r\n"}]})
    assert monitor.hmp("info version") == "a\nb\n"
    assert fake.seen[-1]["arguments"] == {"command-line": "info version"}


def test_events_are_kept_until_they_are_asked_for_and_given_once(connect):
    bare = {"event": "STOP", "timestamp": {"seconds": 1, "microseconds": 0}}
    monitor, _ = connect(
        {
            "query-status": [event("RESET", guest=True), {"return": {}}],
            "stop": [bare, {"return": {}}],
        }
    )
    monitor.execute("query-status")
    monitor.execute("stop")
    assert monitor.events() == [Event("RESET", {"guest": True}), Event("STOP", {})]
    assert monitor.events() == []


def test_an_event_that_is_waited_for_is_taken_out_and_others_stay(connect):
    monitor, _ = connect(
        {
            "system_reset": [
                event("RESET", guest=True),
                {"return": {}},
                event("STOP"),
                event("RESET", guest=False),
            ]
        }
    )
    monitor.execute("system_reset")
    found = monitor.wait_for("RESET", lambda e: e.data["guest"] is False)
    assert found == Event("RESET", {"guest": False})
    assert [e.name for e in monitor.events()] == ["RESET", "STOP"]


def test_an_event_that_has_come_already_is_not_waited_for(connect):
    monitor, _ = connect({"system_reset": [event("RESET", guest=False), {"return": {}}]})
    monitor.execute("system_reset")
    assert monitor.wait_for("RESET", lambda _: True).name == "RESET"
    assert monitor.events() == []


def test_events_that_came_before_can_be_forgotten(connect):
    before = [event("RESET", guest=True), event("STOP"), {"return": {}}]
    monitor, _ = connect({"a": before, "b": [{"return": {}}, event("RESET", guest=False)]})
    monitor.execute("a")
    monitor.forget("RESET")
    monitor.execute("b")
    assert monitor.wait_for("RESET", lambda _: True).data == {"guest": False}
    assert [e.name for e in monitor.events()] == ["STOP"]


def test_an_event_that_does_not_come_ends_at_the_deadline(connect):
    monitor, _ = connect({"system_reset": [{"return": {}}]}, deadline_s=0.2)
    monitor.execute("system_reset")
    with pytest.raises(TimeoutError, match=r"no answer within 0\.2 s: waiting for RESET"):
        monitor.wait_for("RESET", lambda _: True)


def test_an_open_file_is_handed_over_under_a_name(connect, tmp_path):
    monitor, fake = connect({"getfd": [{"return": {}}]})
    with (tmp_path / "x").open("wb") as file:
        monitor.send_descriptor("out", file.fileno())
    assert fake.seen[-1] == {"execute": "getfd", "arguments": {"fdname": "out"}, **ids(fake)}


def ids(fake):
    return {"id": fake.seen[-1]["id"]}


@pytest.mark.parametrize(
    "use",
    [
        lambda monitor: monitor.execute("quit"),
        lambda monitor: monitor.wait_for("RESET", lambda _: True),
        lambda monitor: monitor.send_descriptor("x", 0),
    ],
    ids=["command", "event", "descriptor"],
)
def test_a_connection_that_is_gone_is_noticed_by_whatever_is_done_next(connect, use):
    monitor, _ = connect({"quit": None})
    with pytest.raises(EOFError, match="the connection ended: quit"):
        monitor.execute("quit")
    with pytest.raises(EOFError, match="the connection ended"):
        use(monitor)


def test_a_connection_that_ends_while_an_event_is_waited_for_is_noticed(connect):
    monitor, fake = connect({"query-status": [{"return": {}}]})
    monitor.execute("query-status")
    ended = threading.Timer(0.1, lambda: fake._theirs.shutdown(socket.SHUT_RDWR))
    ended.start()
    with pytest.raises(EOFError, match="the connection ended"):
        monitor.wait_for("RESET", lambda _: True)
    ended.join()


def test_another_socket_is_read_while_a_command_is_waited_for(connect):
    monitor, _ = connect({"query-status": [{"return": {}}]})
    mine, theirs = socket.socketpair()
    got = []

    def absorb():
        data = mine.recv(100)
        got.append(data)
        if not data:
            raise EOFError

    with mine:
        with theirs:
            monitor.watch(mine, absorb)
            theirs.sendall(b"IRQ raise 1\n")
            monitor.execute("query-status")
        for _ in range(3):
            monitor.execute("query-status")
        monitor.close()
    assert got == [b"IRQ raise 1\n", b""]


def test_silence_ends_at_the_deadline(connect):
    monitor, _ = connect(deadline_s=0.2)
    began = time.monotonic()
    with pytest.raises(TimeoutError, match=r"no answer within 0\.2 s: query-status"):
        monitor.execute("query-status")
    assert time.monotonic() - began < 5


def test_a_peer_that_never_greets_ends_at_the_deadline(connect):
    with pytest.raises(TimeoutError, match=r"no answer within 0\.2 s: connecting"):
        connect(greeting=None, deadline_s=0.2)


@pytest.mark.parametrize(
    "options",
    [
        {"greeting": {"hello": 1}},
        {"table": {"qmp_capabilities": None}},
        {"table": {"qmp_capabilities": [{"error": {"class": "GenericError", "desc": "no"}}]}},
    ],
    ids=["no-greeting", "hangs-up", "refuses"],
)
def test_a_peer_that_is_no_qemu_is_refused(connect, options):
    with pytest.raises(EOFError, match="the connection ended: connecting"):
        connect(**options)


def test_an_answer_that_is_no_answer_ends_the_connection(connect):
    monitor, _ = connect({"query-status": [{"neither": 1}]})
    with pytest.raises(EOFError, match="the connection ended: query-status"):
        monitor.execute("query-status")


def test_closing_twice_or_without_having_connected_is_safe(connect):
    monitor, _ = connect()
    monitor.close()
    monitor.close()
    Monitor(1).close()


def test_closing_does_not_wait_for_a_peer_that_has_stopped_reading(connect):
    """Nothing can be flushed into a full socket."""
    mine, theirs = socket.socketpair()
    monitor = Monitor(0.2)
    with theirs:
        theirs.sendall(json.dumps(GREETING).encode() + b'\n{"return": {}}\n')
        monitor.connect(mine)
        with pytest.raises(TimeoutError):
            monitor.execute("x", data="a" * 4_000_000)
        began = time.monotonic()
        monitor.close()
        assert time.monotonic() - began < 1


def test_nothing_is_left_open_after_a_hundred_connections(connect):
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(100):
        with FakeQemu({"quit": None}) as fake:
            monitor = Monitor(20)
            monitor.connect(fake.mine)
            with pytest.raises(EOFError):
                monitor.execute("quit")
            monitor.close()
    assert len(list(Path("/proc/self/fd").iterdir())) <= before


def test_posted_commands_go_with_the_next_and_settle_returns_their_answers(connect):
    monitor, fake = connect({"a": [{"return": 1}], "b": [{"return": 2}], "c": [{"return": 3}]})
    assert monitor.settle() == []
    monitor.post("a")
    monitor.post("b")
    assert "a" not in [command["execute"] for command in fake.seen]
    assert monitor.execute("c") == 3
    assert [command["execute"] for command in fake.seen[-3:]] == ["a", "b", "c"]
    monitor.post("a")
    monitor.flush()
    monitor.post("b")
    assert monitor.settle() == [1, 2]
    assert monitor.settle() == []


def test_a_posted_command_that_is_refused_is_named_and_the_rest_is_not_left_over(connect):
    refusal = {"error": {"class": "GenericError", "desc": "no"}}
    monitor, _ = connect({"a": [refusal], "b": [{"return": 2}]})
    monitor.post("a")
    with pytest.raises(QmpError, match="QEMU refused a: no"):
        monitor.execute("b")
    assert monitor.execute("b") == 2


def test_an_answer_that_nobody_waits_for_is_dropped(connect):
    monitor, fake = connect({"a": [event("STOP"), {"return": 1}]})
    fake._theirs.sendall(b'{"return": 9, "id": "of somebody else"}\n')
    assert monitor.execute("a") == 1
    assert monitor.settle() == []


@pytest.mark.parametrize("text", [b"no json\n", b"[1]\n", b'{"error": {"desc": "what?"}}\n'])
def test_what_is_no_message_ends_the_connection(connect, text):
    monitor, fake = connect({"a": []})
    fake._theirs.sendall(b"\r\n" + text)
    with pytest.raises(EOFError, match="the connection ended: a: what came is no message"):
        monitor.execute("a")
    with pytest.raises(EOFError, match="the connection ended"):
        monitor.execute("a")


def test_what_came_with_the_end_of_the_negotiation_is_not_lost(connect):
    monitor, _ = connect({"qmp_capabilities": [{"return": {}}, event("STOP"), event("RESUME")]})
    monitor.wait_for("RESUME", lambda _: True)
    assert [one.name for one in monitor.events()] == ["STOP"]


def test_a_message_that_does_not_fit_into_the_socket_is_sent_in_parts(connect):
    monitor, fake = connect({"a": [{"return": 1}]})
    assert monitor.execute("a", data="x" * 3_000_000) == 1
    assert len(fake.seen[-1]["arguments"]["data"]) == 3_000_000
    assert monitor.execute("a") == 1


def test_nothing_can_be_asked_before_there_is_a_connection():
    monitor = Monitor(1)
    with pytest.raises(EOFError, match="the connection ended: a: it was never made"):
        monitor.execute("a")
    monitor.close()
