"""Elements of a virtqueue that a device has taken and not given back yet.

QEMU sends the memory of a C structure: its numbers are in the host's byte order, here that
of a little-endian host with 64-bit addresses, and it has room for 1024 buffers each way
whatever their number.

Source: QEMU 11.1 hw/virtio/virtio.c: VirtQueueElementOld, qemu_put_virtqueue_element,
qemu_get_virtqueue_element.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from struct import Struct, error

from vmstate.cursor import Reader, Writer
from vmstate.errors import StreamError
from vmstate.info.devices.place import inside

#: Buffers that there is room for, each way.
MOST_BUFFERS = 1024
#: Index, buffers out, buffers in; then filled up to eight bytes.
_HEAD = Struct("<III4x")
#: Guest addresses in and out, then host address (always zero) and length, in and out.
_WORDS = Struct(f"<{6 * MOST_BUFFERS}Q")
#: Bytes of an element without the count of descriptors.
SIZE = _HEAD.size + _WORDS.size


@dataclass(slots=True)
class Element:
    """An element.

    Attributes:
        index: of its first descriptor, 32 bits.
        inputs, outputs: the guest address and length of each buffer that the device
            writes or reads, 64 bits each.
        ndescs: how many descriptors it takes, 32 bits; sent by devices that offer packed
            rings.
    """

    index: int = 0
    inputs: list[tuple[int, int]] = field(default_factory=list)
    outputs: list[tuple[int, int]] = field(default_factory=list)
    ndescs: int = 0


def load_element(reader: Reader, *, is_packed: bool) -> Element:
    """Read an element.

    The count of descriptors is read where it is written, in front.  QEMU's own loader
    looks for it behind the element, so it can't load one that was saved with packed rings.

    Args:
        reader: where to read.
        is_packed: whether the device offers packed rings.

    Raises:
        StreamError: it has more buffers than there is room for.
    """
    ndescs = reader.unsigned(4) if is_packed else 0
    offset = reader.offset
    index, outputs, inputs = _HEAD.unpack(reader.take(_HEAD.size))
    if max(inputs, outputs) > MOST_BUFFERS:
        raise StreamError(
            f"an element of {inputs} buffers in and {outputs} out: expected 0 to "
            f"{MOST_BUFFERS} of each",
            offset=offset,
            path=reader.path,
        )
    words = _WORDS.unpack(reader.take(_WORDS.size))
    addresses, vectors = words[: 2 * MOST_BUFFERS], words[2 * MOST_BUFFERS :]
    lengths = vectors[1::2]
    return Element(
        index,
        list(zip(addresses[:inputs], lengths[:inputs], strict=True)),
        list(
            zip(
                addresses[MOST_BUFFERS : MOST_BUFFERS + outputs],
                lengths[MOST_BUFFERS : MOST_BUFFERS + outputs],
                strict=True,
            )
        ),
        ndescs,
    )


def save_element(writer: Writer, element: object, *, is_packed: bool) -> None:
    """Write an element.

    Raises:
        EncodeError: *element* is none, or a number does not fit.
    """
    if not isinstance(element, Element):
        raise writer.unfit(element, "not an Element")
    if is_packed:
        with inside(writer, "ndescs"):
            writer.integer(element.ndescs, 4)
    columns = [[0] * MOST_BUFFERS for _ in range(2)]
    lengths = [[0] * MOST_BUFFERS for _ in range(2)]
    for way, buffers in enumerate((element.inputs, element.outputs)):
        if len(buffers) > MOST_BUFFERS:
            raise writer.unfit(element, f"it has more than {MOST_BUFFERS} buffers one way")
        for number, (address, length) in enumerate(buffers):
            columns[way][number], lengths[way][number] = address, length
    vectors = [word for length in (*lengths[0], *lengths[1]) for word in (0, length)]
    try:
        head = _HEAD.pack(element.index, len(element.outputs), len(element.inputs))
        words = _WORDS.pack(*columns[0], *columns[1], *vectors)
    except error as err:
        why = "its index must have 32 bits, addresses and lengths 64"
        raise writer.unfit(element, why) from err
    writer.put(head)
    writer.put(words)
