"""Registers of x86 CPUs: segments, vectors, memory ranges, branch records.

Where 32-bit and 64-bit targets differ, *long_bits* says which is meant (TARGET_LONG_BITS).
Names are those that a little-endian host gives to a register's 64-bit parts.  No hook is
left out.

Source: QEMU 7.2 and 11.1 target/i386/machine.c, target/i386/cpu.h.
"""

from __future__ import annotations

from typing import Literal

from vmstate.description import Field, VMStateDescription
from vmstate.macros import (
    VMSTATE_STRUCT,
    VMSTATE_STRUCT_ARRAY,
    VMSTATE_STRUCT_SUB_ARRAY,
    VMSTATE_UINT32,
    VMSTATE_UINT64,
)
from vmstate.macros.devices import cpu32, cpu64

#: Bits of a target's registers.
LongBits = Literal[32, 64]
#: How many vector registers a target has without AVX-512 (CPU_NB_REGS).
REGISTERS: dict[LongBits, int] = {32: 8, 64: 16}


def _parts(name: str, *numbers: int) -> VMStateDescription:
    """Return the description of the 64-bit parts *numbers* of a vector register."""
    return VMStateDescription(
        name=name,
        version_id=1,
        minimum_version_id=1,
        fields=tuple(VMSTATE_UINT64(f"_q_ZMMReg[{number}]") for number in numbers),
        source=f"QEMU 7.2 target/i386/machine.c: vmstate_{name}",
    )


def _segment(base: Field) -> VMStateDescription:
    return VMStateDescription(
        name="segment",
        version_id=1,
        minimum_version_id=1,
        fields=(
            VMSTATE_UINT32("selector"),
            base,
            VMSTATE_UINT32("limit"),
            VMSTATE_UINT32("flags"),
        ),
        source="QEMU 7.2 target/i386/machine.c: vmstate_segment",
    )


#: A segment of a 32-bit target, and of a 64-bit one.
vmstate_segment: dict[LongBits, VMStateDescription] = {
    32: _segment(cpu32.VMSTATE_UINTTL("base")),
    64: _segment(cpu64.VMSTATE_UINTTL("base")),
}
vmstate_xmm_reg = _parts("xmm_reg", 0, 1)
vmstate_ymmh_reg = _parts("ymmh_reg", 2, 3)
vmstate_zmmh_reg = _parts("zmmh_reg", 4, 5, 6, 7)
vmstate_hi16_zmm_reg = _parts("hi16_zmm_reg", *range(8))

vmstate_bnd_regs = VMStateDescription(
    name="bnd_regs",
    version_id=1,
    minimum_version_id=1,
    fields=(VMSTATE_UINT64("lb"), VMSTATE_UINT64("ub")),
    source="QEMU 7.2 target/i386/machine.c: vmstate_bnd_regs",
)

vmstate_mtrr_var = VMStateDescription(
    name="mtrr_var",
    version_id=1,
    minimum_version_id=1,
    fields=(VMSTATE_UINT64("base"), VMSTATE_UINT64("mask")),
    source="QEMU 7.2 target/i386/machine.c: vmstate_mtrr_var",
)

vmstate_lbr_records_var = VMStateDescription(
    name="lbr_records_var",
    version_id=1,
    minimum_version_id=1,
    fields=(VMSTATE_UINT64("from"), VMSTATE_UINT64("to"), VMSTATE_UINT64("info")),
    source="QEMU 7.2 target/i386/machine.c: vmstate_lbr_records_var",
)


def VMSTATE_SEGMENT(f: str, *, long_bits: LongBits = 64) -> Field:
    """A segment register.

    Wire: 4 bytes selector, 8 bytes base (4 on a 32-bit target), 4 bytes limit, 4 bytes flags.
    Source: QEMU 11.1 target/i386/machine.c.
    """
    return VMSTATE_STRUCT(f, 0, vmstate_segment[long_bits])


def VMSTATE_SEGMENT_ARRAY(f: str, n: int, *, long_bits: LongBits = 64) -> Field:
    """*n* segment registers.

    Wire: *n* times 20 bytes (16 on a 32-bit target): selector, base, limit, flags.
    Source: QEMU 11.1 target/i386/machine.c.
    """
    return VMSTATE_STRUCT_ARRAY(f, n, 0, vmstate_segment[long_bits])


def VMSTATE_XMM_REGS(f: str, start: int, *, long_bits: LongBits = 64) -> Field:
    """Bits 0 to 127 of 16 vector registers (8 on a 32-bit target), from *start* on.

    Wire: 16 times (8 on a 32-bit target) 16 bytes, the lower half first.
    Source: QEMU 11.1 target/i386/machine.c.
    """
    return VMSTATE_STRUCT_SUB_ARRAY(f, start, REGISTERS[long_bits], 0, vmstate_xmm_reg)


def VMSTATE_YMMH_REGS_VARS(f: str, start: int, v: int, *, long_bits: LongBits = 64) -> Field:
    """Bits 128 to 255 of 16 vector registers (8 on a 32-bit target), from version *v* on.

    Wire: 16 times (8 on a 32-bit target) 16 bytes, the lower half first.
    Source: QEMU 11.1 target/i386/machine.c.
    """
    return VMSTATE_STRUCT_SUB_ARRAY(f, start, REGISTERS[long_bits], v, vmstate_ymmh_reg)


def VMSTATE_ZMMH_REGS_VARS(f: str, start: int, *, long_bits: LongBits = 64) -> Field:
    """Bits 256 to 511 of 16 vector registers (8 on a 32-bit target), from *start* on.

    Wire: 16 times (8 on a 32-bit target) 32 bytes, the lowest part first.
    Source: QEMU 11.1 target/i386/machine.c.
    """
    return VMSTATE_STRUCT_SUB_ARRAY(f, start, REGISTERS[long_bits], 0, vmstate_zmmh_reg)


def VMSTATE_Hi16_ZMM_REGS_VARS(f: str, start: int) -> Field:
    """All 512 bits of the 16 vector registers that AVX-512 adds to a 64-bit target.

    Wire: 16 times 64 bytes, the lowest part first.
    Source: QEMU 11.1 target/i386/machine.c.
    """
    return VMSTATE_STRUCT_SUB_ARRAY(f, start, REGISTERS[64], 0, vmstate_hi16_zmm_reg)


def VMSTATE_BND_REGS(f: str, n: int) -> Field:
    """*n* bound registers.

    Wire: *n* times 16 bytes: lower bound, upper bound.
    Source: QEMU 11.1 target/i386/machine.c.
    """
    return VMSTATE_STRUCT_ARRAY(f, n, 0, vmstate_bnd_regs)


def VMSTATE_MTRR_VARS(f: str, n: int, v: int) -> Field:
    """*n* memory type ranges, from version *v* on.

    Wire: *n* times 16 bytes: base, mask.
    Source: QEMU 11.1 target/i386/machine.c.
    """
    return VMSTATE_STRUCT_ARRAY(f, n, v, vmstate_mtrr_var)


def VMSTATE_LBR_VARS(f: str, n: int, v: int) -> Field:
    """*n* records of branches, from version *v* on.

    Wire: *n* times 24 bytes: from, to, what is known of it.
    Source: QEMU 11.1 target/i386/machine.c.
    """
    return VMSTATE_STRUCT_ARRAY(f, n, v, vmstate_lbr_records_var)
