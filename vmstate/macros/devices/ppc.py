"""Registers of PowerPC CPUs, the time base, devices on the sPAPR virtual bus.

Vector-scalar registers are ints of 128 bits in one array of 64: ``FPR`` sends the upper
halves of the first 32, ``VSR`` their lower halves, ``AVR`` the last 32 whole.  Left out is
the hook that reads the time base before it is saved.

Source: QEMU 7.2 target/ppc/machine.c, hw/ppc/ppc.c, hw/ppc/spapr_vio.c.
"""

from __future__ import annotations

from vmstate.description import Field, VMStateDescription
from vmstate.info.devices.ppc import AVR, FPR, SLBE, VSR
from vmstate.macros import (
    VMSTATE_ARRAY,
    VMSTATE_INT64,
    VMSTATE_STRUCT,
    VMSTATE_SUB_ARRAY,
    VMSTATE_UINT32,
    VMSTATE_UINT32_EQUAL,
    VMSTATE_UINT64,
)

#: The first AltiVec register among the vector-scalar ones.
_FIRST_AVR = 32

vmstate_ppc_timebase = VMStateDescription(
    name="timebase",
    version_id=1,
    minimum_version_id=1,
    fields=(VMSTATE_UINT64("guest_timebase"), VMSTATE_INT64("time_of_the_day_ns")),
    source="QEMU 7.2 hw/ppc/ppc.c: vmstate_ppc_timebase",
)

vmstate_spapr_vio = VMStateDescription(
    name="spapr_vio",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_UINT32_EQUAL("reg"),
        VMSTATE_UINT32_EQUAL("irq"),
        VMSTATE_UINT64("signal_state"),
        VMSTATE_UINT64("crq.qladdr"),
        VMSTATE_UINT32("crq.qsize"),
        VMSTATE_UINT32("crq.qnext"),
    ),
    source="QEMU 7.2 hw/ppc/spapr_vio.c: vmstate_spapr_vio",
)


def VMSTATE_PPC_TIMEBASE_V(f: str, version: int) -> Field:
    """The time base, from *version* on.

    Wire: 8 bytes time base, 8 bytes time of the day in nanoseconds.
    Source: QEMU 11.1 target/ppc/cpu-qom.h.
    """
    return VMSTATE_STRUCT(f, version, vmstate_ppc_timebase)


def VMSTATE_SPAPR_VIO(f: str) -> Field:
    """What every device on the virtual bus has.

    Wire: 32 bytes: 4 each for address and interrupt, which must be equal; signals, queue.
    Source: QEMU 11.1 include/hw/ppc/spapr_vio.h.
    """
    return VMSTATE_STRUCT(f, 0, vmstate_spapr_vio)


def VMSTATE_AVR_ARRAY_V(f: str, n: int, v: int) -> Field:
    """*n* AltiVec registers, from version *v* on.

    Wire: *n* times 16 bytes, the lower half first on little-endian hosts.
    Source: QEMU 11.1 target/ppc/machine.c.
    """
    return VMSTATE_SUB_ARRAY(f, _FIRST_AVR, n, v, AVR)


def VMSTATE_AVR_ARRAY(f: str, n: int) -> Field:
    """*n* AltiVec registers.

    Wire: *n* times 16 bytes, the lower half first on little-endian hosts.
    Source: QEMU 11.1 target/ppc/machine.c.
    """
    return VMSTATE_AVR_ARRAY_V(f, n, 0)


def VMSTATE_FPR_ARRAY_V(f: str, n: int, v: int) -> Field:
    """*n* floating-point registers, from version *v* on.

    Wire: *n* times 8 bytes.
    Source: QEMU 11.1 target/ppc/machine.c.
    """
    return VMSTATE_SUB_ARRAY(f, 0, n, v, FPR)


def VMSTATE_FPR_ARRAY(f: str, n: int) -> Field:
    """*n* floating-point registers.

    Wire: *n* times 8 bytes.
    Source: QEMU 11.1 target/ppc/machine.c.
    """
    return VMSTATE_FPR_ARRAY_V(f, n, 0)


def VMSTATE_VSR_ARRAY_V(f: str, n: int, v: int) -> Field:
    """The lower halves of *n* vector-scalar registers, from version *v* on.

    Wire: *n* times 8 bytes.
    Source: QEMU 11.1 target/ppc/machine.c.
    """
    return VMSTATE_SUB_ARRAY(f, 0, n, v, VSR)


def VMSTATE_VSR_ARRAY(f: str, n: int) -> Field:
    """The lower halves of *n* vector-scalar registers.

    Wire: *n* times 8 bytes.
    Source: QEMU 11.1 target/ppc/machine.c.
    """
    return VMSTATE_VSR_ARRAY_V(f, n, 0)


def VMSTATE_SLB_ARRAY_V(f: str, n: int, v: int) -> Field:
    """*n* segment entries, from version *v* on.

    Wire: *n* times 16 bytes: esid, vsid.
    Source: QEMU 11.1 target/ppc/machine.c.
    """
    return VMSTATE_ARRAY(f, n, v, SLBE)


def VMSTATE_SLB_ARRAY(f: str, n: int) -> Field:
    """*n* segment entries.

    Wire: *n* times 16 bytes: esid, vsid.
    Source: QEMU 11.1 target/ppc/machine.c.
    """
    return VMSTATE_SLB_ARRAY_V(f, n, 0)
