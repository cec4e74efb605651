#!/usr/bin/env python3
"""cirrus-vga does not restore cirrus-linear-io+0x13 bits 0xff

Found with QEMU 11.1.3, machine pc,device=cirrus-vga; reproduced 10 of 10 times.
Needs QEMU and Python's standard library, nothing else:

    python3 cirrus-vga-cirrus-linear-io-13-fa69d2b6.py [QEMU]

Starts QEMU stopped (-S, no guest code runs), drives it over qtest, and runs the commands
after "cycle" twice from one snapshot: at once, and after savevm, system_reset, loadvm.
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

MACHINE = ["-M", "pc", "-nodefaults", "-display", "none", "-S", "-no-shutdown", "-m", "4M", "-accel", "tcg", "-rtc", "base=2020-01-01T00:00:00,clock=vm", "-seed", "1", "-device", "cirrus-vga,id=dut"]
INTERCEPT = "/machine/i440fx/ioapic"
#: Whether the state is loaded by another process, or by the same after a reset.
IS_FRESH = False
#: Whether virtual time is stepped, which the qtest accelerator allows while the machine runs.
HAS_CLOCK = False
#: Whether it is loaded by a process of another release, and what INTERCEPT is called there.
IS_CROSS = False
OTHER_INTERCEPT = ""
#: The section that this is about; empty for none.
SECTION = "0000:00:02.0/cirrus_vga"
#: What of the state is not loaded as it was saved: section, instance id, offset in the section's
#: body, and the bytes that stand there then.
SPOILT = []
TRACE = """
outl 0xcf8 0x80001010
outl 0xcfc 0xc0000000
outl 0xcf8 0x80001014
outl 0xcfc 0xc2000000
outl 0xcf8 0x80001004
outl 0xcfc 0x7
cycle
writeb 0xc0000013 0x1
write 0xc2000108 0x10 0x07000f00000100010007010000000000
writeb 0xc2000118 0x4
writeb 0xc2000140 0x2
readb 0xc0000013
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


class Clock:
    """Virtual time of a process under the qtest accelerator.

    A snapshot does not hold it, as it does with every other accelerator, and QEMU never sets it
    back.  It is one word in QEMU's memory: the one that goes with what clock_step does to it.
    """

    STEPS = (1009, 2003, 4001, 8009)

    def __init__(self, pid, ask):
        self.ask, self.memory = ask, os.open("/proc/%d/mem" % pid, os.O_RDWR)
        spans = list(self.spans(pid))
        began = now = self.asked("clock_set 0")
        places = None
        for step in self.STEPS:
            now += step
            if self.asked("clock_step %d" % step) != now:
                raise OSError("clock_step does not move the clock")
            if places is None:
                places = [at for start, end in spans for at in self.words(start, end, now)]
            places = [at for at in places if self.get(at) == now]
        for self.place in places:
            self.set(began)
            if self.asked("clock_set 0") == began:
                return
            self.set(now)
        raise OSError("the clock was not found in QEMU's memory")

    @staticmethod
    def spans(pid):
        """Yield what holds variables of programs; those that begin as zeros are in no file."""
        is_file, reached = False, 0
        with open("/proc/%d/maps" % pid) as maps:
            for line in maps:
                words = line.split(maxsplit=5)
                start, end = (int(word, 16) for word in words[0].split("-"))
                if len(words) > 5:
                    is_file = words[5].startswith("/")
                elif start != reached:
                    is_file = False
                reached = end
                if is_file and words[1] == "rw-p":
                    yield start, end

    def words(self, start, end, value):
        data = os.pread(self.memory, end - start, start)
        wanted, at = struct.pack("=q", value), data.find(struct.pack("=q", value))
        while at >= 0:
            if at % 8 == 0:
                yield start + at
            at = data.find(wanted, at + 1)

    def asked(self, command):
        last = self.ask(command).split()[-1]
        return int(last) if last.isdecimal() else -1

    def get(self, place=None):
        return struct.unpack("=q", os.pread(self.memory, 8, place or self.place))[0]

    def set(self, now):
        os.pwrite(self.memory, struct.pack("=q", now), self.place)


