"""The VM state in a qcow2 image: what ``savevm`` wrote, as the pieces of a stream.

::

    read_at, size --list_snapshots--> snapshots --vm_state--> pieces --StreamReader--> events

``read_at(offset, size)`` returns so many bytes of the image from that place; nothing here
opens a file.  An image can be read while a stopped QEMU has it open: QEMU writes all of a
snapshot out before ``savevm`` answers.  It knows nothing of disks' content, refcounts,
bitmaps, or of what is in the stream.
"""

from vmstate.qcow2.errors import ImageError
from vmstate.qcow2.file import ReadAt
from vmstate.qcow2.header import Header, is_qcow2, read_header
from vmstate.qcow2.snapshots import Snapshot, choose_snapshot, list_snapshots
from vmstate.qcow2.state import vm_state

__all__ = [
    "Header",
    "ImageError",
    "ReadAt",
    "Snapshot",
    "choose_snapshot",
    "is_qcow2",
    "list_snapshots",
    "read_header",
    "vm_state",
]
