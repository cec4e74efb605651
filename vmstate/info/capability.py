"""Capabilities of a migration: names behind a length byte.

Source: QEMU 11.1 migration/savevm.c, vmstate_info_capability; qapi/migration.json,
MigrationCapability.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from vmstate.cursor import Reader, Writer
from vmstate.errors import StreamError

#: Every capability of 7.2 to 11.1.  A single release knows 21 of them; those that a loader
#: compares are in all that send them.
CAPABILITIES = frozenset(
    {
        "auto-converge",
        "background-snapshot",
        "block",
        "compress",
        "dirty-bitmaps",
        "dirty-limit",
        "events",
        "late-block-activate",
        "mapped-ram",
        "multifd",
        "pause-before-switchover",
        "postcopy-blocktime",
        "postcopy-preempt",
        "postcopy-ram",
        "rdma-pin-all",
        "release-ram",
        "return-path",
        "switchover-ack",
        "validate-uuid",
        "x-colo",
        "x-ignore-shared",
        "xbzrle",
        "zero-blocks",
        "zero-copy-send",
    }
)


@dataclass(frozen=True, slots=True)
class Capability:
    """The codec of ``configuration/capabilities``; the value is the name.

    Args:
        known: the names that are accepted.
    """

    known: frozenset[str] = field(default=CAPABILITIES, repr=False)

    @property
    def name(self) -> str:
        """The type's name in a vmdesc."""
        return "capability"

    def load(self, reader: Reader, current: object, size: int) -> str:  # noqa: ARG002 (protocol)
        """Read a name.

        Raises:
            StreamError: it is none that is known.
        """
        offset = reader.offset
        # C compares up to the first zero byte.
        name = reader.counted_string().partition("\0")[0]
        if name not in self.known:
            raise StreamError(
                f"capability {name!r} is unknown; known: {', '.join(sorted(self.known))}",
                offset=offset,
                path=reader.path,
            )
        return name

    def save(self, writer: Writer, value: object, size: int) -> None:  # noqa: ARG002 (protocol)
        """Write a name; EncodeError unless it is known."""
        if not isinstance(value, str) or value not in self.known:
            raise writer.unfit(value, "not a known capability")
        writer.counted_string(value)


CAPABILITY = Capability()
