#!/usr/bin/env python3
"""virtio-blk-pci changes on loading: virtio

Found with QEMU 11.1.3, machine pc,device=virtio-blk-pci; reproduced 3 of 3 times.
Needs QEMU and Python's standard library, nothing else:

    python3 virtio-blk-pci-virtio-d2a15156.py [QEMU]

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

MACHINE = ["-M", "pc", "-nodefaults", "-display", "none", "-S", "-no-shutdown", "-m", "4M", "-accel", "tcg", "-rtc", "base=2020-01-01T00:00:00,clock=vm", "-seed", "1", "-blockdev", "null-co,node-name=dut-drive,size=1048576,read-zeroes=on", "-device", "virtio-blk-pci,id=dut,ioeventfd=off,drive=dut-drive"]
INTERCEPT = "/machine/i440fx/ioapic"
TRACE = """
outl 0xcf8 0x80001010
outl 0xcfc 0xc080
outl 0xcf8 0x80001020
outl 0xcfc 0xc0004000
outl 0xcf8 0x80001004
outl 0xcfc 0x7
outl 0xc088 0x100
writeb 0xc0004018 0x1
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
        self.jobs, self.is_saved = 0, False
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

    def reset(self):
        self.events.clear()
        self.execute("system_reset")
        while "RESET" not in self.events:
            self.events.append(json.loads(self.line(self.qmp_in)).get("event"))

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
        # savevm wants every drive to take snapshots; a job is told which node to use.
        if self.is_saved:
            self.job("snapshot-delete", tag="cycle", devices=["snapshots"])
        self.is_saved = True
        return self.job("snapshot-save", tag="cycle", vmstate="snapshots", devices=["snapshots"])

    def load(self):
        return self.job("snapshot-load", tag="cycle", vmstate="snapshots", devices=["snapshots"])

    def end(self):
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
    return compared(expected, qemu.run(suffix)) + resaved(before, after)


def compared(expected, seen):
    """Return where the two runs differ, as text."""
    differences = []
    for (command, mine, mine_moves), (_, theirs, their_moves) in zip(expected, seen):
        if mine != theirs:
            differences.append("%s: never reloaded %s, after the reload %s" % (command, mine, theirs))
    return differences


def resaved(before, after):
    """Return where the state and what is saved of it again differ, as text."""
    if before == after:
        return []
    offset = next((i for i, (a, b) in enumerate(zip(before, after)) if a != b),
                  min(len(before), len(after)))
    return ["saved state: %d bytes, again after loading %d bytes, differ from offset 0x%x on: %s, %s"
            % (len(before), len(after), offset,
               before[offset:offset + 16].hex(), after[offset:offset + 16].hex())]


def main():
    binary = sys.argv[1] if len(sys.argv) > 1 else os.environ.get("QEMU", "qemu-system-x86_64")
    segments = [[]]
    for line in TRACE.split("\n"):
        if line == "cycle":
            segments.append([])
        elif line:
            segments[-1].append(line)
    release = os.path.abspath(shutil.which(binary) or binary), INTERCEPT
    folder = os.path.realpath(tempfile.mkdtemp())
    os.chdir(folder)
    started = []
    try:
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
