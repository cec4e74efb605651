"""Sound cards.

Source: QEMU 7.2 hw/audio/ac97.c, hw/audio/es1370.c, hw/audio/sb16.c, hw/audio/cs4231a.c.
"""

from __future__ import annotations

from tests.qemu.descriptions.pci_parts import pci_constants, pci_limit
from tests.support.real_devices import Device, View, becomes, kept
from vmstate.description import VMStateDescription
from vmstate.macros import (
    VMSTATE_BUFFER,
    VMSTATE_INT32,
    VMSTATE_STRUCT_ARRAY,
    VMSTATE_UINT8,
    VMSTATE_UINT16,
    VMSTATE_UINT32,
    VMSTATE_UINT32_ARRAY,
    VMSTATE_UNUSED_TEST,
)
from vmstate.macros.devices.pci import VMSTATE_PCI_DEVICE

#: Registers of the mixer whose reserved bits are cleared: master and PCM volume, what is
#: recorded, and how loud.
_MIXER = {0x02: 0xBF3F, 0x18: 0x9F1F, 0x1A: 0x0707, 0x1C: 0x8F0F}


def _mixer(put: View) -> bytes:
    data = bytearray(put.leaf.data)
    for register, mask in _MIXER.items():
        value = int.from_bytes(data[register : register + 2], "little") & mask
        data[register : register + 2] = value.to_bytes(2, "little")
    return bytes(data)


def _shift(put: View) -> int:
    channel = put.index
    sample = put["/sctl"] >> 2 * channel & 3
    # The first channel has four rates of its own; the others share a divider.
    rate = put["/ctl"] & (0x3000 if channel == 0 else 0x1FFF0000)
    return (sample & 1) + (sample >> 1) if sample or rate else put.value


def _is_version_2(state: object, version_id: int) -> bool:
    return version_id == 2


vmstate_ac97_bm_regs = VMStateDescription(
    name="ac97_bm_regs",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_UINT32("bdbar"),
        VMSTATE_UINT8("civ"),
        VMSTATE_UINT8("lvi"),
        VMSTATE_UINT16("sr"),
        VMSTATE_UINT16("picb"),
        VMSTATE_UINT8("piv"),
        VMSTATE_UINT8("cr"),
        VMSTATE_UINT32("bd_valid"),
        VMSTATE_UINT32("bd.addr"),
        VMSTATE_UINT32("bd.ctl_len"),
    ),
    source="QEMU 7.2 hw/audio/ac97.c",
)

vmstate_ac97 = VMStateDescription(
    name="ac97",
    version_id=3,
    minimum_version_id=2,
    fields=(
        VMSTATE_PCI_DEVICE("dev"),
        VMSTATE_UINT32("glob_cnt"),
        VMSTATE_UINT32("glob_sta"),
        VMSTATE_UINT32("cas"),
        VMSTATE_STRUCT_ARRAY("bm_regs", 3, 1, vmstate_ac97_bm_regs),
        VMSTATE_BUFFER("mixer_data", 256),
        VMSTATE_UNUSED_TEST(_is_version_2, 3),
    ),
    source="QEMU 7.2 hw/audio/ac97.c",
)


vmstate_es1370_channel = VMStateDescription(
    name="es1370_channel",
    version_id=2,
    minimum_version_id=2,
    fields=(
        VMSTATE_UINT32("shift"),
        VMSTATE_UINT32("leftover"),
        VMSTATE_UINT32("scount"),
        VMSTATE_UINT32("frame_addr"),
        VMSTATE_UINT32("frame_cnt"),
    ),
    source="QEMU 7.2 hw/audio/es1370.c",
)

vmstate_es1370 = VMStateDescription(
    name="es1370",
    version_id=2,
    minimum_version_id=2,
    fields=(
        VMSTATE_PCI_DEVICE("dev"),
        VMSTATE_STRUCT_ARRAY("chan", 3, 2, vmstate_es1370_channel),
        VMSTATE_UINT32("ctl"),
        VMSTATE_UINT32("status"),
        VMSTATE_UINT32("mempage"),
        VMSTATE_UINT32("codec"),
        VMSTATE_UINT32("sctl"),
    ),
    source="QEMU 7.2 hw/audio/es1370.c",
)


