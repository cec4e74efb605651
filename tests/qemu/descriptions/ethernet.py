"""Network cards without a family of their own.

Source: QEMU 7.2 hw/net/rtl8139.c, hw/net/eepro100.c, hw/net/pcnet.c, hw/net/pcnet-pci.c,
hw/net/ne2000.c, hw/net/ne2000-pci.c, hw/net/tulip.c.
"""

from __future__ import annotations

from tests.qemu.descriptions.pci_parts import pci_constants, pci_limit
from tests.support.real_devices import Device, View, becomes, below
from vmstate.description import VMStateDescription
from vmstate.macros import (
    VMSTATE_BUFFER,
    VMSTATE_INT32,
    VMSTATE_INT64,
    VMSTATE_PARTIAL_BUFFER,
    VMSTATE_STRUCT,
    VMSTATE_TIMER_PTR,
    VMSTATE_UINT8,
    VMSTATE_UINT8_2DARRAY,
    VMSTATE_UINT8_V,
    VMSTATE_UINT16,
    VMSTATE_UINT16_ARRAY,
    VMSTATE_UINT32,
    VMSTATE_UINT32_ARRAY,
    VMSTATE_UINT32_V,
    VMSTATE_UINT64,
    VMSTATE_UNUSED,
    VMSTATE_UNUSED_TEST,
)
from vmstate.macros.devices.net import VMSTATE_MACADDR
from vmstate.macros.devices.pci import VMSTATE_PCI_DEVICE

#: Nanoseconds of a tick of the timer, and of all ticks that it can count.
_TICK, _ROUND = 30, 30 << 32


def _base(put: View) -> int:
    base, now = put["/TCTR_base"], put.of("timer")["/cpu_clock_offset"]
    # The comparison is one of unsigned numbers.
    while (base + _ROUND) % 2**64 <= now % 2**64:
        base += _ROUND
    return base


def _counter(put: View) -> int:
    elapsed = put.of("timer")["/cpu_clock_offset"] - _base(put)
    return elapsed // _TICK if elapsed >= 0 else -(-elapsed // _TICK)


def _is_version_2(state: object, version_id: int) -> bool:
    return version_id == 2


vmstate_rtl8139_hotplug_ready = VMStateDescription(
    name="rtl8139/hotplug_ready",
    version_id=1,
    minimum_version_id=1,
    fields=(),
    source="QEMU 7.2 hw/net/rtl8139.c",
)

vmstate_rtl8139 = VMStateDescription(
    name="rtl8139",
    version_id=5,
    minimum_version_id=3,
    fields=(
        VMSTATE_PCI_DEVICE("parent_obj"),
        VMSTATE_PARTIAL_BUFFER("phys", 6),
        VMSTATE_BUFFER("mult", 8),
        VMSTATE_UINT32_ARRAY("TxStatus", 4),
        VMSTATE_UINT32_ARRAY("TxAddr", 4),
        VMSTATE_UINT32("RxBuf"),
        VMSTATE_UINT32("RxBufferSize"),
        VMSTATE_UINT32("RxBufPtr"),
        VMSTATE_UINT32("RxBufAddr"),
        VMSTATE_UINT16("IntrStatus"),
        VMSTATE_UINT16("IntrMask"),
        VMSTATE_UINT32("TxConfig"),
        VMSTATE_UINT32("RxConfig"),
        VMSTATE_UINT32("RxMissed"),
        VMSTATE_UINT16("CSCR"),
        VMSTATE_UINT8("Cfg9346"),
        VMSTATE_UINT8("Config0"),
        VMSTATE_UINT8("Config1"),
        VMSTATE_UINT8("Config3"),
        VMSTATE_UINT8("Config4"),
        VMSTATE_UINT8("Config5"),
        VMSTATE_UINT8("clock_enabled"),
        VMSTATE_UINT8("bChipCmdState"),
        VMSTATE_UINT16("MultiIntr"),
        VMSTATE_UINT16("BasicModeCtrl"),
        VMSTATE_UINT16("BasicModeStatus"),
        VMSTATE_UINT16("NWayAdvert"),
        VMSTATE_UINT16("NWayLPAR"),
        VMSTATE_UINT16("NWayExpansion"),
        VMSTATE_UINT16("CpCmd"),
        VMSTATE_UINT8("TxThresh"),
        VMSTATE_UNUSED(4),
        VMSTATE_MACADDR("conf.macaddr"),
        VMSTATE_INT32("rtl8139_mmio_io_addr_dummy"),
        VMSTATE_UINT32("currTxDesc"),
        VMSTATE_UINT32("currCPlusRxDesc"),
        VMSTATE_UINT32("currCPlusTxDesc"),
        VMSTATE_UINT32("RxRingAddrLO"),
        VMSTATE_UINT32("RxRingAddrHI"),
        VMSTATE_UINT16_ARRAY("eeprom.contents", 64),
        VMSTATE_INT32("eeprom.mode"),
        VMSTATE_UINT32("eeprom.tick"),
        VMSTATE_UINT8("eeprom.address"),
        VMSTATE_UINT16("eeprom.input"),
        VMSTATE_UINT16("eeprom.output"),
        VMSTATE_UINT8("eeprom.eecs"),
        VMSTATE_UINT8("eeprom.eesk"),
        VMSTATE_UINT8("eeprom.eedi"),
        VMSTATE_UINT8("eeprom.eedo"),
        VMSTATE_UINT32("TCTR"),
        VMSTATE_UINT32("TimerInt"),
        VMSTATE_INT64("TCTR_base"),
        VMSTATE_UINT64("tally_counters.TxOk"),
        VMSTATE_UINT64("tally_counters.RxOk"),
        VMSTATE_UINT64("tally_counters.TxERR"),
        VMSTATE_UINT32("tally_counters.RxERR"),
        VMSTATE_UINT16("tally_counters.MissPkt"),
        VMSTATE_UINT16("tally_counters.FAE"),
        VMSTATE_UINT32("tally_counters.Tx1Col"),
        VMSTATE_UINT32("tally_counters.TxMCol"),
        VMSTATE_UINT64("tally_counters.RxOkPhy"),
        VMSTATE_UINT64("tally_counters.RxOkBrd"),
        VMSTATE_UINT32_V("tally_counters.RxOkMul", 5),
        VMSTATE_UINT16("tally_counters.TxAbt"),
        VMSTATE_UINT16("tally_counters.TxUndrn"),
        VMSTATE_UINT32_V("cplus_enabled", 4),
    ),
    subsections=(vmstate_rtl8139_hotplug_ready,),
    source="QEMU 7.2 hw/net/rtl8139.c",
)


