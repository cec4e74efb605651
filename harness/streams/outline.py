"""The outline: all that a stream holds, its memory as numbers only.

Owns joining each section with what the vmdesc says of it, which comes at the end.
"""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from harness.streams.memory import Memory
from harness.streams.reading import described
from vmstate.decoded import DecodedField, DecodedSection, decode_section
from vmstate.editing import Key, key_of
from vmstate.errors import StreamError
from vmstate.leaves import UNKNOWN
from vmstate.stream import Command, Configuration, Event, Section, VmdescText
from vmstate.vmdesc import SentDevice


@dataclass(slots=True)
class Outline:
    """One stream, as far as it could be read.

    Attributes:
        name: what a person calls it.
        memory: blocks of guest memory.
        configuration: its first section; None where there is none.
        sections: the devices', in stream order.
        commands: those among them.
        text: the vmdesc; None where there is none.
        error: why it could not be read further; None if it was read to its end.
    """

    name: str
    memory: Memory = field(default_factory=Memory)
    configuration: Configuration | None = None
    sections: list[Section] = field(default_factory=list)
    commands: list[Command] = field(default_factory=list)
    text: bytes | None = None
    error: StreamError | None = None

    @property
    def machine(self) -> str:
        """The machine type; empty where nothing says so."""
        return self.configuration.machine if self.configuration else ""

    def observe(self, event: Event) -> None:
        """Take in the next event."""
        if self.memory.observe(event):
            return
        if isinstance(event, Section):
            self.sections.append(event)
        elif isinstance(event, Configuration):
            self.configuration = event
        elif isinstance(event, Command):
            self.commands.append(event)
        elif isinstance(event, VmdescText):
            self.text = event.text

    def decoded(self, is_wanted: Callable[[Key], bool] = lambda _: True) -> list[DecodedSection]:
        """Return the sections that are wanted, with their fields.

        A section that no vmdesc tells anything of is one field of bytes.
        """
        sent = _sent(self.text)
        found = []
        for section in self.sections:
            key = key_of(section)
            device = sent[key].popleft() if sent[key] else None
            if is_wanted(key):
                found.append(decode_section(section, device) if device else _opaque(section))
        return found


def _sent(text: bytes | None) -> defaultdict[Key, deque[SentDevice]]:
    found: defaultdict[Key, deque[SentDevice]] = defaultdict(deque)
    try:
        devices = described(text).devices if text is not None else ()
    except StreamError:
        # Whoever reads fields sees bytes instead, and the vmdesc is no part of the state.
        devices = ()
    for device in devices:
        found[Key(device.idstr, device.instance_id)].append(device)
    return found


def _opaque(section: Section) -> DecodedSection:
    body = bytes(section.body)
    fields = (DecodedField(UNKNOWN, UNKNOWN, 0, body, body, is_decoded=False),) if body else ()
    return DecodedSection(section.idstr, section.instance_id, section.version_id, "", fields)


def outline_of(
    name: str, events: Iterable[Event], *, hashes: bool = False, text: bytes | None = None
) -> Outline:
    """Return the outline of the stream that *events* are; an error in it is part of it.

    Args:
        name: what a person calls it.
        events: the stream's.
        hashes: whether to hash guest memory.
        text: its vmdesc, if that is known already.
    """
    outline = Outline(name, Memory(hashes=hashes), text=text)
    try:
        for event in events:
            outline.observe(event)
    except StreamError as error:
        outline.error = error
    return outline
