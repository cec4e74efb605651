#!/usr/bin/env python3
"""fw_cfg_io crashes over a state with another <fw_cfg/acpi_mr>.rsdp_mr_size

Found with QEMU 11.1.3, machine pc,reload=fresh; reproduced 3 of 3 times.
Needs QEMU and Python's standard library, nothing else:

    python3 fw-cfg-io-fw-cfg-acpi-mr-rsdp-mr-size-cab5ce58.py [QEMU]

Starts QEMU stopped (-S, no guest code runs), drives it over qtest, and runs the commands
after "cycle" in a process that was given the state of one that ran all before, with
other values in a few fields (SPOILT). It may refuse that, but not die of it.
Exit status: 1 the two runs differ (the bug is there), 0 they agree, 2 could not run.
"""

import json
import os
import shutil
import socket
import struct
import subprocess
import sys
import tempfile
import threading
import time

MACHINE = ["-M", "pc", "-nodefaults", "-display", "none", "-S", "-no-shutdown", "-m", "4M", "-accel", "tcg", "-rtc", "base=2020-01-01T00:00:00,clock=vm", "-seed", "1"]
INTERCEPT = "/machine/i440fx/ioapic"
#: What of the state is not loaded as it was saved: section, instance id, offset in the section's
#: body, and the bytes that stand there then.
SPOILT = [["fw_cfg", 0, 66, "0000000000001001"]]
TRACE = """
spoil fw_cfg 0 <fw_cfg/acpi_mr>.rsdp_mr_size 0x0000000000001001
cycle
"""
TIMEOUT_S = 30


class Refusal(OSError):
    """QEMU refused what its monitor was asked for."""


def qcow2(path):
    """An empty image for the snapshots: header, refcount table, refcount block, L1 table."""
    cluster = 1 << 16
    image = bytearray(4 * cluster)
    struct.pack_into(">4sIQIIQIIQQIIQQQQII", image, 0, b"QFI\xfb", 3, 0, 0, 16, 1 << 20, 0, 1,
                     3 * cluster, cluster, 1, 0, 0, 0, 0, 0, 4, 104)
    struct.pack_into(">Q", image, cluster, 2 * cluster)
    struct.pack_into(">4H", image, 2 * cluster, 1, 1, 1, 1)
    with open(path, "wb") as file:
        file.write(image)


class Qemu:
    def __init__(self, release, folder, *more):
        binary, intercept = release
        image = os.path.join(folder, "snapshots.qcow2")
        qcow2(image)
        node = {"driver": "qcow2", "node-name": "snapshots",
                "file": {"driver": "file", "filename": image}}
        machine = MACHINE
        qmp, qmp_end = socket.socketpair()
        qtest, qtest_end = socket.socketpair()
        argv = [binary, *machine, *more, "-blockdev", json.dumps(node),
                "-chardev", "socket,id=monitor,fd=%d" % qmp_end.fileno(),
                "-qmp", "chardev:monitor",
                "-chardev", "socket,id=qtest,fd=%d" % qtest_end.fileno(),
                "-qtest", "chardev:qtest", "-qtest-log", "none"]
        self.process = subprocess.Popen(argv, stdin=subprocess.DEVNULL,
                                        pass_fds=(qmp_end.fileno(), qtest_end.fileno()))
        qmp_end.close()
        qtest_end.close()
        for connection in (qmp, qtest):
            connection.settimeout(TIMEOUT_S)
        self.qmp, self.qtest, self.events = qmp, qtest, []
        self.folder, self.children = folder, []
        self.qmp_in, self.qtest_in = qmp.makefile("rb"), qtest.makefile("rb")
        self.line(self.qmp_in)
        self.execute("qmp_capabilities")
        if intercept:
            self.run(["irq_intercept_in " + intercept])

    def line(self, stream):
        try:
            line = stream.readline()
        except ConnectionError:
            line = b""
        if not line:
            raise OSError("QEMU ended (exit status %s)" % self.process.wait(TIMEOUT_S))
        return line.decode()

    def execute(self, command, **arguments):
        self.qmp.sendall(json.dumps({"execute": command, "arguments": arguments}).encode())
        while True:
            reply = json.loads(self.line(self.qmp_in))
            if "error" in reply:
                raise Refusal("%s: %s" % (command, reply["error"]["desc"]))
            if "event" in reply:
                self.events.append(reply["event"])
            if "return" in reply:
                return reply["return"]

    def run(self, commands):
        """Run qtest commands; return each answer and the interrupt lines that moved with it."""
        # All at once, as they were when this was found: QEMU does other work between two
        # that it has to wait for.  Answers are read meanwhile, or both sides could block.
        shown, lines = [], ["endianness", *commands]
        sender = threading.Thread(target=self.send, args=("".join(line + "\n" for line in lines),))
        sender.start()
        for command in lines:
            moves = []
            while True:
                line = self.line(self.qtest_in).strip()
                if not line.startswith("IRQ"):
                    break
                moves.append(line)
            if not line.startswith("OK"):
                raise OSError("%s: %s" % (command, line))
            shown.append((command, line[3:], moves))
        sender.join()
        return shown[1:]

    def send(self, text):
        try:
            self.qtest.sendall(text.encode())
        except OSError:
            pass  # whoever reads meets it too

    def migrate(self, release):
        """Migrate to a new process, which nothing else has touched; return it.

        Which is not a Qemu but text, saying why, where it refuses the state.
        """
        folder = tempfile.mkdtemp(dir=self.folder)
        # Relative to where all of them run: the path of a socket may have some 100 bytes only.
        address = "unix:" + os.path.relpath(os.path.join(folder, "migration"))
        target = Qemu(release, folder, "-incoming", "defer")
        self.children.append(target)
        target.execute("migrate-incoming", uri=address)
        try:
            self.execute("migrate", uri=address)
        except OSError as error:
            return str(error)
        deadline = time.monotonic() + TIMEOUT_S
        while time.monotonic() < deadline:
            status = self.execute("query-migrate").get("status")
            try:
                arrived = target.execute("query-migrate").get("status")
            except OSError as error:
                return "migrate: the target: %s" % error
            if "failed" in (status, arrived):
                return "migrate: the state was refused, or not saved"
            if status == arrived == "completed":
                if target.release() >= (10, 0):
                    target.execute("blockdev-set-active", active=True)
                return target
            time.sleep(0.01)
        raise OSError("the migration did not end")

    def stream(self):
        """Migrate to this script; return the stream."""
        with socket.socket(socket.AF_UNIX) as listener:
            listener.bind("stream.sock")
            listener.listen()
            listener.settimeout(TIMEOUT_S)
            self.execute("migrate", uri="unix:" + os.path.abspath("stream.sock"))
            connection, _ = listener.accept()
            with connection, connection.makefile("rb") as stream:
                return stream.read()

    def feed(self, stream):
        """Load a stream; return whether it was accepted."""
        address = os.path.abspath("feed.sock")
        self.execute("migrate-incoming", uri="unix:" + address)
        with socket.socket(socket.AF_UNIX) as connection:
            connection.settimeout(TIMEOUT_S)
            connection.connect(address)
            try:
                connection.sendall(stream)
            except (BrokenPipeError, ConnectionResetError):
                pass  # refused, or dead: its monitor tells
        deadline = time.monotonic() + TIMEOUT_S
        while time.monotonic() < deadline:
            status = self.execute("query-migrate").get("status")
            if status in ("completed", "failed"):
                return status == "completed"
            time.sleep(0.01)
        raise OSError("timed out: the state is neither loaded nor refused")

    def release(self):
        version = self.execute("query-version")["qemu"]
        return version["major"], version["minor"]

    def end(self):
        for child in self.children:
            child.end()
        self.process.kill()
        self.process.wait()


