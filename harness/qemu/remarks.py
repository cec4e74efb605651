"""Remarks: what QEMU says in loading a state, and whom it blames.

A line of the human monitor is an error where the command failed, and only then; whatever a
device has to say of a load that goes through is none.  Of that, this knows what it holds
against the guest itself.  It knows no session.
"""

from __future__ import annotations

from pathlib import Path

#: What the line of an error begins with.
#: Source: QEMU 7.2 monitor/hmp-cmds.c, hmp_handle_error.
_ERROR = "Error: "
#: What is no part of an error.  Source: QEMU 7.2 util/qemu-error.c, print_loc and vreport: no
#: program name in a monitor.
_ASIDES = ("warning: ", "info: ")

#: What loading holds against the guest, and breaks the device for on purpose: a state that no
#: driver that keeps to the specification brings about, and of which nothing can be judged.
FAULTS = {
    # Source: QEMU 7.2 hw/virtio/virtio.c, virtio_load; Virtual I/O Device 1.2, 2.7.6.
    "inconsistent with Host index": "the guest took back what it had given a virtio ring",
}


def complaint(printed: str) -> str:
    """Return why a command failed by what it printed; empty if it did not.

    A device that reports something, but loads, has not refused: such lines alone are no
    complaint.
    """
    lines = [line for line in printed.strip().splitlines() if not line.startswith(_ASIDES)]
    return "\n".join(lines) if any(line.startswith(_ERROR) for line in lines) else ""


class Remarks:
    """What was held against the guest, in the monitor and in the log of its process.

    Args:
        log: the process's standard error, where QEMU reports what no monitor asked for.
    """

    def __init__(self, log: Path) -> None:
        self._log = log
        self._read = 0
        self._heard: list[str] = []

    def hear(self, printed: str) -> None:
        """Take note of what a command printed."""
        self._heard += [why for what, why in FAULTS.items() if what in printed]

    def read(self) -> str:
        """Take note of what the log has got since it was last read, and return that.

        Nothing if the log is gone.
        """
        new = b""
        try:
            if self._log.stat().st_size > self._read:
                with self._log.open("rb") as log:
                    log.seek(self._read)
                    new = log.read()
                self._read += len(new)
        except FileNotFoundError:
            pass  # the process is gone, and whoever asks learns that from the next command
        said = new.decode(errors="replace").strip()
        self.hear(said)
        return said

    def take(self) -> tuple[str, ...]:
        """Return, once, what was held against the guest."""
        self.read()
        heard, self._heard = self._heard, []
        return tuple(dict.fromkeys(heard))