vmstate_sb16 = VMStateDescription(
    name="sb16",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_UINT32("irq"),
        VMSTATE_UINT32("dma"),
        VMSTATE_UINT32("hdma"),
        VMSTATE_UINT32("port"),
        VMSTATE_UINT32("ver"),
        VMSTATE_INT32("in_index"),
        VMSTATE_INT32("out_data_len"),
        VMSTATE_INT32("fmt_stereo"),
        VMSTATE_INT32("fmt_signed"),
        VMSTATE_INT32("fmt_bits"),
        VMSTATE_UINT32("fmt"),
        VMSTATE_INT32("dma_auto"),
        VMSTATE_INT32("block_size"),
        VMSTATE_INT32("fifo"),
        VMSTATE_INT32("freq"),
        VMSTATE_INT32("time_const"),
        VMSTATE_INT32("speaker"),
        VMSTATE_INT32("needed_bytes"),
        VMSTATE_INT32("cmd"),
        VMSTATE_INT32("use_hdma"),
        VMSTATE_INT32("highspeed"),
        VMSTATE_INT32("can_write"),
        VMSTATE_INT32("v2x6"),
        VMSTATE_UINT8("csp_param"),
        VMSTATE_UINT8("csp_value"),
        VMSTATE_UINT8("csp_mode"),
        VMSTATE_UINT8("csp_param"),
        VMSTATE_BUFFER("csp_regs", 256),
        VMSTATE_UINT8("csp_index"),
        VMSTATE_BUFFER("csp_reg83", 4),
        VMSTATE_INT32("csp_reg83r"),
        VMSTATE_INT32("csp_reg83w"),
        VMSTATE_BUFFER("in2_data", 10),
        VMSTATE_BUFFER("out_data", 50),
        VMSTATE_UINT8("test_reg"),
        VMSTATE_UINT8("last_read_byte"),
        VMSTATE_INT32("nzero"),
        VMSTATE_INT32("left_till_irq"),
        VMSTATE_INT32("dma_running"),
        VMSTATE_INT32("bytes_per_second"),
        VMSTATE_INT32("align"),
        VMSTATE_INT32("mixer_nreg"),
        VMSTATE_BUFFER("mixer_regs", 256),
    ),
    source="QEMU 7.2 hw/audio/sb16.c",
)


vmstate_cs4231a = VMStateDescription(
    name="cs4231a",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_UINT32_ARRAY("regs", 16),
        VMSTATE_BUFFER("dregs", 32),
        VMSTATE_INT32("dma_running"),
        VMSTATE_INT32("audio_free"),
        VMSTATE_INT32("transferred"),
        VMSTATE_INT32("aci_counter"),
    ),
    source="QEMU 7.2 hw/audio/cs4231a.c",
)


DEVICES = (
    Device(
        section="ac97",
        description=vmstate_ac97,
        constants=pci_constants("dev"),
        limits=(pci_limit("dev"),),
        rules=(
            becomes(
                _mixer,
                "hw/audio/ac97.c, record_select, set_volume: bits that are reserved are cleared",
                "mixer_data",
            ),
        ),
    ),
    Device(
        section="es1370",
        description=vmstate_es1370,
        constants=pci_constants("dev"),
        limits=(pci_limit("dev"),),
        rules=(
            becomes(
                _shift,
                (
                    "hw/audio/es1370.c, es1370_update_voices: a voice is opened anew in the format "
                    "that sctl says"
                ),
                "chan[].shift",
            ),
        ),
    ),
    Device(
        section="sb16",
        description=vmstate_sb16,
        limits=(
            kept(
                (
                    "hw/audio/sb16.c, sb16_post_load: a voice that runs asks the DMA controller "
                    "for data at once"
                ),
                "dma_running",
            ),
        ),
    ),
    Device(
        section="cs4231a",
        description=vmstate_cs4231a,
        limits=(
            kept(
                (
                    "hw/audio/cs4231a.c, cs4231a_post_load: a voice that runs asks the DMA "
                    "controller for data at once"
                ),
                "dma_running",
            ),
        ),
    ),
)
