"""Types: what the bytes of a leaf mean by the type that a vmdesc gives it, and back.

Owns the types whose bytes are one value; those that hold several are cut into leaves of
these (:mod:`vmstate.decoded.blob`).  It knows no sections.

A type and a size belong together: QEMU gives one name to several wires (``fpr`` has 8 or
16 bytes, and until 9.2 the marker of a null pointer is a ``uint64`` of one byte).  Bytes of
a size that a type has nowhere are not decoded.

Source: QEMU 11.1 migration/vmstate-types.c; migration/savevm.c: vmstate_info_timer,
vmstate_info_capability; for the registers of CPUs, target/*/machine.c.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from struct import pack, unpack
from typing import TypeAlias

from vmstate.cursor import Reader, Writer
from vmstate.decoded.field import Value
from vmstate.errors import EncodeError
from vmstate.info import BITMAP
from vmstate.info.devices.vector import Vector

#: What is made of bytes: themselves, where QEMU never writes such.
Read: TypeAlias = Callable[[bytes], Value]
#: What is made of a value; None of one that the type can't have.
_Write: TypeAlias = Callable[[Value, int], "bytes | None"]

_SIGNED = {"int8": 1, "int16": 2, "int32": 4, "int64": 8, "int32 equal": 4, "int32 le": 4}
_UNSIGNED = {
    "uint8": (1,),
    "uint16": (2,),
    "uint32": (4,),
    "uint64": (8,),
    "uint8 equal": (1,),
    "uint16 equal": (2,),
    "uint32 equal": (4,),
    "int64 equal": (8,),
    "timer": (8,),
    # What older versions sent in fewer bytes.
    "int32_as_uint16": (2,),
    "uint16_from_uint8": (1,),
    # Registers of CPUs that codecs of their own put together.
    "fpscr": (4,),
    "fpcr": (8,),
    "fpsr": (8,),
    "cpsr": (4,),
    "fpr": (8,),
    "vsr": (8,),
    "cpu/altivec/vscr": (4,),
    "psr": (4,),
    "fsr": (4, 8),
    "xcc": (4,),
    # 32-bit CPUs had their own in 7.2.
    "psw": (4, 8),
    "sr": (4,),
    "msr": (4,),
    "sreg": (1,),
    "rampD": (1,),
    "rampX": (1,),
    "rampY": (1,),
    "rampZ": (1,),
    "eind": (1,),
}
#: Numbers that lie in the stream as in the guest's memory or in a PCI device's registers.
_LITTLE = {f"uint{bits} little-endian": bits // 8 for bits in (16, 32, 64)}
_BOOLS = frozenset({"bool", "powered_off"})
_VECTORS = frozenset({"avr", "fpr"})
_MARKERS = frozenset({"nullptr", "ptr-marker", "uint64"})
_NULL, _VALID = b"0", b"1"
_WORD = 8


@dataclass(frozen=True, slots=True)
class _Type:
    """How a type's bytes are read and written."""

    read: Read
    write: _Write


def is_known(kind: str, size: int) -> bool:
    """Whether the meaning of *size* bytes of type *kind* is known."""
    return reader_of(kind, size) is not None


def value_of(kind: str, data: bytes) -> Value:
    """Return what *data* means as a field of type *kind*.

    Where that is not known it is *data* itself.  So it is where a known type has other
    bytes than QEMU ever writes, e.g. a length that is not true; only a ``bool`` of another
    byte than 0 or 1 is that number.  In all cases :func:`bytes_of` gives *data* again.
    """
    read = reader_of(kind, len(data))
    return data if read is None else read(data)


def values_of(kind: str, size: int, data: bytes) -> Sequence[Value]:
    """Return what *data* means as fields of *size* bytes each, as :func:`value_of` does."""
    code = _code_of(kind, size)
    if code:
        return unpack(f">{len(data) // size}{code}", data)
    pieces = [data[at : at + size] for at in range(0, len(data), size)]
    read = reader_of(kind, size)
    return pieces if read is None else list(map(read, pieces))


@lru_cache(maxsize=4096)
def _code_of(kind: str, size: int) -> str:
    """Return what :mod:`struct` calls a number of *size* bytes; empty for what is none."""
    known = _type_of(kind, size)
    if known is _NUMBER or known is _DOUBLE:
        return _CODES.get(size, "")
    return _CODES.get(size, "").lower() if known is _SIGNED_NUMBER else ""


_CODES = {1: "B", 2: "H", 4: "I", 8: "Q"}


@lru_cache(maxsize=4096)
def reader_of(kind: str, size: int) -> Read | None:
    """Return what makes values of *size* bytes of type *kind*; None if that is not known."""
    known = _type_of(kind, size)
    return None if known is None else known.read


