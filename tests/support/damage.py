"""Damage: states that no longer fit their description, and bytes that are no longer a state."""

from __future__ import annotations

import copy

from hypothesis import strategies as st

from tests.support.recorded_states import Index, NoTimer, State

#: What stands where something else should, each an own kind of wrong.
_WRONG = [
    None,
    -1,
    2,
    1.0,
    1.5,
    1 << 70,
    True,
    "x",
    b"xyz",
    (),
    [],
    [None, None, None],
    (1, 2, 3, 4, 5, 6),
    bytearray(b"abcd"),
    Index(1),
    Index(1 << 70),
    NoTimer(3),
]
_FAILURES = [AttributeError, IndexError, KeyError, TypeError, ValueError, OverflowError, OSError]


def _holders(state, found):
    """Collect what holds values inside *state*, outer ones first."""
    if isinstance(state, State):
        found.append(state)
        for _, value in sorted(vars(state).items()):
            _holders(value, found)
    elif isinstance(state, list):
        if state:
            found.append(state)
        for value in state:
            _holders(value, found)
    elif isinstance(state, dict):
        for _, value in sorted(state.items()):
            _holders(value, found)
    return found


@st.composite
def damaged(draw, state):
    """Return a copy of *state* in which one thing is not what the description asks for."""
    state = copy.deepcopy(state)
    holder = draw(st.sampled_from(_holders(state, [])))
    wrong = copy.deepcopy(draw(st.sampled_from(_WRONG)))
    if isinstance(holder, list):
        key = draw(st.integers(0, len(holder) - 1))
        if draw(st.integers(0, 2)) == 0:
            del holder[key]
        else:
            holder[key] = wrong
        return state
    names = sorted(vars(holder))
    if not names:
        return state
    name = draw(st.sampled_from(names))
    match draw(st.sampled_from(["wrong", "wrong", "wrong", "delete", "refuse", "explode"])):
        case "wrong":
            vars(holder)[name] = wrong
        case "delete":
            del vars(holder)[name]
        case "refuse":
            vars(holder)[f"refuses_{name}"] = draw(st.sampled_from(_FAILURES))
        case "explode":
            vars(holder)[f"explodes_{name}"] = draw(st.sampled_from(_FAILURES))
    return state


def _header(name, version_id):
    return b"\5" + bytes([len(name)]) + name.encode() + version_id.to_bytes(4)


_PIECES = (
    st.binary(min_size=1, max_size=4)
    | st.sampled_from([b"\0", b"\1", b"\5", b"0", b"1", b"\5\2a", b"\xff" * 8, b"\5\3ab/"])
    | st.builds(
        _header,
        st.sampled_from(["a/b", "a/x", "b/b", "b/x", "ab/x", "a/b/x", "ax"]),
        st.integers(0, 3),
    )
)


@st.composite
def mutated(draw, data):
    """Return *data* cut off, written over, or with something put in."""
    for _ in range(draw(st.integers(0, 2))):
        at = draw(st.integers(0, len(data)))
        piece = draw(_PIECES)
        match draw(st.sampled_from(["cut", "over", "over", "in", "behind"])):
            case "cut":
                data = data[:at]
            case "over":
                data = data[:at] + piece + data[at + len(piece) :]
            case "in":
                data = data[:at] + piece + data[at:]
            case "behind":
                data += piece
    return data