class Qemu:
    def __init__(self, release, folder, *more, time_ns=0):
        binary, intercept = release
        image = os.path.join(folder, "snapshots.qcow2")
        qcow2(image)
        node = {"driver": "qcow2", "node-name": "snapshots",
                "file": {"driver": "file", "filename": image}}
        zeros = os.path.join(folder, "zeros.img")
        with open(zeros, "wb") as file:
            file.write(bytes(4096))
        peer = "path=" + os.path.join(folder, "peer.sock").replace(",", ",,")
        machine = [zeros if word == "zeros.img" else word.replace("path=peer.sock", peer)
                   for word in MACHINE]
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
        self.jobs, self.is_saved = 0, False
        self.folder, self.children = folder, []
        # savevm wants every drive to take snapshots; a job is told which node to use.
        self.has_drives = "-blockdev" in MACHINE or "-drive" in MACHINE
        self.qmp_in, self.qtest_in = qmp.makefile("rb"), qtest.makefile("rb")
        self.line(self.qmp_in)
        self.execute("qmp_capabilities")
        self.clock = Clock(self.process.pid, self.ask) if HAS_CLOCK else None
        if self.clock and "-incoming" in more:
            self.clock.set(time_ns)
        elif self.clock:
            self.execute("cont")
        if intercept:
            self.run(["irq_intercept_in " + intercept])

    def ask(self, command):
        self.send(command + "\n")
        return self.line(self.qtest_in)

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

    def reset(self):
        if self.clock:
            self.clock.set(self.saved_at)
        self.events.clear()
        self.execute("system_reset")
        while "RESET" not in self.events:
            self.events.append(json.loads(self.line(self.qmp_in)).get("event"))

    def monitor(self, line):
        return self.execute("human-monitor-command", **{"command-line": line}).strip()

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

    def job(self, command, **arguments):
        """Run a job to its end; return what went wrong, empty for nothing."""
        self.jobs += 1
        name = "job%d" % self.jobs
        arguments["job-id"] = name
        self.execute(command, **arguments)
        deadline = time.monotonic() + TIMEOUT_S
        while time.monotonic() < deadline:
            for job in self.execute("query-jobs"):
                if job["id"] == name and job["status"] == "concluded":
                    self.execute("job-dismiss", id=name)
                    return job.get("error", "")
            time.sleep(0.01)
        raise OSError("%s did not end" % command)

    def save(self):
        self.saved_at = self.clock.get() if self.clock else 0
        if not self.has_drives:
            return self.monitor("savevm cycle")
        if self.is_saved:
            self.job("snapshot-delete", tag="cycle", devices=["snapshots"])
        self.is_saved = True
        return self.job("snapshot-save", tag="cycle", vmstate="snapshots", devices=["snapshots"])

    def load(self):
        if not self.has_drives:
            return self.monitor("loadvm cycle")
        return self.job("snapshot-load", tag="cycle", vmstate="snapshots", devices=["snapshots"])

    def migrate(self, release):
        """Migrate to a new process, which nothing else has touched; return it.

        Which is not a Qemu but text, saying why, where it refuses the state.
        """
        folder = tempfile.mkdtemp(dir=self.folder)
        # Relative to where all of them run: the path of a socket may have some 100 bytes only.
        address = "unix:" + os.path.relpath(os.path.join(folder, "migration"))
        if self.clock:
            self.execute("stop")
        time_ns = self.clock.get() if self.clock else 0
        target = Qemu(release, folder, "-incoming", "defer", time_ns=time_ns)
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
                if target.clock:
                    target.execute("cont")
                elif target.release() >= (10, 0):
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
            if self.clock:
                self.execute("stop")
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

    def state(self, path):
        self.execute("xen-save-devices-state", filename=path, live=False)
        with open(path, "rb") as file:
            return file.read()


def cycle(qemu, folder, suffix):
    """Run one cycle in place; return the differences as text."""
    path = os.path.join(folder, "state")
    failed = qemu.save()
    if failed:
        return ["savevm: " + failed]
    try:
        before = qemu.state(path)
    except Refusal as error:
        return ["savevm: %s" % error]
    expected = qemu.run(suffix)
    qemu.reset()
    failed = qemu.load()
    if failed:
        return ["loadvm: " + failed]
    try:
        after = qemu.state(path)
    except Refusal as error:
        return ["saved again after loading: %s" % error]
    return compared(before, expected, after, qemu.run(suffix))


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


