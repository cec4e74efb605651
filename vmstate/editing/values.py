"""Values: what a person writes for a field, as the bytes that mean it."""

from __future__ import annotations

from vmstate.decoded import DecodedField, Value, bytes_of
from vmstate.errors import EditError, EncodeError

_BOOLS = {"true": True, "false": False, "1": True, "0": False}


def value_meant(text: str, like: Value) -> Value:
    """Return the value that *text* stands for, of the kind of the value *like*.

    Raises:
        ValueError: it stands for none; the message says what is expected.
    """
    if isinstance(like, bool):
        if text.lower() not in _BOOLS:
            raise ValueError("expected true or false")
        return _BOOLS[text.lower()]
    if isinstance(like, str):
        return text
    try:
        if isinstance(like, int):
            return int(text, 0)
        if isinstance(like, float):
            return float(text)
        return bytes.fromhex(text)
    except ValueError as error:
        raise ValueError(_EXPECTED[type(like)]) from error


_EXPECTED: dict[type, str] = {
    int: "expected a number such as 10, -1 or 0x1f",
    float: "expected a number such as 0.5",
    bytes: "expected bytes as hexadecimal digits, such as 00ff",
}


def bytes_meant(text: str, field: DecodedField, what: str) -> bytes:
    """Return the bytes that *text* stands for in *field*; as many as the field has.

    Args:
        text: what was written.
        field: the field, with the value that it has now.
        what: how the field was called.

    Raises:
        EditError: it stands for no value of the field, or the value does not fit.
    """
    try:
        value = value_meant(text, field.value)
        return bytes_of(field.type, value, len(field.data), what)
    except ValueError as error:
        raise EditError(what, f"{text!r} is no value of {field.type}: {error}") from error
    except EncodeError as error:
        raise EditError(what, f"{text!r} does not fit: {error.why}") from error