vmstate_eepro100 = VMStateDescription(
    name="i82550",
    version_id=3,
    minimum_version_id=2,
    fields=(
        VMSTATE_PCI_DEVICE("dev"),
        VMSTATE_UNUSED(32),
        VMSTATE_BUFFER("mult", 8),
        VMSTATE_BUFFER("mem", 4096),
        VMSTATE_UINT8("scb_stat"),
        VMSTATE_UINT8("int_stat"),
        VMSTATE_UNUSED(12),
        VMSTATE_MACADDR("conf.macaddr"),
        VMSTATE_UNUSED(76),
        VMSTATE_UINT16_ARRAY("mdimem", 32),
        VMSTATE_UINT32("device"),
        VMSTATE_UINT32("cu_base"),
        VMSTATE_UINT32("cu_offset"),
        VMSTATE_UINT32("ru_base"),
        VMSTATE_UINT32("ru_offset"),
        VMSTATE_UINT32("statsaddr"),
        VMSTATE_UINT32("statistics.tx_good_frames"),
        VMSTATE_UINT32("statistics.tx_max_collisions"),
        VMSTATE_UINT32("statistics.tx_late_collisions"),
        VMSTATE_UINT32("statistics.tx_underruns"),
        VMSTATE_UINT32("statistics.tx_lost_crs"),
        VMSTATE_UINT32("statistics.tx_deferred"),
        VMSTATE_UINT32("statistics.tx_single_collisions"),
        VMSTATE_UINT32("statistics.tx_multiple_collisions"),
        VMSTATE_UINT32("statistics.tx_total_collisions"),
        VMSTATE_UINT32("statistics.rx_good_frames"),
        VMSTATE_UINT32("statistics.rx_crc_errors"),
        VMSTATE_UINT32("statistics.rx_alignment_errors"),
        VMSTATE_UINT32("statistics.rx_resource_errors"),
        VMSTATE_UINT32("statistics.rx_overrun_errors"),
        VMSTATE_UINT32("statistics.rx_cdt_errors"),
        VMSTATE_UINT32("statistics.rx_short_frame_errors"),
        VMSTATE_UINT32("statistics.fc_xmt_pause"),
        VMSTATE_UINT32("statistics.fc_rcv_pause"),
        VMSTATE_UINT32("statistics.fc_rcv_unsupported"),
        VMSTATE_UINT16("statistics.xmt_tco_frames"),
        VMSTATE_UINT16("statistics.rcv_tco_frames"),
        VMSTATE_BUFFER("configuration", 22),
    ),
    source="QEMU 7.2 hw/net/eepro100.c",
)


vmstate_pcnet = VMStateDescription(
    name="pcnet",
    version_id=3,
    minimum_version_id=2,
    fields=(
        VMSTATE_INT32("rap"),
        VMSTATE_INT32("isr"),
        VMSTATE_INT32("lnkst"),
        VMSTATE_UINT32("rdra"),
        VMSTATE_UINT32("tdra"),
        VMSTATE_BUFFER("prom", 16),
        VMSTATE_UINT16_ARRAY("csr", 128),
        VMSTATE_UINT16_ARRAY("bcr", 32),
        VMSTATE_UINT64("timer"),
        VMSTATE_INT32("xmit_pos"),
        VMSTATE_BUFFER("buffer", 4096),
        VMSTATE_UNUSED_TEST(_is_version_2, 4),
        VMSTATE_INT32("tx_busy"),
        VMSTATE_TIMER_PTR("poll_timer"),
    ),
    source="QEMU 7.2 hw/net/pcnet.c",
)


