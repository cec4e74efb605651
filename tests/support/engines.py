"""The engines that save and load: every law of the language is asked of each."""

from __future__ import annotations

from collections.abc import Callable

from vmstate import Release, VMStateDescription
from vmstate.codec import Codec, Interpreted
from vmstate.compiler import Compiled

#: What makes a codec of a description, by name.
ENGINES: dict[str, Callable[[VMStateDescription, Release], Codec]] = {
    "interpreted": Interpreted,
    "compiled": Compiled,
}
