"""Codecs that one device or target uses.

One file per device, bus or target.  Constants have QEMU's C names without
``vmstate_info_``, ``vmstate_`` or ``vms_``; a target's registers have the target's name in
front, because two targets may use one name for different wires.  The representation of
each is the name that it has here.
"""

from vmstate.info.devices.arm import CPSR as ARM_CPSR
from vmstate.info.devices.arm import FPCR as ARM_FPCR
from vmstate.info.devices.arm import FPSCR as ARM_FPSCR
from vmstate.info.devices.arm import FPSR as ARM_FPSR
from vmstate.info.devices.arm import POWERED_OFF as ARM_POWERED_OFF
from vmstate.info.devices.avr import EIND as AVR_EIND
from vmstate.info.devices.avr import RAMPD as AVR_RAMPD
from vmstate.info.devices.avr import RAMPX as AVR_RAMPX
from vmstate.info.devices.avr import RAMPY as AVR_RAMPY
from vmstate.info.devices.avr import RAMPZ as AVR_RAMPZ
from vmstate.info.devices.avr import SREG as AVR_SREG
from vmstate.info.devices.hppa import PSW as HPPA_PSW
from vmstate.info.devices.hppa import TLB_ENTRY as HPPA_TLB_ENTRY
from vmstate.info.devices.mips import FPR as MIPS_FPR
from vmstate.info.devices.mips import OCTEON_LLM_TREE as MIPS_OCTEON_LLM_TREE
from vmstate.info.devices.mips import TLB as MIPS_TLB
from vmstate.info.devices.mips import TLB32 as MIPS_TLB32
from vmstate.info.devices.msix import MSIX
from vmstate.info.devices.nvram import HACK_UINT16_FROM_UINT8, HACK_UINT32_AS_UINT16
from vmstate.info.devices.pci import PCI_CONFIG, PCI_IRQ_STATE
from vmstate.info.devices.ppc import AVR as PPC_AVR
from vmstate.info.devices.ppc import FPR as PPC_FPR
from vmstate.info.devices.ppc import SLBE as PPC_SLBE
from vmstate.info.devices.ppc import VSCR as PPC_VSCR
from vmstate.info.devices.ppc import VSR as PPC_VSR
from vmstate.info.devices.scsi_requests import SCSI_REQUESTS
from vmstate.info.devices.shpc import SHPC
from vmstate.info.devices.small_targets import ALPHA_FPCR, MICROBLAZE_MSR, OR1K_SR
from vmstate.info.devices.sparc import CWP as SPARC_CWP
from vmstate.info.devices.sparc import FSR as SPARC_FSR
from vmstate.info.devices.sparc import FSR32 as SPARC_FSR32
from vmstate.info.devices.sparc import PSR as SPARC_PSR
from vmstate.info.devices.sparc import XCC as SPARC_XCC
from vmstate.info.devices.usbredir import (
    USBREDIR_EP_BUFPQ,
    USBREDIR_EP_PACKET_ID_Q,
    USBREDIR_PARSER,
)
from vmstate.info.devices.vdagent import CBINFOS
from vmstate.info.devices.virtio import VIRTIO
from vmstate.info.devices.virtio_transport import EXTRA_STATE

__all__ = [
    "ALPHA_FPCR",
    "ARM_CPSR",
    "ARM_FPCR",
    "ARM_FPSCR",
    "ARM_FPSR",
    "ARM_POWERED_OFF",
    "AVR_EIND",
    "AVR_RAMPD",
    "AVR_RAMPX",
    "AVR_RAMPY",
    "AVR_RAMPZ",
    "AVR_SREG",
    "CBINFOS",
    "EXTRA_STATE",
    "HACK_UINT16_FROM_UINT8",
    "HACK_UINT32_AS_UINT16",
    "HPPA_PSW",
    "HPPA_TLB_ENTRY",
    "MICROBLAZE_MSR",
    "MIPS_FPR",
    "MIPS_OCTEON_LLM_TREE",
    "MIPS_TLB",
    "MIPS_TLB32",
    "MSIX",
    "OR1K_SR",
    "PCI_CONFIG",
    "PCI_IRQ_STATE",
    "PPC_AVR",
    "PPC_FPR",
    "PPC_SLBE",
    "PPC_VSCR",
    "PPC_VSR",
    "SCSI_REQUESTS",
    "SHPC",
    "SPARC_CWP",
    "SPARC_FSR",
    "SPARC_FSR32",
    "SPARC_PSR",
    "SPARC_XCC",
    "USBREDIR_EP_BUFPQ",
    "USBREDIR_EP_PACKET_ID_Q",
    "USBREDIR_PARSER",
    "VIRTIO",
]