vmstate_pci_pcnet = VMStateDescription(
    name="pcnet",
    version_id=3,
    minimum_version_id=2,
    fields=(
        VMSTATE_PCI_DEVICE("parent_obj"),
        VMSTATE_STRUCT("state", 0, vmstate_pcnet),
    ),
    source="QEMU 7.2 hw/net/pcnet-pci.c",
)


vmstate_ne2000 = VMStateDescription(
    name="ne2000",
    version_id=2,
    fields=(
        VMSTATE_UINT8_V("rxcr", 2),
        VMSTATE_UINT8("cmd"),
        VMSTATE_UINT32("start"),
        VMSTATE_UINT32("stop"),
        VMSTATE_UINT8("boundary"),
        VMSTATE_UINT8("tsr"),
        VMSTATE_UINT8("tpsr"),
        VMSTATE_UINT16("tcnt"),
        VMSTATE_UINT16("rcnt"),
        VMSTATE_UINT32("rsar"),
        VMSTATE_UINT8("rsr"),
        VMSTATE_UINT8("isr"),
        VMSTATE_UINT8("dcfg"),
        VMSTATE_UINT8("imr"),
        VMSTATE_BUFFER("phys", 6),
        VMSTATE_UINT8("curpag"),
        VMSTATE_BUFFER("mult", 8),
        VMSTATE_UNUSED(4),
        VMSTATE_BUFFER("mem", 49152),
    ),
    source="QEMU 7.2 hw/net/ne2000.c",
)


vmstate_pci_ne2000 = VMStateDescription(
    name="ne2000",
    version_id=3,
    minimum_version_id=3,
    fields=(
        VMSTATE_PCI_DEVICE("dev"),
        VMSTATE_STRUCT("ne2000", 0, vmstate_ne2000),
    ),
    source="QEMU 7.2 hw/net/ne2000-pci.c",
)


vmstate_pci_tulip = VMStateDescription(
    name="tulip",
    fields=(
        VMSTATE_PCI_DEVICE("dev"),
        VMSTATE_UINT32_ARRAY("csr", 16),
        VMSTATE_UINT32("old_csr9"),
        VMSTATE_UINT32("mii_word"),
        VMSTATE_UINT32("mii_bitcnt"),
        VMSTATE_UINT64("current_rx_desc"),
        VMSTATE_UINT64("current_tx_desc"),
        VMSTATE_BUFFER("rx_frame", 2048),
        VMSTATE_BUFFER("tx_frame", 2048),
        VMSTATE_UINT16("rx_frame_len"),
        VMSTATE_UINT16("tx_frame_len"),
        VMSTATE_UINT16("rx_frame_size"),
        VMSTATE_UINT32("rx_status"),
        VMSTATE_UINT8_2DARRAY("filter", 16, 6),
    ),
    source="QEMU 7.2 hw/net/tulip.c",
)


DEVICES = (
    Device(
        section="rtl8139",
        description=vmstate_rtl8139,
        constants=pci_constants("parent_obj"),
        limits=(
            below(1 << 36, "a base in the future would not be moved", "TCTR_base"),
            pci_limit("parent_obj"),
        ),
        rules=(
            becomes(
                lambda put: 0,
                "hw/net/rtl8139.c, rtl8139_pre_save: nobody uses it",
                "rtl8139_mmio_io_addr_dummy",
            ),
            becomes(
                _counter,
                "hw/net/rtl8139.c, rtl8139_pre_save: the counter follows from its base",
                "TCTR",
            ),
            becomes(
                _base,
                (
                    "hw/net/rtl8139.c, rtl8139_set_next_tctr_time: the base is moved to the latest "
                    "overflow"
                ),
                "TCTR_base",
            ),
        ),
    ),
    Device(
        section="i82550",
        description=vmstate_eepro100,
        constants=pci_constants("dev"),
        limits=(pci_limit("dev"),),
    ),
    Device(
        section="pcnet",
        description=vmstate_pci_pcnet,
        constants=pci_constants("parent_obj"),
        limits=(pci_limit("parent_obj"),),
    ),
    Device(
        section="ne2000",
        description=vmstate_pci_ne2000,
        constants=pci_constants("dev"),
        limits=(pci_limit("dev"),),
    ),
    Device(
        section="tulip",
        description=vmstate_pci_tulip,
        constants=pci_constants("dev"),
        limits=(pci_limit("dev"),),
    ),
)
