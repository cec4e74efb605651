"""Values: which kind of values each codec takes.

Codecs are known by their class; :func:`values_of` takes more of them:
``values_of.register(MyCodec, lambda codec: Numbers(0, 9))``.

This module knows codecs; it knows no fields and no descriptions.
"""

from __future__ import annotations

from functools import singledispatch
from typing import cast

from harness.errors import ConfigError
from harness.strategies.contents import Bits, Contents, Growing
from harness.strategies.kinds import (
    Bounded,
    Choices,
    Kept,
    Numbers,
    Timers,
    Truths,
    Values,
    numbers_of,
)
from vmstate.info import Buffer, Integer
from vmstate.info.bitmap import Bitmap
from vmstate.info.boolean import Boolean
from vmstate.info.byte_array import ByteArray
from vmstate.info.capability import Capability
from vmstate.info.descriptor import Descriptor
from vmstate.info.equal import Equal
from vmstate.info.less_or_equal import LessOrEqual
from vmstate.info.pointer_marker import PointerMarker
from vmstate.info.protocol import Fixed
from vmstate.info.timer import TimerInfo


@singledispatch
def values_of(codec: object) -> Values:
    """Return what the elements of *codec* can be.

    Raises:
        ConfigError: nothing is known of such a codec.
    """
    # A plain codec's value is the number that its struct format holds.
    if getattr(codec, "convert", True) is None:
        return numbers_of(cast("Fixed", codec).format)
    raise ConfigError(
        f"it is not known what values the codec {codec!r} takes",
        "register its class with harness.strategies.values.values_of",
    )


values_of.register(Integer, lambda codec: numbers_of(codec.format))
values_of.register(Boolean, lambda _: Truths())
values_of.register(TimerInfo, lambda _: Timers())
values_of.register(Buffer, lambda codec: Contents(codec.start))
values_of.register(Bitmap, lambda _: Bits())
values_of.register(ByteArray, lambda _: Growing())
values_of.register(Equal, lambda codec: Kept(*numbers_of(codec.format).ends))
values_of.register(LessOrEqual, lambda _: Bounded(0, (1 << 31) - 1))
values_of.register(Descriptor, lambda _: Numbers(0, (1 << 31) - 1))
values_of.register(Capability, lambda codec: Choices(tuple(sorted(codec.known))))
values_of.register(PointerMarker, lambda _: Choices((None, True), is_kept=True))
