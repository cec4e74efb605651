"""Acceptance: whether a given destination takes a given stream, as QEMU's loader would say.

::

    destination_of(what the destination saves) --+
    the stream ----------------------------------+--> load --> Accepted or Refused

Strict mode, as opposed to a reader, which makes what it can of any bytes.  What a device
refuses for reasons of its own is listed in :mod:`vmstate.acceptance.devices`.
"""

from vmstate.acceptance.destination import Destination, Entry, destination_of
from vmstate.acceptance.loader import load
from vmstate.acceptance.verdict import Accepted, Refused, Verdict

__all__ = [
    "Accepted",
    "Destination",
    "Entry",
    "Refused",
    "Verdict",
    "destination_of",
    "load",
]
