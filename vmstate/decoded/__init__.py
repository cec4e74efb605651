"""Decoded sections: device state from a stream as typed values, and back to bytes.

Fields that a vmdesc shows as one (a virtio device, a PCI device's configuration space, its
MSI-X) are cut into those that they hold.
"""

from vmstate.decoded.field import DecodedField, DecodedSection, Value
from vmstate.decoded.section import decode_section, decode_stream
from vmstate.decoded.types import bytes_of, value_of

__all__ = [
    "DecodedField",
    "DecodedSection",
    "Value",
    "bytes_of",
    "decode_section",
    "decode_stream",
    "value_of",
]
