"""Floating-point registers, translations and low-latency memory of MIPS CPUs.

A register is an int of 128 bits, MSA's whole vector.

Source: QEMU 11.1 target/mips/system/machine.c.
"""

from __future__ import annotations

from typing import Literal

from vmstate.description import Field
from vmstate.info.devices.mips import FPR, OCTEON_LLM_TREE, TLB, TLB32
from vmstate.macros import VMSTATE_ARRAY

#: Codec of a translation by the bits of a target's registers (TARGET_LONG_BITS).
_TLB = {32: TLB32, 64: TLB}


def VMSTATE_FPR_ARRAY_V(f: str, n: int, v: int) -> Field:
    """*n* registers, from version *v* on.

    Wire: *n* times 16 bytes, the lower half first.
    Source: QEMU 11.1 target/mips/system/machine.c.
    """
    return VMSTATE_ARRAY(f, n, v, FPR)


def VMSTATE_FPR_ARRAY(f: str, n: int) -> Field:
    """*n* registers.

    Wire: *n* times 16 bytes, the lower half first.
    Source: QEMU 11.1 target/mips/system/machine.c.
    """
    return VMSTATE_FPR_ARRAY_V(f, n, 0)


def VMSTATE_TLB_ARRAY_V(f: str, n: int, v: int, *, long_bits: Literal[32, 64] = 64) -> Field:
    """*n* translations, from version *v* on.

    Wire: *n* times 36 bytes (32 on a 32-bit target): page, mask, space, mmid, flags, 2 frames.
    Source: QEMU 11.1 target/mips/system/machine.c.
    """
    return VMSTATE_ARRAY(f, n, v, _TLB[long_bits])


def VMSTATE_TLB_ARRAY(f: str, n: int, *, long_bits: Literal[32, 64] = 64) -> Field:
    """*n* translations.

    Wire: *n* times 36 bytes (32 on a 32-bit target): page, mask, space, mmid, flags, 2 frames.
    Source: QEMU 11.1 target/mips/system/machine.c.
    """
    return VMSTATE_TLB_ARRAY_V(f, n, 0, long_bits=long_bits)


def VMSTATE_OCTEON_LLM_TREE(f: str) -> Field:
    """Words of an Octeon's low-latency memory, from version 1 on.

    Wire: 4 bytes for the number of words, then an address and a word of 8 bytes each.
    Source: QEMU 11.1 target/mips/system/machine.c, after 7.2.
    """
    return Field(name=f, info=OCTEON_LLM_TREE, version_id=1)
