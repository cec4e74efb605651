"""Peers: the state of an i8254 as two other libraries describe it.

The same fields in the same order, by the means that each library's own manual shows, and
in its fastest form: construct's compiled parser and builder, dissect.cstruct's compiled
structures.
"""

from __future__ import annotations

import construct
from dissect.cstruct import cstruct

#: Fields of one counter: name, construct's type, the type in C.
_CHANNEL = (
    ("count", construct.Int32sb, "int32"),
    ("latched_count", construct.Int16ub, "uint16"),
    ("count_latched", construct.Int8ub, "uint8"),
    ("status_latched", construct.Int8ub, "uint8"),
    ("status", construct.Int8ub, "uint8"),
    ("read_state", construct.Int8ub, "uint8"),
    ("write_state", construct.Int8ub, "uint8"),
    ("write_latch", construct.Int8ub, "uint8"),
    ("rw_mode", construct.Int8ub, "uint8"),
    ("mode", construct.Int8ub, "uint8"),
    ("bcd", construct.Int8ub, "uint8"),
    ("gate", construct.Int8ub, "uint8"),
    ("count_load_time", construct.Int64sb, "int64"),
    ("next_transition_time", construct.Int64sb, "int64"),
)


class ByConstruct:
    """The state as a ``construct`` structure."""

    name = f"construct {construct.__version__}"

    def __init__(self) -> None:
        channel = construct.Struct(*(name / kind for name, kind, _ in _CHANNEL))
        self._format = construct.Struct(
            "irq_disabled" / construct.Int32ub,
            "channels" / construct.Array(3, channel),
            "next_transition_time" / construct.Int64sb,
        ).compile()

    def load(self, data: bytes) -> object:
        return self._format.parse(data)

    def save(self, state: object) -> bytes:
        return self._format.build(state)


class ByCstruct:
    """The state as a ``dissect.cstruct`` structure."""

    name = "dissect.cstruct"

    def __init__(self) -> None:
        members = " ".join(f"{kind} {name};" for name, _, kind in _CHANNEL)
        structures = cstruct(endian=">")
        structures.load(
            f"struct channel {{ {members} }};"
            "struct pit { uint32 irq_disabled; channel channels[3]; int64 next_transition_time; };"
        )
        self._format = structures.pit
        assert self._format.__compiled__

    def load(self, data: bytes) -> object:
        return self._format(data)

    def save(self, state: object) -> bytes:
        return state.dumps()
