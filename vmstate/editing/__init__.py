"""Editing: a stream with other state in it, and with a vmdesc that says so.

::

    events --changed(changes)--> events
"""

from vmstate.editing.address import Key, address, find_section, near, split_path
from vmstate.editing.changes import (
    Change,
    CopySection,
    CopySubsection,
    DropSection,
    DropSubsection,
    Move,
    SetField,
    changed,
)
from vmstate.editing.draft import Draft, key_of

__all__ = [
    "Change",
    "CopySection",
    "CopySubsection",
    "Draft",
    "DropSection",
    "DropSubsection",
    "Key",
    "Move",
    "SetField",
    "address",
    "changed",
    "find_section",
    "key_of",
    "near",
    "split_path",
]
