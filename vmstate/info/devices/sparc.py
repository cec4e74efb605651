"""Registers of SPARC CPUs.

Source: QEMU 11.1 target/sparc/machine.c: vmstate_psr, vmstate_fsr, vmstate_xcc,
vmstate_cwp.
"""

from __future__ import annotations

from vmstate.info.devices.register import Register

PSR = Register("SPARC_PSR", "psr", "I")
#: As wide as a register of the target: 64 bits here, 32 in :data:`FSR32`.
FSR = Register("SPARC_FSR", "fsr", "Q")
FSR32 = Register("SPARC_FSR32", "fsr", "I")
#: The condition codes xcc in bits 20 to 23.
XCC = Register("SPARC_XCC", "xcc", "I")
#: QEMU gives it the name of a plain integer.
CWP = Register("SPARC_CWP", "uint32", "I")
