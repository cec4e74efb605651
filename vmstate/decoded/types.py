"""Types: what the bytes of a leaf mean by the type that a vmdesc gives it, and back.

Source: QEMU 11.1 migration/vmstate-types.c.
"""

from __future__ import annotations

from vmstate.decoded.field import Value
from vmstate.errors import EncodeError

#: Numbers by type and size: QEMU gives one name to several sizes.
_SIGNED = frozenset({"int8", "int16", "int32", "int64", "int32 equal", "int32 le"})
_UNSIGNED = frozenset(
    {
        "uint8",
        "uint16",
        "uint32",
        "uint64",
        "uint8 equal",
        "uint16 equal",
        "uint32 equal",
        "int64 equal",
        "timer",
    }
)
_BYTES = frozenset({"buffer", "unused_buffer"})


def is_known(kind: str) -> bool:
    """Whether the meaning of a type's bytes is known."""
    return kind in _SIGNED | _UNSIGNED | _BYTES | {"bool"}


def value_of(kind: str, data: bytes) -> Value:
    """Return what *data* means as a field of type *kind*; *data* itself where that is open."""
    if kind in _SIGNED:
        return int.from_bytes(data, signed=True)
    if kind in _UNSIGNED:
        return int.from_bytes(data)
    if kind == "bool" and len(data) == 1:
        return data != b"\0"
    return data


def bytes_of(kind: str, value: Value, size: int, path: str) -> bytes:
    """Return the *size* bytes that mean *value* in a field of type *kind*.

    Raises:
        EncodeError: it does not fit.
    """
    try:
        if kind in _SIGNED | _UNSIGNED and isinstance(value, int):
            return int(value).to_bytes(size, signed=kind in _SIGNED)
        if kind == "bool" and isinstance(value, int) and value in (0, 1):
            return bytes([value])
    except OverflowError as err:
        raise EncodeError(path, value, f"not in the range of {kind} of {size} bytes") from err
    if isinstance(value, bytes) and len(value) == size:
        return value
    raise EncodeError(path, value, f"no value of {kind} of {size} bytes")
