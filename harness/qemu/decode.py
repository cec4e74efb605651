"""Decoding: a migration stream as the flat list of fields that the engine compares.

It joins the stream's two halves, the sections and their self-description; it talks to
nobody.
"""

from __future__ import annotations

from harness.fields import DeviceState, LeafField
from harness.qemu.unordered import in_order
from vmstate.leaves import leaves
from vmstate.stream import read_stream


def device_state(data: bytes) -> DeviceState:
    """Return the leaf fields of every device's section in a stream.

    Raises:
        StreamError: the bytes are no stream, or one without a self-description.
    """
    stream = read_stream(data)
    return DeviceState(
        in_order(
            LeafField(
                section.idstr,
                section.instance_id,
                leaf.path,
                leaf.type,
                leaf.offset,
                leaf.data,
            )
            for section, sent in zip(stream.sections, stream.vmdesc.devices, strict=True)
            for leaf in leaves(sent, section.body)
        )
    )
