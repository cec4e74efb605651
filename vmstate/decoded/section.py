"""Decoding: a section's bytes as fields with values, by the vmdesc that came with them."""

from __future__ import annotations

from vmstate.decoded.field import DecodedField, DecodedSection
from vmstate.decoded.types import is_known, value_of
from vmstate.stream import Section, Stream
from vmstate.vmdesc import SentDevice, leaves


def decode_section(section: Section, sent: SentDevice) -> DecodedSection:
    """Return the fields of *section*, which *sent* describes.

    Nothing is raised for bytes that *sent* does not account for: they are fields of type
    ``?``.  Every byte of the body that is not framing is in exactly one field.
    """
    fields = tuple(
        DecodedField(
            path=leaf.path,
            type=leaf.type,
            offset=leaf.offset,
            data=leaf.data,
            value=value_of(leaf.type, leaf.data),
            is_decoded=is_known(leaf.type),
        )
        for leaf in leaves(sent, section.body)
    )
    name = "" if sent.size is not None else sent.body.name
    return DecodedSection(section.idstr, section.instance_id, section.version_id, name, fields)


def decode_stream(stream: Stream) -> list[DecodedSection]:
    """Return every device's section of *stream*, decoded, in stream order."""
    return [
        decode_section(section, sent)
        for section, sent in zip(stream.sections, stream.vmdesc.devices, strict=True)
    ]