def fresh_cycle(release, folder, segments, started):
    """Run everything twice, but let another process run the last segment of the second."""
    *prefix, suffix = segments
    path = os.path.join(folder, "state")
    first = reached([release], folder, prefix, started)
    if isinstance(first, str):
        return [first]
    # A machine that can't be saved may die of being asked for its state.
    before = first.state(path) if False else b""
    expected = first.run(suffix)
    second = reached([release], folder, prefix, started)
    if not isinstance(second, str):
        second = second.migrate(release)
    if isinstance(second, str):
        return [second]
    after = second.state(path) if False else b""
    return compared(before, expected, after, second.run(suffix))


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
    time_ns = first.clock.get() if first.clock else 0
    second = Qemu(release, tempfile.mkdtemp(dir=folder), "-incoming", "defer", time_ns=time_ns)
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


def cross_cycle(releases, folder, segments, started):
    """Run everything with and without the last migration, and in each release by itself.

    What a release does otherwise by itself is no migration's doing, and is not compared.
    """
    *prefix, suffix = segments
    flat = [[line for segment in prefix for line in segment]]
    usual, other = releases
    # Whose turn it is to begin with, and what is run up to the checkpoint.
    ways = [(releases, prefix), (releases, [*prefix, []]), ([usual], flat), ([other], flat)]
    futures, states = [], []
    for whose, begun in ways:
        qemu = reached(whose, folder, begun, started)
        if isinstance(qemu, str):
            return [qemu]
        futures.append(qemu.run(suffix))
        if False:
            # The state is that which the first release has, or makes of it when it is given back.
            told = reached(whose, folder, begun, started)
            if whose[(len(begun) - 1) % len(whose)] != usual:
                told = told.migrate(usual)
            if isinstance(told, str):
                return [told]
            states.append(part(told.state(os.path.join(folder, "state"))))
    expected, seen, *alone = futures
    for one in alone:
        seen = [settled(*answers) for answers in zip(expected, one, seen)]
    if not states:
        return compared(b"", expected, b"", seen)
    before, after, *alone = states
    for one in alone:
        if len(one) != len(before):
            after = before
        elif len(after) == len(before):
            after = bytes(b if a == c else a for a, b, c in zip(before, after, one))
    return compared(before, expected, after, seen)


def settled(expected, alone, seen):
    """Return what was seen, without what a release does otherwise by itself."""
    command, mine, moves = expected
    _, other, other_moves = alone
    _, theirs, their_moves = seen
    return command, theirs if mine == other else mine, moves if moves != other_moves else their_moves


def part(state):
    """Return what the section that the finding is about sends; all of it where none is named."""
    name = bytes([len(SECTION)]) + SECTION.encode()
    start = state.find(name) if SECTION else -1
    if start < 0:
        return state
    return state[start:state.index(b"\x7e" + state[start - 4:start], start)]


def compared(before, expected, after, seen):
    """Return the differences as text."""
    differences = []
    for (command, mine, mine_moves), (_, theirs, their_moves) in zip(expected, seen):
        if mine != theirs:
            differences.append("%s: never reloaded %s, after the reload %s" % (command, mine, theirs))
        elif mine_moves != their_moves and False:
            differences.append("%s: never reloaded %s, after the reload %s"
                               % (command, mine_moves, their_moves))
    if before != after and False:
        offset = next((i for i, (a, b) in enumerate(zip(before, after)) if a != b),
                      min(len(before), len(after)))
        differences.append("saved state: %d bytes, again after loading %d bytes, differ from offset "
                           "0x%x on: %s, %s" % (len(before), len(after), offset,
                                               before[offset:offset + 16].hex(),
                                               after[offset:offset + 16].hex()))
    return differences


def main():
    binary = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("QEMU", "qemu-system-x86_64")
    other = sys.argv[2] if len(sys.argv) > 2 else os.environ.get("QEMU_OTHER", "qemu-system-x86_64")
    segments = [[]]
    for line in TRACE.split("\n"):
        if line == "cycle":
            segments.append([])
        elif line and not line.startswith("spoil "):
            segments[-1].append(line)
    release, other = [(os.path.abspath(shutil.which(one) or one), intercept)
                      for one, intercept in ((binary, INTERCEPT), (other, OTHER_INTERCEPT))]
    folder = os.path.realpath(tempfile.mkdtemp())
    os.chdir(folder)
    started = []
    try:
        differences = []
        if IS_CROSS:
            differences = cross_cycle([release, other], folder, segments, started)
        elif SPOILT:
            differences = spoilt_cycle(release, folder, segments, started)
        elif IS_FRESH:
            differences = fresh_cycle(release, folder, segments, started)
        else:
            qemu = Qemu(release, folder)
            started.append(qemu)
            qemu.run(segments[0])
            for suffix in segments[1:]:
                differences = cycle(qemu, folder, suffix)
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
