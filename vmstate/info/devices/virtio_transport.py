"""What a virtio device is attached by: what the device asks of it, and its extra state.

Source: QEMU 11.1 include/hw/virtio/virtio-bus.h; hw/virtio/virtio.c:
vmstate_info_extra_state; hw/s390x/virtio-ccw.c: virtio_ccw_save_config,
virtio_ccw_save_queue.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Protocol, runtime_checkable

from vmstate.cursor import Reader, Writer
from vmstate.info.protocol import Info

#: Queues that a device has room for.
MOST_QUEUES = 1024
#: The vector that stands for none.
NO_VECTOR = 0xFFFF


@runtime_checkable
class Transport(Protocol):
    """What a virtio device asks of its transport.

    Attributes:
        has_alignment: whether each queue is sent with its alignment.
        knows_extra_state: whether devices behind such a transport can have extra state.
    """

    has_alignment: ClassVar[bool]
    knows_extra_state: ClassVar[bool]

    @property
    def has_vectors(self) -> bool:
        """Whether each queue is sent with its vector."""

    @property
    def has_extra_state(self) -> bool:
        """Whether this device has extra state, which is sent as a subsection."""

    def check_vector(self, reader: Reader, vector: int) -> None:
        """Raise StreamError if *vector*, which was just read, is none that there is."""

    def load_config(self, reader: Reader) -> None:
        """Read the piece in front."""

    def save_config(self, writer: Writer) -> None:
        """Write the piece in front."""

    def load_extra_state(self, reader: Reader) -> None:
        """Read the extra state."""

    def save_extra_state(self, writer: Writer) -> None:
        """Write the extra state."""


@dataclass(slots=True)
class CcwTransport:
    """A virtio device behind an s390x channel.

    Attributes:
        codec: saves what the channel has in front (``s390_virtio_ccw_dev``).
        config: its value.
    """

    has_alignment: ClassVar[bool] = False
    knows_extra_state: ClassVar[bool] = False

    codec: Info
    config: object

    @property
    def has_vectors(self) -> bool:
        """Always."""
        return True

    @property
    def has_extra_state(self) -> bool:
        """Never."""
        return False

    def check_vector(self, reader: Reader, vector: int) -> None:
        """Do nothing: any vector is taken."""

    def load_config(self, reader: Reader) -> None:
        """Read what the codec reads."""
        self.config = self.codec.load(reader, self.config, 0)

    def save_config(self, writer: Writer) -> None:
        """Write what the codec writes."""
        self.codec.save(writer, self.config, 0)

    def load_extra_state(self, reader: Reader) -> None:
        """Do nothing: there is none."""

    def save_extra_state(self, writer: Writer) -> None:
        """Do nothing: there is none."""


class ExtraState:
    """The codec of ``virtio/extra_state``; the value is a :class:`Transport` that knows some."""

    __slots__ = ()
    name = "virtqueue_extra_state"

    def load(self, reader: Reader, current: object, size: int) -> object:  # noqa: ARG002 (protocol)
        """Read the extra state into *current* and return it.

        Raises:
            StreamError: *current* knows none.
        """
        self._checked(reader, current).load_extra_state(reader)
        return current

    def save(self, writer: Writer, value: object, size: int) -> None:  # noqa: ARG002 (protocol)
        """Write the extra state; EncodeError if *value* knows none."""
        self._checked(writer, value).save_extra_state(writer)

    @staticmethod
    def _checked(cursor: Reader | Writer, value: object) -> Transport:
        if not isinstance(value, Transport) or not value.knows_extra_state:
            raise cursor.unfit(value, "not a transport with extra state")
        return value

    def __repr__(self) -> str:
        return "EXTRA_STATE"


EXTRA_STATE = ExtraState()
