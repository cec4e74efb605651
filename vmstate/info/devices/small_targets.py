"""Registers of Alpha, OpenRISC and MicroBlaze CPUs, one of each.

Source: QEMU 11.1 target/alpha/machine.c, vmstate_fpcr; target/or1k/machine.c, vmstate_sr;
target/microblaze/machine.c, vmstate_msr.
"""

from __future__ import annotations

from vmstate.info.devices.register import Register

ALPHA_FPCR = Register("ALPHA_FPCR", "fpcr", "Q")
OR1K_SR = Register("OR1K_SR", "sr", "I")
MICROBLAZE_MSR = Register("MICROBLAZE_MSR", "msr", "I")
