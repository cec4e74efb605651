"""The migration stream: what QEMU's ``migrate`` and ``savevm`` write.

::

    pieces of bytes --StreamReader--> events --write_events--> the same bytes
    a whole stream  --read_stream---> Stream: sections beside their self-description

It knows the outermost form only: a device's section is bytes here, which
:mod:`vmstate.vmdesc` and the descriptions look into.  Every form is read: with and without
configuration, footers and vmdesc; memory whole, as changes, compressed, left out, at places of
its own (mapped-ram) or in other channels (multifd); packages of postcopy.

What a stream does not say itself may be told: the size of a page, the sizes of sections, and
what was agreed upon (see :class:`StreamReader`).  What is wrong is a ``StreamError`` that says
where, and what was being read.
"""

from vmstate.stream.events import (
    Command,
    Configuration,
    ConfigurationPart,
    Content,
    Eof,
    Event,
    Header,
    MappedBlock,
    MappedBytes,
    PackageEnd,
    RamBlock,
    RamEncoded,
    RamPages,
    RamWord,
    RamZeros,
    Section,
    SectionBegin,
    SectionEnd,
    Tail,
    VmdescText,
)
from vmstate.stream.format import CommandNumber, Kind, Ram
from vmstate.stream.reader import StreamReader, read_events
from vmstate.stream.stream import (
    Stream,
    body_sizes,
    check_described,
    find_vmdesc,
    find_vmdesc_text,
    joined,
    read_stream,
    reader_for,
)
from vmstate.stream.writer import event_bytes, write_events

__all__ = [
    "Command",
    "CommandNumber",
    "Configuration",
    "ConfigurationPart",
    "Content",
    "Eof",
    "Event",
    "Header",
    "Kind",
    "MappedBlock",
    "MappedBytes",
    "PackageEnd",
    "Ram",
    "RamBlock",
    "RamEncoded",
    "RamPages",
    "RamWord",
    "RamZeros",
    "Section",
    "SectionBegin",
    "SectionEnd",
    "Stream",
    "StreamReader",
    "Tail",
    "VmdescText",
    "body_sizes",
    "check_described",
    "event_bytes",
    "find_vmdesc",
    "find_vmdesc_text",
    "joined",
    "read_events",
    "read_stream",
    "reader_for",
    "write_events",
]
