"""Every codec there is in QEMU 11.1 is here, and every one obeys the same rules."""

from __future__ import annotations

import copy
import struct
from collections import deque
from types import SimpleNamespace

import pytest

from tests.support.codec_rows import CORE, DEVICES, ROWS, SAME, Byte
from vmstate import info
from vmstate.cursor import Reader, Writer
from vmstate.errors import EncodeError, StreamError, TruncatedStreamError
from vmstate.info import devices

#: The codecs of migration/vmstate-types.c and migration/savevm.c, without their prefix.
CORE_NAMES = """
    bool int8 int16 int32 int64 uint8 uint16 uint32 uint64 int32_equal uint8_equal
    uint16_equal uint32_equal uint64_equal int32_le fd ptr_marker cpudouble timer buffer
    unused_buffer tmp bitmap qtailq qlist gtree g_byte_array capability
"""
#: Those of single devices, by file.
DEVICE_NAMES = {
    "hw/pci/pci.c": "vmstate_info_pci_config vmstate_info_pci_irq_state",
    "hw/pci/msix.c": "vmstate_info_msix",
    "hw/pci/shpc.c": "shpc_vmstate_info",
    "hw/virtio/virtio.c": "virtio_vmstate_info vmstate_info_extra_state",
    "hw/scsi/scsi-bus.c": "vmstate_info_scsi_requests",
    "hw/nvram/fw_cfg.c": "vmstate_hack_uint32_as_uint16",
    "hw/nvram/eeprom93xx.c": "vmstate_hack_uint16_from_uint8",
    "hw/usb/redirect.c": (
        "usbredir_parser_vmstate_info usbredir_ep_bufpq_vmstate_info "
        "usbredir_ep_packet_id_q_vmstate_info"
    ),
    "ui/vdagent.c": "vmstate_cbinfos",
    "target/arm/machine.c": (
        "vmstate_fpscr vmstate_fpcr vmstate_fpsr vmstate_cpsr vmstate_powered_off"
    ),
    "target/ppc/machine.c": (
        "vmstate_info_avr vmstate_info_fpr vmstate_info_vsr vmstate_info_slbe vmstate_vscr"
    ),
    "target/sparc/machine.c": "vmstate_psr vmstate_fsr vmstate_xcc vmstate_cwp",
    "target/mips/system/machine.c": (
        "vmstate_info_fpr vmstate_info_octeon_llm_tree vmstate_info_tlb"
    ),
    "target/hppa/machine.c": "vmstate_psw vmstate_tlb_entry",
    "target/alpha/machine.c": "vmstate_fpcr",
    "target/or1k/machine.c": "vmstate_sr",
    "target/microblaze/machine.c": "vmstate_msr",
    "target/avr/machine.c": "vms_sreg vms_rampD vms_rampX vms_rampY vms_rampZ vms_eind",
}
#: Constants that are another form of a codec: part of a buffer, registers of 32 bits.
FORMS = {"PARTIAL_BUFFER", "SPARC_FSR32", "MIPS_TLB32"}
ALL = pytest.mark.parametrize("row", ROWS, ids=lambda row: row.constant)
SAVED = pytest.mark.parametrize(
    "row", [row for row in ROWS if row.is_saved], ids=lambda row: row.constant
)
#: Bytes of a subsection's head that are not enough to tell that it is one of ours.
UNKNOWN_YET = {"EXTRA_STATE": len("virtio_mmio/state") + 2}
#: Codecs that save anything, or that hold whatever the field's description describes.
OPEN = {"UNUSED_BUFFER", "PTR_MARKER", "TMP"}
#: Codecs that put a new value in the place of any that is here, or keep any.
REPLACING = {
    "ARM_FPSCR",
    "CAPABILITY",
    "CPUDOUBLE",
    "FD",
    "MIPS_FPR",
    "PPC_AVR",
    "USBREDIR_PARSER",
}

HOLDER = SimpleNamespace(
    version_id=1,
    vmsd=SimpleNamespace(name="byte", version_id=1, minimum_version_id=1),
    key_vmsd=None,
    make=Byte,
    make_key=None,
)


def save(row, value, writer):
    """Save as an engine does; a state inside is one byte, and a temporary of it is 5."""

    def save_state(vmsd, state, version_id):
        writer.integer(5 if state.parent else state.number, 1)

    if hasattr(row.codec, "save_states"):
        row.codec.save_states(writer, value, HOLDER, save_state)
    else:
        row.codec.save(writer, value, row.size)