def bytes_of(kind: str, value: Value, size: int, path: str) -> bytes:
    """Return the *size* bytes that mean *value* in a field of type *kind*.

    Bytes of the right length are taken as they are, whatever the type; a ``CPU_Double_U``,
    whose value is its 64 bits, can also be given as a float.

    Raises:
        EncodeError: it does not fit.
    """
    known = _type_of(kind, size)
    if known is not None and not (isinstance(value, bytes) and len(value) == size):
        try:
            data = known.write(value, size)
        except (OverflowError, UnicodeEncodeError, EncodeError) as err:
            raise EncodeError(path, value, f"not in the range of {kind} of {size} bytes") from err
        if data is not None and len(data) == size:
            return data
    if isinstance(value, bytes) and len(value) == size:
        return value
    raise EncodeError(path, value, f"no value of {kind} of {size} bytes")


def size_of(kind: str) -> int:
    """Return the bytes of type *kind*, where it has one size only.

    Raises:
        KeyError: it has none or several.
    """
    return _SIZES[kind]


@lru_cache(maxsize=4096)
def _type_of(kind: str, size: int) -> _Type | None:
    if _SIGNED.get(kind) == size:
        return _SIGNED_NUMBER
    if size in _UNSIGNED.get(kind, ()):
        return _NUMBER
    if _LITTLE.get(kind) == size:
        return _LITTLE_NUMBER
    if kind in _BOOLS and size == 1:
        return _BOOL
    if kind in _MARKERS and size == 1:
        return _MARKER
    if kind in _VECTORS and size == 2 * _WORD:
        return _VECTOR
    if kind == "bitmap" and size % _WORD == 0:
        return _BITMAP
    if kind == "CPU_Double_U" and size == _WORD:
        return _DOUBLE
    if kind == "fd" and size in (1, 4):
        # One byte that a descriptor rides on, or its number.
        return _BYTES if size == 1 else _SIGNED_NUMBER
    return _COUNTED.get(kind) if size >= _LENGTHS.get(kind, 1) else None


def _number(value: Value, size: int) -> bytes | None:
    return value.to_bytes(size) if isinstance(value, int) else None


def _signed_number(value: Value, size: int) -> bytes | None:
    return value.to_bytes(size, signed=True) if isinstance(value, int) else None


def _little_number(value: Value, size: int) -> bytes | None:
    return value.to_bytes(size, "little") if isinstance(value, int) else None


def _read_bool(data: bytes) -> Value:
    return bool(data[0]) if data[0] in (0, 1) else data[0]


def _read_marker(data: bytes) -> Value:
    if data == _NULL:
        return None
    return True if data == _VALID else data


def _write_marker(value: Value, _size: int) -> bytes | None:
    if value is None:
        return _NULL
    return _VALID if value is True else None


def _read_vector(data: bytes) -> Value:
    return _VECTOR_CODEC.load(Reader(data), 0, 0)


def _write_vector(value: Value, _size: int) -> bytes | None:
    writer = Writer()
    _VECTOR_CODEC.save(writer, value, 0)
    return bytes(writer)


def _read_bitmap(data: bytes) -> Value:
    return BITMAP.load(Reader(data), 0, 8 * len(data))


def _write_bitmap(value: Value, size: int) -> bytes | None:
    writer = Writer()
    BITMAP.save(writer, value, 8 * size)
    return bytes(writer)


def _write_double(value: Value, size: int) -> bytes | None:
    return pack(">d", value) if isinstance(value, float) else _number(value, size)


def _counted(length: int) -> _Type:
    """Return the type of bytes behind a length of *length* bytes."""

    def read(data: bytes) -> Value:
        rest = data[length:]
        return rest if int.from_bytes(data[:length]) == len(rest) else data

    def write(value: Value, size: int) -> bytes | None:
        if not isinstance(value, bytes) or len(value) + length != size:
            return None
        return len(value).to_bytes(length) + value

    return _Type(read, write)


def _read_text(data: bytes) -> Value:
    rest = data[1:]
    return rest.decode("latin-1") if data[0] == len(rest) else data


def _write_text(value: Value, _size: int) -> bytes | None:
    if not isinstance(value, str):
        return None
    text = value.encode("latin-1")
    return len(text).to_bytes(1) + text


_VECTOR_CODEC = Vector("", "")
_NUMBER = _Type(int.from_bytes, _number)
_SIGNED_NUMBER = _Type(lambda data: int.from_bytes(data, signed=True), _signed_number)
_LITTLE_NUMBER = _Type(lambda data: int.from_bytes(data, "little"), _little_number)
_BOOL = _Type(_read_bool, _number)
_MARKER = _Type(_read_marker, _write_marker)
_VECTOR = _Type(_read_vector, _write_vector)
_BITMAP = _Type(_read_bitmap, _write_bitmap)
_DOUBLE = _Type(int.from_bytes, _write_double)
_BYTES = _Type(lambda data: data, lambda value, _size: value if isinstance(value, bytes) else None)
_COUNTED = {
    "buffer": _BYTES,
    "unused_buffer": _BYTES,
    "GByteArray": _counted(4),
    "usb-redir-parser": _counted(4),
    "capability": _Type(_read_text, _write_text),
}
_LENGTHS = {"GByteArray": 4, "usb-redir-parser": 4, "capability": 1}
_SIZES = {
    **_SIGNED,
    **_LITTLE,
    **{kind: sizes[0] for kind, sizes in _UNSIGNED.items() if len(sizes) == 1},
    "bool": 1,
    "CPU_Double_U": _WORD,
}