def reached(releases, folder, segments, started):
    """Run all segments, each but the first in a process of its own; return what came last.

    That is: the process at the last checkpoint, or text, saying why it can't be reached.
    The releases take turns.
    """
    qemu = Qemu(releases[0], tempfile.mkdtemp(dir=folder))
    started.append(qemu)
    qemu.run(segments[0])
    for number, segment in enumerate(segments[1:], start=1):
        qemu = qemu.migrate(releases[number % len(releases)])
        if isinstance(qemu, str):
            return qemu
        qemu.run(segment)
    return qemu


def spoilt_cycle(release, folder, segments, started):
    """Load a spoilt state in another process; return what it died of as text."""
    *prefix, suffix = segments
    first = reached([release], folder, prefix, started)
    if isinstance(first, str):
        return [first]
    stream = bytearray(first.stream())
    for name, instance, offset, data in SPOILT:
        head = bytes([len(name)]) + name.encode() + struct.pack(">I", instance)
        # Behind it come the version and the section's body.
        at = stream.index(head) + len(head) + 4 + offset
        stream[at:at + len(data) // 2] = bytes.fromhex(data)
    second = Qemu(release, tempfile.mkdtemp(dir=folder), "-incoming", "defer")
    started.append(second)
    is_loaded = False
    try:
        is_loaded = second.feed(stream)
        if is_loaded:
            second.run(suffix)
    except OSError as error:
        # One that refuses a state says why, and ends with exit status 1.
        if is_loaded or second.process.poll() != 1:
            return ["the spoilt state: %s" % error]
    return []


def main():
    binary = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("QEMU", "qemu-system-x86_64")
    segments = [[]]
    for line in TRACE.split("\n"):
        if line == "cycle":
            segments.append([])
        elif line and not line.startswith("spoil "):
            segments[-1].append(line)
    release = os.path.abspath(shutil.which(binary) or binary), INTERCEPT
    folder = os.path.realpath(tempfile.mkdtemp())
    os.chdir(folder)
    started = []
    try:
        differences = spoilt_cycle(release, folder, segments, started)
    except (OSError, subprocess.SubprocessError) as error:
        print("could not run: %s" % error, file=sys.stderr)
        return 2
    finally:
        for qemu in started:
            qemu.end()
        os.chdir(os.path.dirname(folder))
        shutil.rmtree(folder)
    for difference in differences:
        print(difference)
    if not differences:
        print("the run after the reload is the same")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
