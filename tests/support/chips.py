"""Small descriptions that the tests of the engines share, and an engine's two verbs."""

from __future__ import annotations

from types import SimpleNamespace as State

from vmstate import LATEST, VMStateDescription
from vmstate.macros import VMSTATE_UINT8, VMSTATE_UINT8_V

__all__ = [
    "POINT",
    "Engine",
    "Frozen",
    "Hooked",
    "State",
    "chip",
    "header",
    "is_on",
    "noting",
    "subsection",
]

#: A struct with a field that came later.
POINT = VMStateDescription(
    name="point",
    version_id=2,
    minimum_version_id=1,
    fields=(VMSTATE_UINT8("x"), VMSTATE_UINT8_V("y", 2)),
)


class Engine:
    """One engine, asked in the same words as the package's functions.

    Args:
        make: makes its codec of a description for a release.
    """

    def __init__(self, make):
        self.make = make

    def save(self, vmsd, state, *, version_id=None, release=LATEST):
        return self.make(vmsd, release).save(state, version_id=version_id)

    def load(self, vmsd, state, data, version_id=0, *, release=LATEST):
        self.make(vmsd, release).load(state, data, version_id)
        return state


def chip(*fields, subsections=(), name="chip", **parts):
    return VMStateDescription(name=name, fields=fields, subsections=subsections, **parts)


def subsection(name, *fields, subsections=(), **parts):
    return VMStateDescription(name=name, fields=fields, subsections=subsections, **parts)


def header(name, version=0):
    """Return a subsection's header as it stands on the wire."""
    return b"\x05" + bytes([len(name)]) + name.encode() + version.to_bytes(4)


def is_on(state, version_id=0):
    return state.on


class Frozen:
    """A state that takes no value."""

    @property
    def a(self):
        return 1


class Hooked:
    """Notes which hook was called with what."""

    def __init__(self):
        self.a = 1
        self.calls = []


def noting(name, result=None):
    """Return a hook that notes that it was called, and answers *result*."""

    def hook(state, *version):
        state.calls.append((name, state.a, *version))
        return result

    return hook
