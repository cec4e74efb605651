"""Scalars: the forms in which QEMU has macros of one type, and the functions for them.

A scalar knows its codec and what that puts on the wire; it knows no field of any device.

Source: QEMU 11.1 include/migration/vmstate.h.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol, TypeVar

from vmstate.description import Field, FieldTest
from vmstate.info import Info
from vmstate.macros.arrays import VMSTATE_2DARRAY, VMSTATE_ARRAY, VMSTATE_SUB_ARRAY
from vmstate.macros.single import VMSTATE_SINGLE, VMSTATE_SINGLE_TEST

_Form = TypeVar("_Form", bound=Callable[..., Field])


class Plain(Protocol):
    """A macro for one value."""

    def __call__(self, f: str) -> Field:
        """Return the field."""


class Versioned(Protocol):
    """A macro for one value from a version on."""

    def __call__(self, f: str, v: int) -> Field:
        """Return the field."""


class Tested(Protocol):
    """A macro for one value that a test decides on."""

    def __call__(self, f: str, t: FieldTest | None) -> Field:
        """Return the field."""


class Array(Protocol):
    """A macro for an array."""

    def __call__(self, f: str, n: int) -> Field:
        """Return the field."""


class ArrayVersioned(Protocol):
    """A macro for an array from a version on."""

    def __call__(self, f: str, n: int, v: int) -> Field:
        """Return the field."""


class SubArray(Protocol):
    """A macro for a part of an array."""

    def __call__(self, f: str, start: int, num: int) -> Field:
        """Return the field."""


class Rows(Protocol):
    """A macro for a 2-D array."""

    def __call__(self, f: str, n1: int, n2: int) -> Field:
        """Return the field."""


class RowsVersioned(Protocol):
    """A macro for a 2-D array from a version on."""

    def __call__(self, f: str, n1: int, n2: int, v: int) -> Field:
        """Return the field."""


@dataclass(frozen=True, slots=True)
class Scalar:
    """A type that QEMU has macros for.

    Args:
        name: as in the macros, e.g. ``UINT16``.
        info: its codec.
        wire: what one value is on the wire, e.g. ``2 bytes``.
        source: where QEMU defines the macros.
        noun: what one value is, where that is more than the codec's name.
    """

    name: str
    info: Info
    wire: str
    source: str = "QEMU 11.1 include/migration/vmstate.h"
    noun: str = ""

    def plain(self) -> Plain:
        """Return ``VMSTATE_<name>``."""

        def macro(f: str) -> Field:
            return VMSTATE_SINGLE(f, 0, self.info)

        return self._named(macro, "", f"One {self.noun or self.info.name}.", self.wire)

    def from_version(self) -> Versioned:
        """Return ``VMSTATE_<name>_V``."""

        def macro(f: str, v: int) -> Field:
            return VMSTATE_SINGLE(f, v, self.info)

        return self._named(
            macro, "_V", f"One {self.noun or self.info.name}, from version *v* on.", self.wire
        )

    def tested(self) -> Tested:
        """Return ``VMSTATE_<name>_TEST``."""

        def macro(f: str, t: FieldTest | None) -> Field:
            return VMSTATE_SINGLE_TEST(f, t, 0, self.info)

        return self._named(
            macro, "_TEST", f"One {self.noun or self.info.name}, if *t* says so.", self.wire
        )

    def array(self) -> Array:
        """Return ``VMSTATE_<name>_ARRAY``."""

        def macro(f: str, n: int) -> Field:
            return VMSTATE_ARRAY(f, n, 0, self.info)

        what = f"An array of *n* values of type {self.info.name}."
        return self._named(macro, "_ARRAY", what, f"*n* times {self.wire}")

    def array_from_version(self) -> ArrayVersioned:
        """Return ``VMSTATE_<name>_ARRAY_V``."""

        def macro(f: str, n: int, v: int) -> Field:
            return VMSTATE_ARRAY(f, n, v, self.info)

        what = f"An array of *n* values of type {self.info.name}, from version *v* on."
        return self._named(macro, "_ARRAY_V", what, f"*n* times {self.wire}")

    def sub_array(self) -> SubArray:
        """Return ``VMSTATE_<name>_SUB_ARRAY``."""

        def macro(f: str, start: int, num: int) -> Field:
            return VMSTATE_SUB_ARRAY(f, start, num, 0, self.info)

        what = f"*num* values of an array of type {self.info.name}, from element *start* on."
        return self._named(macro, "_SUB_ARRAY", what, f"*num* times {self.wire}")

    def rows(self) -> Rows:
        """Return ``VMSTATE_<name>_2DARRAY``."""

        def macro(f: str, n1: int, n2: int) -> Field:
            return VMSTATE_2DARRAY(f, n1, n2, 0, self.info)

        what = f"*n1* rows of *n2* values of type {self.info.name}."
        return self._named(
            macro, "_2DARRAY", what, f"*n1* times *n2* times {self.wire}, row by row"
        )

    def rows_from_version(self) -> RowsVersioned:
        """Return ``VMSTATE_<name>_2DARRAY_V``."""

        def macro(f: str, n1: int, n2: int, v: int) -> Field:
            return VMSTATE_2DARRAY(f, n1, n2, v, self.info)

        what = f"*n1* rows of *n2* values of type {self.info.name}, from version *v* on."
        return self._named(
            macro, "_2DARRAY_V", what, f"*n1* times *n2* times {self.wire}, row by row"
        )

    def _named(self, macro: _Form, suffix: str, what: str, wire: str) -> _Form:
        macro.__name__ = macro.__qualname__ = f"VMSTATE_{self.name}{suffix}"
        macro.__doc__ = f"{what}\n\nWire: {wire}.\nSource: {self.source}.\n"
        return macro
