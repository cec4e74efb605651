"""Management controllers and the interfaces to them.

Source: QEMU 7.2 hw/ipmi/ipmi_kcs.c, hw/ipmi/isa_ipmi_kcs.c, hw/ipmi/ipmi_bmc_sim.c.
"""

from __future__ import annotations

from tests.support.real_devices import Device, becomes, below
from vmstate.description import VMStateDescription
from vmstate.macros import (
    VMSTATE_BOOL,
    VMSTATE_INT16,
    VMSTATE_INT64,
    VMSTATE_UINT8,
    VMSTATE_UINT8_ARRAY,
    VMSTATE_UINT16,
    VMSTATE_UINT32,
    VMSTATE_UINT32_V,
    VMSTATE_UNUSED_TEST,
    VMSTATE_VSTRUCT_TEST,
    VMSTATE_VSTRUCT_V,
)
from vmstate.macros.devices.i2c import VMSTATE_SMBUS_DEVICE


def _is_before_2(state: object, version_id: int) -> bool:
    return version_id <= 1


vmstate_ipmi_kcs = VMStateDescription(
    name="ipmi-interface-kcs",
    version_id=2,
    minimum_version_id=1,
    fields=(
        VMSTATE_BOOL("obf_irq_set"),
        VMSTATE_BOOL("atn_irq_set"),
        VMSTATE_UNUSED_TEST(_is_before_2, 1),
        VMSTATE_BOOL("irqs_enabled"),
        VMSTATE_UINT32("outpos"),
        VMSTATE_UINT32_V("outlen", 2),
        VMSTATE_UINT8_ARRAY("outmsg", 300),
        VMSTATE_UINT32_V("inlen", 2),
        VMSTATE_UINT8_ARRAY("inmsg", 300),
        VMSTATE_BOOL("write_end"),
        VMSTATE_UINT8("status_reg"),
        VMSTATE_UINT8("data_out_reg"),
        VMSTATE_INT16("data_in_reg"),
        VMSTATE_INT16("cmd_reg"),
        VMSTATE_UINT8("waiting_rsp"),
    ),
    source="QEMU 7.2 hw/ipmi/ipmi_kcs.c",
)


vmstate_isa_ipmi_kcs = VMStateDescription(
    name="ipmi-interface",
    version_id=2,
    minimum_version_id=1,
    fields=(
        VMSTATE_VSTRUCT_TEST("kcs", _is_before_2, 0, vmstate_ipmi_kcs, 1),
        VMSTATE_VSTRUCT_V("kcs", 2, vmstate_ipmi_kcs, 2),
    ),
    source="QEMU 7.2 hw/ipmi/isa_ipmi_kcs.c",
)


vmstate_ipmi_sim = VMStateDescription(
    name="ipmi-bmc-sim",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_UINT8("bmc_global_enables"),
        VMSTATE_UINT8("msg_flags"),
        VMSTATE_BOOL("watchdog_initialized"),
        VMSTATE_UINT8("watchdog_use"),
        VMSTATE_UINT8("watchdog_action"),
        VMSTATE_UINT8("watchdog_pretimeout"),
        VMSTATE_UINT8("watchdog_expired"),
        VMSTATE_UINT16("watchdog_timeout"),
        VMSTATE_BOOL("watchdog_running"),
        VMSTATE_BOOL("watchdog_preaction_ran"),
        VMSTATE_INT64("watchdog_expiry"),
        VMSTATE_UINT8_ARRAY("evtbuf", 16),
        VMSTATE_UINT8("sensors[0].status"),
        VMSTATE_UINT8("sensors[0].reading"),
        VMSTATE_UINT16("sensors[0].states"),
        VMSTATE_UINT16("sensors[0].assert_states"),
        VMSTATE_UINT16("sensors[0].deassert_states"),
        VMSTATE_UINT16("sensors[0].assert_enable"),
    ),
    source="QEMU 7.2 hw/ipmi/ipmi_bmc_sim.c",
)


vmstate_smbus_ipmi = VMStateDescription(
    name="smbus-ipmi",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_SMBUS_DEVICE("parent"),
        VMSTATE_UINT8("waiting_rsp"),
        VMSTATE_UINT32("outlen"),
        VMSTATE_UINT32("currblk"),
        VMSTATE_UINT8_ARRAY("outmsg", 255),
        VMSTATE_UINT32("outpos"),
        VMSTATE_UINT8_ARRAY("outbuf", 33),
        VMSTATE_UINT32("inlen"),
        VMSTATE_UINT8_ARRAY("inmsg", 255),
    ),
    source="QEMU 7.2 hw/ipmi/smbus_ipmi.c",
)


DEVICES = (
    Device(
        section="ipmi-bmc-sim",
        description=vmstate_ipmi_sim,
    ),
    Device(
        section="ipmi-interface",
        description=vmstate_isa_ipmi_kcs,
        limits=(
            below(
                400,
                (
                    "hw/ipmi/ipmi_kcs.c, ipmi_kcs_vmstate_post_load: more does not fit, so that "
                    "little would be told"
                ),
                "kcs.outpos",
                "kcs.outlen",
                "kcs.inlen",
            ),
        ),
        rules=(
            becomes(
                lambda put: put.value if put["outpos"] < put["outlen"] < 300 else 0,
                "hw/ipmi/ipmi_kcs.c, ipmi_kcs_vmstate_post_load: insane values become zero",
                "kcs.outpos",
                "kcs.outlen",
            ),
            becomes(
                lambda put: put.value if put.value < 300 else 0,
                "hw/ipmi/ipmi_kcs.c, ipmi_kcs_vmstate_post_load: insane values become zero",
                "kcs.inlen",
            ),
        ),
    ),
    Device(
        section="smbus-ipmi",
        description=vmstate_smbus_ipmi,
        machine="q35",
    ),
)