def load(row, current, reader):
    def load_state(vmsd, state, version_id):
        state.number = reader.unsigned(1)

    if hasattr(row.codec, "load_states"):
        return row.codec.load_states(reader, current, HOLDER, load_state)
    return row.codec.load(reader, current, row.size)


def before(row):
    if row.before is SAME:
        return copy.deepcopy(row.value)
    return row.before() if row.before else None


def reading(data):
    reader = Reader(data)
    reader.path = "chip/field"
    reader.descriptors = deque([7])
    return reader


def saved(row, value):
    writer = Writer()
    writer.path = "chip/field"
    save(row, value, writer)
    return bytes(writer)


def test_the_rows_are_the_codecs_of_the_core():
    names = [row.source.partition(":")[2] for row in CORE]
    assert len(names) == 28
    assert sorted(names) == sorted(f"vmstate_info_{name}" for name in CORE_NAMES.split())


def test_the_rows_are_the_codecs_of_devices():
    names = [f"{file}:{name}" for file, some in DEVICE_NAMES.items() for name in some.split()]
    assert len(names) == 41
    assert sorted(row.source for row in DEVICES) == sorted(names)


def test_the_rows_are_the_codecs_that_are_offered():
    offered = {name for module in (info, devices) for name in vars(module) if name.isupper()}
    assert {row.constant for row in ROWS} == offered - FORMS
    assert offered >= FORMS
    assert {name for name in devices.__all__ if name.isupper()} <= offered


@pytest.mark.parametrize("row", DEVICES, ids=lambda row: row.constant)
def test_a_devices_codec_is_represented_by_its_name(row):
    assert repr(row.codec) == row.constant


@ALL
def test_a_codec_has_qemus_name(row):
    assert row.codec.name == row.type


@SAVED
def test_a_value_is_these_bytes(row):
    assert saved(row, row.value) == row.data


@ALL
def test_the_bytes_are_the_value_and_no_more_is_read(row):
    reader = reading(row.data + b"rest")
    assert load(row, before(row), reader) == row.value
    assert reader.remaining == 4


@pytest.mark.parametrize(
    "row", [row for row in ROWS if not row.is_saved], ids=lambda row: row.constant
)
def test_what_is_only_read_is_not_saved(row):
    with pytest.raises(EncodeError) as error:
        saved(row, row.value)
    assert str(error.value) == (
        f"chip/field: can't save {row.value}: {row.type} is read from old streams only, never saved"
    )


@ALL
def test_bytes_that_end_early_are_refused_wherever_they_end(row):
    step = max(1, len(row.data) // 100)
    for length in range(UNKNOWN_YET.get(row.constant, 0), len(row.data), step):
        with pytest.raises(TruncatedStreamError) as error:
            load(row, before(row), reading(row.data[:length]))
        assert error.value.path.startswith("chip/field")


@pytest.mark.parametrize(
    "row",
    [row for row in ROWS if row.is_saved and row.constant not in OPEN],
    ids=lambda row: row.constant,
)
def test_what_is_no_value_is_refused_with_the_path(row):
    with pytest.raises(EncodeError, match=r"^chip/field: can't save <object object at"):
        saved(row, object())


@pytest.mark.parametrize(
    "row",
    [row for row in ROWS if row.before is not None and row.constant not in OPEN | REPLACING],
    ids=lambda row: row.constant,
)
def test_what_is_no_destination_is_refused_with_the_path(row):
    with pytest.raises(StreamError, match=r"can't load into <object object at") as error:
        load(row, object(), reading(row.data))
    assert error.value.path == "chip/field"


FIXED = [row for row in ROWS if hasattr(row.codec, "format")]


@pytest.mark.parametrize("row", FIXED, ids=lambda row: row.constant)
def test_the_format_of_a_fixed_codec_is_what_it_reads(row):
    assert struct.calcsize(">" + row.codec.format) == len(row.data)
    if hasattr(row.codec, "convert"):
        (number,) = struct.unpack(">" + row.codec.format, row.data)
        assert (row.codec.convert(number) if row.codec.convert else number) == row.value


def test_the_fixed_codecs_are_these():
    assert len(FIXED) == 14 + 1 + 2 + 1 + 5 + 5 + 4 + 2 + 2 + 3 + 6
