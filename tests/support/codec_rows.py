"""Every codec of QEMU 11.1: its C name, its type in a vmdesc, an example and its bytes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from vmstate import info
from vmstate.info import devices
from vmstate.info.devices import hppa, mips, ppc, vdagent
from vmstate.info.devices.msix import Msix
from vmstate.info.devices.pci import ConfigSpace
from vmstate.info.devices.scsi_requests import ScsiRequest
from vmstate.info.devices.usbredir import BufferedPacket
from vmstate.info.devices.virtio_device import VirtioDevice, VirtQueue
from vmstate.info.devices.virtio_mmio import MmioTransport

#: The destination holds an equal value before it is loaded.
SAME = object()


@dataclass(frozen=True)
class Row:
    """A codec.

    Attributes:
        source: QEMU's file and C name.
        type: its name in a vmdesc.
        constant: its name here.
        value: a value.
        wire: the value's bytes, in hex; ``_`` before what is only read.
        before: makes what the destination holds; SAME for an equal value.
        size: the field's size.
    """

    source: str
    type: str
    constant: str
    value: Any
    wire: str
    before: Any = SAME
    size: int = 0

    @property
    def codec(self) -> Any:
        return getattr(info, self.constant, None) or getattr(devices, self.constant)

    @property
    def is_saved(self) -> bool:
        return not self.wire.startswith("_")

    @property
    def data(self) -> bytes:
        return bytes.fromhex(self.wire.lstrip("_"))


@dataclass
class Timer:
    """A timer that is equal to another that fires at the same time."""

    expire_ns: int | None = None

    def modify(self, expire_ns: int) -> None:
        self.expire_ns = expire_ns

    def delete(self) -> None:
        self.expire_ns = None


@dataclass
class Byte:
    """A state of one byte, for codecs that hold states."""

    number: int = 0
    parent: Any = None


def queues(*used: VirtQueue) -> list[VirtQueue]:
    return [*used, *(VirtQueue() for _ in range(1024 - len(used)))]


def virtio(**members: Any) -> VirtioDevice:
    return VirtioDevice(MmioTransport(1, 2, 12), host_features=0, **members)


TYPES, SAVEVM = "migration/vmstate-types.c:", "migration/savevm.c:"
ARM, PPC, SPARC = (f"target/{target}/machine.c:" for target in ("arm", "ppc", "sparc"))
MIPS, HPPA, AVR = (f"target/{target}/machine.c:" for target in ("mips/system", "hppa", "avr"))

CORE = (
    Row(f"{TYPES}vmstate_info_bool", "bool", "BOOL", True, "01", None),
    Row(f"{TYPES}vmstate_info_int8", "int8", "INT8", -2, "fe", None),
    Row(f"{TYPES}vmstate_info_int16", "int16", "INT16", -2, "fffe", None),
    Row(f"{TYPES}vmstate_info_int32", "int32", "INT32", -2, "fffffffe", None),
    Row(f"{TYPES}vmstate_info_int64", "int64", "INT64", -2, "fffffffffffffffe", None),
    Row(f"{TYPES}vmstate_info_uint8", "uint8", "UINT8", 0x12, "12", None),
    Row(f"{TYPES}vmstate_info_uint16", "uint16", "UINT16", 0x1234, "1234", None),
    Row(f"{TYPES}vmstate_info_uint32", "uint32", "UINT32", 0x12345678, "12345678", None),
    Row(f"{TYPES}vmstate_info_uint64", "uint64", "UINT64", 0x12, "0000000000000012", None),
    Row(f"{TYPES}vmstate_info_int32_equal", "int32 equal", "INT32_EQUAL", -1, "ffffffff"),
    Row(f"{TYPES}vmstate_info_uint8_equal", "uint8 equal", "UINT8_EQUAL", 0x80, "80"),
    Row(f"{TYPES}vmstate_info_uint16_equal", "uint16 equal", "UINT16_EQUAL", 0x80, "0080"),
    Row(f"{TYPES}vmstate_info_uint32_equal", "uint32 equal", "UINT32_EQUAL", 128, "00000080"),
    Row(f"{TYPES}vmstate_info_uint64_equal", "int64 equal", "UINT64_EQUAL", 1, "0000000000000001"),
    Row(f"{TYPES}vmstate_info_int32_le", "int32 le", "INT32_LE", 2, "00000002", lambda: 3),
    Row(f"{TYPES}vmstate_info_fd", "fd", "FD", 7, "20", lambda: -1),
    Row(f"{TYPES}vmstate_info_ptr_marker", "ptr-marker", "PTR_MARKER", None, "30", lambda: 5),
    Row(f"{TYPES}vmstate_info_cpudouble", "CPU_Double_U", "CPUDOUBLE", 1 << 63, "80" + "00" * 7),
    Row(f"{SAVEVM}vmstate_info_timer", "timer", "TIMER", Timer(5), "0000000000000005", Timer),
    Row(
        f"{TYPES}vmstate_info_buffer",
        "buffer",
        "BUFFER",
        bytearray(b"ab"),
        "6162",
        lambda: bytearray(2),
        2,
    ),
    Row(
        f"{TYPES}vmstate_info_unused_buffer", "unused_buffer", "UNUSED_BUFFER", None, "0000", size=2
    ),
    Row(f"{TYPES}vmstate_info_tmp", "tmp", "TMP", Byte(1), "05"),
    Row(f"{TYPES}vmstate_info_bitmap", "bitmap", "BITMAP", 5, "0000000000000005", None, 3),
    Row(f"{TYPES}vmstate_info_qtailq", "qtailq", "QTAILQ", [Byte(5)], "010500", list),
    Row(f"{TYPES}vmstate_info_qlist", "qlist", "QLIST", [Byte(5)], "010500", list),
    Row(
        f"{TYPES}vmstate_info_gtree",
        "gtree",
        "GTREE",
        {3: Byte(5)},
        "00000001 01 0000000000000003 05 00",
        dict,
    ),
    Row(
        f"{TYPES}vmstate_info_g_byte_array",
        "GByteArray",
        "G_BYTE_ARRAY",
        bytearray(b"ab"),
        "00000002 6162",
        bytearray,
    ),
    Row(f"{SAVEVM}vmstate_info_capability", "capability", "CAPABILITY", "x-colo", "06782d636f6c6f"),
)

DEVICES = (
    Row(
        "hw/pci/pci.c:vmstate_info_pci_config",
        "pci config",
        "PCI_CONFIG",
        ConfigSpace(bytearray(b"\x86\x80"), bytearray(2), bytearray(2), bytearray(2)),
        "8680",
        lambda: ConfigSpace.blank(2),
        2,
    ),
    Row(
        "hw/pci/pci.c:vmstate_info_pci_irq_state",
        "pci irq state",
        "PCI_IRQ_STATE",
        0b1001,
        "00000001 00000000 00000000 00000001",
        None,
    ),
    Row(
        "hw/pci/msix.c:vmstate_info_msix",
        "msix state",
        "MSIX",
        Msix(bytearray(range(16)), bytearray(b"\1")),
        "000102030405060708090a0b0c0d0e0f 01",
        lambda: Msix.blank(1),
    ),
    Row(
        "hw/pci/shpc.c:shpc_vmstate_info",
        "shpc",
        "SHPC",
        bytearray(range(40)),
        bytes(range(40)).hex(),
        lambda: bytearray(40),
    ),
    Row(
        "hw/virtio/virtio.c:virtio_vmstate_info",
        "virtio",
        "VIRTIO",
        virtio(
            status=0xF,
            isr=1,
            queue_sel=2,
            guest_features=3,
            config=bytearray(b"ab"),
            queues=queues(VirtQueue(num=128, align=4096, desc=0x1000, last_avail_idx=9)),
        ),
        "00000001 00000002 0000000c 0f 01 0002 00000003 00000002 6162 00000001"
        "00000080 00001000 0000000000001000 0009",
        lambda: virtio(config=bytearray(2)),
    ),
    Row(
        "hw/virtio/virtio.c:vmstate_info_extra_state",
        "virtqueue_extra_state",
        "EXTRA_STATE",
        MmioTransport(modern=devices.virtio_modern.Modern(guest_features=2 << 32 | 1)),
        "05 11" + b"virtio_mmio/state".hex() + "00000001 00000001 00000002" + "00" * 27 * 1024,
        MmioTransport,
    ),
    Row(
        "hw/scsi/scsi-bus.c:vmstate_info_scsi_requests",
        "scsi-requests",
        "SCSI_REQUESTS",
        [ScsiRequest(bytes(range(16)), 3, 4, retry=True)],
        "01 000102030405060708090a0b0c0d0e0f 00000003 00000004 00",
        list,
    ),
    Row(
        "hw/nvram/fw_cfg.c:vmstate_hack_uint32_as_uint16",
        "int32_as_uint16",
        "HACK_UINT32_AS_UINT16",
        0x1234,
        "_1234",
        None,
    ),
    Row(
        "hw/nvram/eeprom93xx.c:vmstate_hack_uint16_from_uint8",
        "uint16_from_uint8",
        "HACK_UINT16_FROM_UINT8",
        0x12,
        "_12",
        None,
    ),
    Row(
        "hw/usb/redirect.c:usbredir_parser_vmstate_info",
        "usb-redir-parser",
        "USBREDIR_PARSER",
        b"ab",
        "00000002 6162",
        lambda: b"old",
    ),
    Row(
        "hw/usb/redirect.c:usbredir_ep_bufpq_vmstate_info",
        "usb-redir-bufpq",
        "USBREDIR_EP_BUFPQ",
        [BufferedPacket(5, b"ab")],
        "00000001 00000002 00000005 6162",
        list,
    ),
    Row(
        "hw/usb/redirect.c:usbredir_ep_packet_id_q_vmstate_info",
        "usb-redir-packet-id-q",
        "USBREDIR_EP_PACKET_ID_Q",
        [5],
        "00000001 0000000000000005",
        list,
    ),
    Row(
        "ui/vdagent.c:vmstate_cbinfos",
        "vdagent/cbinfos",
        "CBINFOS",
        [vdagent.Clipboard(1, True, 7, [vdagent.Content(True, False, b"ab")])],
        "00000001 00000001 01 00000007 01 00 00000002 6162",
        list,
    ),
    Row(f"{ARM}vmstate_fpscr", "fpscr", "ARM_FPSCR", 0x12345678, "12345678", lambda: 5),
    Row(f"{ARM}vmstate_fpcr", "fpcr", "ARM_FPCR", 0x12, "0000000000000012", None),
    Row(f"{ARM}vmstate_fpsr", "fpsr", "ARM_FPSR", 0x12, "0000000000000012", None),
    Row(f"{ARM}vmstate_cpsr", "cpsr", "ARM_CPSR", 0x1D3, "000001d3", None),
    Row(f"{ARM}vmstate_powered_off", "powered_off", "ARM_POWERED_OFF", True, "01", None),
    Row(f"{PPC}vmstate_info_avr", "avr", "PPC_AVR", 1 << 64 | 2, "00" * 7 + "02" + "00" * 7 + "01"),
    Row(f"{PPC}vmstate_info_fpr", "fpr", "PPC_FPR", 1 << 64 | 2, "0000000000000001", lambda: 2),
    Row(
        f"{PPC}vmstate_info_vsr", "vsr", "PPC_VSR", 1 << 64 | 2, "0000000000000002", lambda: 1 << 64
    ),
    Row(
        f"{PPC}vmstate_info_slbe",
        "slbe",
        "PPC_SLBE",
        ppc.SlbEntry(1, 2),
        "0000000000000001 0000000000000002",
        ppc.SlbEntry,
    ),
    Row(f"{PPC}vmstate_vscr", "cpu/altivec/vscr", "PPC_VSCR", 0x10000, "00010000", None),
    Row(f"{SPARC}vmstate_psr", "psr", "SPARC_PSR", 0xF0000000, "f0000000", None),
    Row(f"{SPARC}vmstate_fsr", "fsr", "SPARC_FSR", 0x12, "0000000000000012", None),
    Row(f"{SPARC}vmstate_xcc", "xcc", "SPARC_XCC", 0x00400000, "00400000", None),
    Row(f"{SPARC}vmstate_cwp", "uint32", "SPARC_CWP", 7, "00000007", None),
    Row(
        f"{MIPS}vmstate_info_fpr", "fpr", "MIPS_FPR", 1 << 64 | 2, "00" * 7 + "02" + "00" * 7 + "01"
    ),
    Row(
        f"{MIPS}vmstate_info_octeon_llm_tree",
        "octeon_llm_tree",
        "MIPS_OCTEON_LLM_TREE",
        {3: 4},
        "00000001 0000000000000003 0000000000000004",
        dict,
    ),
    Row(
        f"{MIPS}vmstate_info_tlb",
        "tlb_entry",
        "MIPS_TLB",
        mips.TlbEntry(vpn=1, page_mask=2, asid=3, mmid=4, g=1, v1=1, pfn=[5, 6]),
        "0000000000000001 00000002 0003 00000004 0404 0000000000000005 0000000000000006",
        mips.TlbEntry,
    ),
    Row(f"{HPPA}vmstate_psw", "psw", "HPPA_PSW", 0x12, "0000000000000012", None),
    Row(
        f"{HPPA}vmstate_tlb_entry",
        "tlb entry",
        "HPPA_TLB_ENTRY",
        hppa.TlbEntry(start=1, last=2, pa=3, entry_valid=1, access_id=4, ar_type=5),
        "0000000000000001 0000000000000002 0000000000000003 0500000000000009",
        hppa.TlbEntry,
    ),
    Row("target/alpha/machine.c:vmstate_fpcr", "fpcr", "ALPHA_FPCR", 1, "0000000000000001", None),
    Row("target/or1k/machine.c:vmstate_sr", "sr", "OR1K_SR", 0x8001, "00008001", None),
    Row("target/microblaze/machine.c:vmstate_msr", "msr", "MICROBLAZE_MSR", 4, "00000004", None),
    Row(f"{AVR}vms_sreg", "sreg", "AVR_SREG", 0x80, "80", None),
    Row(f"{AVR}vms_rampD", "rampD", "AVR_RAMPD", 0x120000, "12", None),
    Row(f"{AVR}vms_rampX", "rampX", "AVR_RAMPX", 0x120000, "12", None),
    Row(f"{AVR}vms_rampY", "rampY", "AVR_RAMPY", 0x120000, "12", None),
    Row(f"{AVR}vms_rampZ", "rampZ", "AVR_RAMPZ", 0x120000, "12", None),
    Row(f"{AVR}vms_eind", "eind", "AVR_EIND", 0x120000, "12", None),
)

ROWS = CORE + DEVICES
