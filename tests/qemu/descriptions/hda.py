"""The Intel HD audio controller and a codec on it.

Source: QEMU 7.2 hw/audio/intel-hda.c, hw/audio/hda-codec.c.
"""

from __future__ import annotations

from tests.qemu.descriptions.pci_parts import pci_constants, pci_limit
from tests.support.real_devices import Device, View, becomes, below, kept, masked
from vmstate.description import VMStateDescription
from vmstate.macros import (
    VMSTATE_BOOL,
    VMSTATE_BOOL_ARRAY,
    VMSTATE_BOOL_ARRAY_V,
    VMSTATE_BUFFER,
    VMSTATE_INT64,
    VMSTATE_STRUCT_ARRAY,
    VMSTATE_TIMER_PTR,
    VMSTATE_UINT32,
)
from vmstate.macros.devices.pci import VMSTATE_PCI_DEVICE


def _has_timer(stream: object) -> bool:
    return getattr(stream, "use_timer", False)


def _interrupts(put: View) -> int:
    """Return what is to be told of the response ring, the codecs and the streams."""
    streams = sum(1 << n for n in range(8) if put[f"/st[{n}].ctl"] >> 24 & 4)
    rings = put["/rirb_sts"] & 5 or put["/state_sts"] & put["/wake_en"]
    return streams | (1 << 30 if rings else 0)


vmstate_intel_hda_stream = VMStateDescription(
    name="intel-hda-stream",
    version_id=1,
    fields=(
        VMSTATE_UINT32("ctl"),
        VMSTATE_UINT32("lpib"),
        VMSTATE_UINT32("cbl"),
        VMSTATE_UINT32("lvi"),
        VMSTATE_UINT32("fmt"),
        VMSTATE_UINT32("bdlp_lbase"),
        VMSTATE_UINT32("bdlp_ubase"),
    ),
    source="QEMU 7.2 hw/audio/intel-hda.c",
)

vmstate_intel_hda = VMStateDescription(
    name="intel-hda",
    version_id=1,
    fields=(
        VMSTATE_PCI_DEVICE("pci"),
        VMSTATE_UINT32("g_ctl"),
        VMSTATE_UINT32("wake_en"),
        VMSTATE_UINT32("state_sts"),
        VMSTATE_UINT32("int_ctl"),
        VMSTATE_UINT32("int_sts"),
        VMSTATE_UINT32("wall_clk"),
        VMSTATE_UINT32("corb_lbase"),
        VMSTATE_UINT32("corb_ubase"),
        VMSTATE_UINT32("corb_rp"),
        VMSTATE_UINT32("corb_wp"),
        VMSTATE_UINT32("corb_ctl"),
        VMSTATE_UINT32("corb_sts"),
        VMSTATE_UINT32("corb_size"),
        VMSTATE_UINT32("rirb_lbase"),
        VMSTATE_UINT32("rirb_ubase"),
        VMSTATE_UINT32("rirb_wp"),
        VMSTATE_UINT32("rirb_cnt"),
        VMSTATE_UINT32("rirb_ctl"),
        VMSTATE_UINT32("rirb_sts"),
        VMSTATE_UINT32("rirb_size"),
        VMSTATE_UINT32("dp_lbase"),
        VMSTATE_UINT32("dp_ubase"),
        VMSTATE_UINT32("icw"),
        VMSTATE_UINT32("irr"),
        VMSTATE_UINT32("ics"),
        VMSTATE_STRUCT_ARRAY("st", 8, 0, vmstate_intel_hda_stream),
        VMSTATE_UINT32("rirb_count"),
        VMSTATE_INT64("wall_base_ns"),
    ),
    source="QEMU 7.2 hw/audio/intel-hda.c",
)


vmstate_hda_audio_stream_buf = VMStateDescription(
    name="hda-audio-stream/buffer",
    version_id=1,
    needed=_has_timer,
    fields=(
        VMSTATE_BUFFER("buf", 8192),
        VMSTATE_INT64("rpos"),
        VMSTATE_INT64("wpos"),
        VMSTATE_TIMER_PTR("buft"),
        VMSTATE_INT64("buft_start"),
    ),
    source="QEMU 7.2 hw/audio/hda-codec.c",
)

vmstate_hda_audio_stream = VMStateDescription(
    name="hda-audio-stream",
    version_id=1,
    fields=(
        VMSTATE_UINT32("stream"),
        VMSTATE_UINT32("channel"),
        VMSTATE_UINT32("format"),
        VMSTATE_UINT32("gain_left"),
        VMSTATE_UINT32("gain_right"),
        VMSTATE_BOOL("mute_left"),
        VMSTATE_BOOL("mute_right"),
        VMSTATE_UINT32("compat_bpos"),
        VMSTATE_BUFFER("compat_buf", 256),
    ),
    subsections=(vmstate_hda_audio_stream_buf,),
    source="QEMU 7.2 hw/audio/hda-codec.c",
)

vmstate_hda_audio = VMStateDescription(
    name="hda-audio",
    version_id=2,
    fields=(
        VMSTATE_STRUCT_ARRAY("st", 4, 0, vmstate_hda_audio_stream),
        VMSTATE_BOOL_ARRAY("running_compat", 16),
        VMSTATE_BOOL_ARRAY_V("running_real", 32, 2),
    ),
    source="QEMU 7.2 hw/audio/hda-codec.c",
)


DEVICES = (
    Device(
        section="intel-hda",
        description=vmstate_intel_hda,
        machine="q35",
        constants=pci_constants("pci"),
        limits=(
            pci_limit("pci"),
            masked(
                ~2,
                (
                    "hw/audio/intel-hda.c, intel_hda_parse_bdl: the list of a stream that runs is "
                    "read from guest memory, as much as lvi says"
                ),
                "st[].ctl",
            ),
            kept(
                (
                    "hw/audio/intel-hda.c, intel_hda_update_irq: the interrupt line is driven "
                    "anew, which here keeps it low"
                ),
                "int_ctl",
                "pci.irq_state",
            ),
        ),
        rules=(
            becomes(
                _interrupts,
                "hw/audio/intel-hda.c, intel_hda_update_int_sts: the summary is made anew",
                "int_sts",
            ),
        ),
    ),
    Device(
        section="hda-audio",
        description=vmstate_hda_audio,
        machine="q35",
        constants={"st[0].use_timer": True, "st[1].use_timer": True},
        limits=(
            below(
                1 << 62,
                "a timer that is not armed would not show that it is deleted",
                "st[].<hda-audio-stream/buffer>.buft",
            ),
            kept(
                (
                    "hw/audio/hda-codec.c, hda_audio_post_load: a stream that runs sets its timer "
                    "anew; which one that is, is an index that is not checked"
                ),
                "st[].stream",
                "running_real[0]",
                "running_real[16]",
            ),
        ),
        rules=(
            becomes(
                lambda put: -1,
                "hw/audio/hda-codec.c, hda_audio_setup: the timer of each stream is deleted",
                "st[].<hda-audio-stream/buffer>.buft",
            ),
        ),
    ),
)
