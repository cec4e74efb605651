"""The table of all macros: one entry for each, fit to be saved, loaded and looked at.

``MACROS`` are those of the core, ``DEVICE_MACROS`` those of devices; an entry's ``fields``
make a description that needs no other, and its ``id`` is unique among both.
"""

from __future__ import annotations

from tests.support import macro_rows_devices, macro_rows_shapes, macro_rows_values
from tests.support.macro_rows import Entry

MACROS: tuple[Entry, ...] = (*macro_rows_values.ROWS, *macro_rows_shapes.ROWS)
DEVICE_MACROS: tuple[Entry, ...] = macro_rows_devices.ROWS
