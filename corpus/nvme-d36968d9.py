#!/usr/bin/env python3
"""nvme refuses its own state: the machine

Found with QEMU 11.1.3, machine pc,device=nvme; reproduced 3 of 3 times.
Needs QEMU and Python's standard library, nothing else:

    python3 nvme-d36968d9.py [QEMU]

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

MACHINE = ["-M", "pc", "-nodefaults", "-display", "none", "-S", "-no-shutdown", "-m", "4M", "-accel", "tcg", "-rtc", "base=2020-01-01T00:00:00,clock=vm", "-seed", "1", "-blockdev", "null-co,node-name=dut-drive,size=1048576,read-zeroes=on", "-device", "nvme,id=dut,drive=dut-drive,serial=1"]
INTERCEPT = "/machine/i440fx/ioapic"
#: Whether the state is loaded by another process, or by the same after a reset.
IS_FRESH = False
TRACE = """
outl 0xcf8 0x80001010
outl 0xcfc 0xc0000000
outl 0xcf8 0x80001004
outl 0xcfc 0x7
write 0x100000 0x40 0x05000100000000000000000000000000000000000000000000401000000000000000000000000000010001000100000000000000000000000000000000000000
write 0x100040 0x40 0x01000200000000000000000000000000000000000000000000101000000000000000000000000000010007000100010000000000000000000000000000000000
writel 0xc0000024 0x10002
writel 0xc0000028 0x100000
writel 0xc0000014 0x460001
writeb 0xc0001000 0x2
write 0x100000 0x1000 0x00000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000
write 0x101000 0x40 0x00001000010000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000000
writeb 0xc0001008 0x2
cycle
"""
TIMEOUT_S = 30


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
    def __init__(self, binary, folder, *more):
        image = os.path.join(folder, "snapshots.qcow2")
        qcow2(image)
        node = {"driver": "qcow2", "node-name": "snapshots",
                "file": {"driver": "file", "filename": image}}
        zeros = os.path.join(folder, "zeros.img")
        with open(zeros, "wb") as file:
            file.write(bytes(4096))
        machine = [zeros if word == "zeros.img" else word for word in MACHINE]
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
        if INTERCEPT:
            self.run(["irq_intercept_in " + INTERCEPT])

    def line(self, stream):
        line = stream.readline()
        if not line:
            raise OSError("QEMU ended (exit status %s)" % self.process.wait(TIMEOUT_S))
        return line.decode()

    def execute(self, command, **arguments):
        self.qmp.sendall(json.dumps({"execute": command, "arguments": arguments}).encode())
        while True:
            reply = json.loads(self.line(self.qmp_in))
            if "error" in reply:
                raise OSError("%s: %s" % (command, reply["error"]["desc"]))
            if "event" in reply:
                self.events.append(reply["event"])
            if "return" in reply:
                return reply["return"]

    def reset(self):
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

    def migrate(self, binary):
        """Migrate to a new process, which nothing else has touched; return it.

        Which is not a Qemu but text, saying why, where it refuses the state.
        """
        folder = tempfile.mkdtemp(dir=self.folder)
        # Relative to where all of them run: the path of a socket may have some 100 bytes only.
        address = "unix:" + os.path.relpath(os.path.join(folder, "migration"))
        target = Qemu(binary, folder, "-incoming", "defer")
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
                if self.release() >= (10, 0):
                    target.execute("blockdev-set-active", active=True)
                return target
            time.sleep(0.01)
        raise OSError("the migration did not end")

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
    before = qemu.state(path)
    expected = qemu.run(suffix)
    qemu.reset()
    failed = qemu.load()
    if failed:
        return ["loadvm: " + failed]
    after = qemu.state(path)
    return compared(before, expected, after, qemu.run(suffix))


def reached(binary, folder, segments, started):
    """Run all segments, each but the first in a process of its own; return what came last.

    That is: the process at the last checkpoint, or text, saying why it can't be reached.
    """
    qemu = Qemu(binary, tempfile.mkdtemp(dir=folder))
    started.append(qemu)
    qemu.run(segments[0])
    for segment in segments[1:]:
        qemu = qemu.migrate(binary)
        if isinstance(qemu, str):
            return qemu
        qemu.run(segment)
    return qemu


def fresh_cycle(binary, folder, segments, started):
    """Run everything twice, but let another process run the last segment of the second."""
    *prefix, suffix = segments
    path = os.path.join(folder, "state")
    first = reached(binary, folder, prefix, started)
    if isinstance(first, str):
        return [first]
    # A machine that can't be saved may die of being asked for its state.
    before = first.state(path) if False else b""
    expected = first.run(suffix)
    second = reached(binary, folder, prefix, started)
    if not isinstance(second, str):
        second = second.migrate(binary)
    if isinstance(second, str):
        return [second]
    after = second.state(path) if False else b""
    return compared(before, expected, after, second.run(suffix))


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
    segments = [[]]
    for line in TRACE.split("\n"):
        if line == "cycle":
            segments.append([])
        elif line:
            segments[-1].append(line)
    binary = os.path.abspath(shutil.which(binary) or binary)
    folder = os.path.realpath(tempfile.mkdtemp())
    os.chdir(folder)
    started = []
    try:
        differences = []
        if IS_FRESH:
            differences = fresh_cycle(binary, folder, segments, started)
        else:
            qemu = Qemu(binary, folder)
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
