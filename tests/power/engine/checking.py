"""Checking a language that may have a mistake in it: by its names alone, bytes in, values out.

A check is a function of a language.  The checks say with literal bytes and sentences what
QEMU's rules are; the tests beside the sources say the same, and more.
"""

from __future__ import annotations

import pytest

#: Every check, by what it is about.
CHECKS = {}


def check(function):
    CHECKS[function.__name__] = function
    return function


def described(lang, *fields, name="chip", **parts):
    return lang.VMStateDescription(name=name, fields=fields, **parts)


def one(lang, name="a", info=None, **parts):
    return lang.Field(name=name, info=info or lang.UINT8, **parts)


def saves(lang, vmsd, state, expected, **how):
    saved = lang.save(vmsd, state, **how)
    assert saved.data == bytes.fromhex(expected), saved.data.hex(" ")
    return saved


def loads(lang, vmsd, state, data, version_id=0, **how):
    lang.load(vmsd, state, bytes.fromhex(data), version_id, **how)
    return state


def refuses(lang, vmsd, state, data, said, version_id=0, **how):
    with pytest.raises(lang.StreamError) as error:
        loads(lang, vmsd, state, data, version_id, **how)
    assert said in str(error.value)
    return error.value


def does_not_save(lang, vmsd, state, said, **how):
    with pytest.raises(lang.EncodeError) as error:
        lang.save(vmsd, state, **how)
    assert said in str(error.value)


def header(name, version=0):
    return (b"\x05" + bytes([len(name)]) + name.encode() + version.to_bytes(4)).hex()


def point(lang):
    fields = (one(lang, "x"), one(lang, "y", version_id=2))
    return described(lang, *fields, name="point", version_id=2, minimum_version_id=1)
