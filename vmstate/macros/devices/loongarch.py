"""Vector registers of LoongArch CPUs, in parts: floating point, 128 bits, 256 bits.

Names are those that a little-endian host gives to a register's 64-bit parts.  No hook is
left out.

Source: QEMU 11.1 target/loongarch/machine.c, target/loongarch/vec.h.
"""

from __future__ import annotations

from vmstate.description import Field, VMStateDescription
from vmstate.macros import VMSTATE_STRUCT_SUB_ARRAY, VMSTATE_UINT64

#: How many registers there are.
REGISTERS = 32

vmstate_fpu_reg = VMStateDescription(
    name="fpu_reg",
    version_id=1,
    minimum_version_id=1,
    fields=(VMSTATE_UINT64("UD[0]"),),
    source="QEMU 11.1 target/loongarch/machine.c: vmstate_fpu_reg",
)

vmstate_lsxh_reg = VMStateDescription(
    name="lsxh_reg",
    version_id=1,
    minimum_version_id=1,
    fields=(VMSTATE_UINT64("UD[1]"),),
    source="QEMU 11.1 target/loongarch/machine.c: vmstate_lsxh_reg",
)

vmstate_lasxh_reg = VMStateDescription(
    name="lasxh_reg",
    version_id=1,
    minimum_version_id=1,
    fields=(VMSTATE_UINT64("UD[2]"), VMSTATE_UINT64("UD[3]")),
    source="QEMU 11.1 target/loongarch/machine.c: vmstate_lasxh_reg",
)


def VMSTATE_FPU_REGS(f: str, start: int) -> Field:
    """The floating-point part of 32 registers, from register *start* on.

    Wire: 32 times 8 bytes: bits 0 to 63.
    Source: QEMU 11.1 target/loongarch/machine.c, after 7.2.
    """
    return VMSTATE_STRUCT_SUB_ARRAY(f, start, REGISTERS, 0, vmstate_fpu_reg)


def VMSTATE_LSXH_REGS(f: str, start: int) -> Field:
    """What 128-bit vectors add to 32 registers, from register *start* on.

    Wire: 32 times 8 bytes: bits 64 to 127.
    Source: QEMU 11.1 target/loongarch/machine.c, after 7.2.
    """
    return VMSTATE_STRUCT_SUB_ARRAY(f, start, REGISTERS, 0, vmstate_lsxh_reg)


def VMSTATE_LASXH_REGS(f: str, start: int) -> Field:
    """What 256-bit vectors add to 32 registers, from register *start* on.

    Wire: 32 times 16 bytes: bits 128 to 191, then 192 to 255.
    Source: QEMU 11.1 target/loongarch/machine.c, after 7.2.
    """
    return VMSTATE_STRUCT_SUB_ARRAY(f, start, REGISTERS, 0, vmstate_lasxh_reg)
