"""The x86 CPU: what of it a PC under TCG sends.

Source: QEMU 7.2 target/i386/machine.c.
"""

from __future__ import annotations

from typing import Any

from hypothesis.strategies import integers

from tests.support.real_devices import Device, becomes, kept, masked, nonzero, with_bits
from vmstate.description import VMStateDescription
from vmstate.macros import (
    VMSTATE_INT32,
    VMSTATE_STRUCT_ARRAY,
    VMSTATE_UINT8,
    VMSTATE_UINT16,
    VMSTATE_UINT32,
    VMSTATE_UINT64,
    VMSTATE_UINT64_ARRAY,
    VMSTATE_UINT64_V,
    VMSTATE_WITH_TMP,
)
from vmstate.macros.devices.cpu64 import VMSTATE_UINTTL, VMSTATE_UINTTL_ARRAY
from vmstate.macros.devices.i386 import (
    VMSTATE_BND_REGS,
    VMSTATE_MTRR_VARS,
    VMSTATE_SEGMENT,
    VMSTATE_SEGMENT_ARRAY,
    VMSTATE_XMM_REGS,
    VMSTATE_YMMH_REGS_VARS,
    VMSTATE_ZMMH_REGS_VARS,
    VMSTATE_Hi16_ZMM_REGS_VARS,
)


class FPRegTmp:
    """A floating-point register as it is sent: mantissa and exponent apart."""

    tmp_mant = 0
    tmp_exp = 0
    parent: Any = None


def _take(tmp: FPRegTmp) -> None:
    tmp.tmp_mant = getattr(tmp.parent, "mantissa", 0)
    tmp.tmp_exp = getattr(tmp.parent, "exponent", 0)


def _give(tmp: FPRegTmp, version_id: int) -> None:
    tmp.parent.mantissa, tmp.parent.exponent = tmp.tmp_mant, tmp.tmp_exp


vmstate_fpreg_tmp = VMStateDescription(
    name="fpreg_tmp",
    # Without these nothing of the temporary would stay: the one place for hooks here.
    post_load=_give,
    pre_save=_take,
    fields=(
        VMSTATE_UINT64("tmp_mant"),
        VMSTATE_UINT16("tmp_exp"),
    ),
    source="QEMU 7.2 target/i386/machine.c",
)

vmstate_fpreg = VMStateDescription(
    name="fpreg",
    fields=(VMSTATE_WITH_TMP(FPRegTmp, vmstate_fpreg_tmp),),
    source="QEMU 7.2 target/i386/machine.c",
)

vmstate_async_pf_msr = VMStateDescription(
    name="cpu/async_pf_msr",
    version_id=1,
    minimum_version_id=1,
    fields=(VMSTATE_UINT64("env.async_pf_en_msr"),),
    source="QEMU 7.2 target/i386/machine.c",
)

vmstate_poll_control_msr = VMStateDescription(
    name="cpu/poll_control_msr",
    version_id=1,
    minimum_version_id=1,
    fields=(VMSTATE_UINT64("env.poll_control_msr"),),
    source="QEMU 7.2 target/i386/machine.c",
)

vmstate_fpop_ip_dp = VMStateDescription(
    name="cpu/fpop_ip_dp",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_UINT16("env.fpop"),
        VMSTATE_UINT64("env.fpip"),
        VMSTATE_UINT64("env.fpdp"),
    ),
    source="QEMU 7.2 target/i386/machine.c",
)

vmstate_msr_tsc_adjust = VMStateDescription(
    name="cpu/msr_tsc_adjust",
    version_id=1,
    minimum_version_id=1,
    fields=(VMSTATE_UINT64("env.tsc_adjust"),),
    source="QEMU 7.2 target/i386/machine.c",
)

vmstate_msr_tscdeadline = VMStateDescription(
    name="cpu/msr_tscdeadline",
    version_id=1,
    minimum_version_id=1,
    fields=(VMSTATE_UINT64("env.tsc_deadline"),),
    source="QEMU 7.2 target/i386/machine.c",
)

vmstate_msr_ia32_misc_enable = VMStateDescription(
    name="cpu/msr_ia32_misc_enable",
    version_id=1,
    minimum_version_id=1,
    fields=(VMSTATE_UINT64("env.msr_ia32_misc_enable"),),
    source="QEMU 7.2 target/i386/machine.c",
)

vmstate_msr_ia32_feature_control = VMStateDescription(
    name="cpu/msr_ia32_feature_control",
    version_id=1,
    minimum_version_id=1,
    fields=(VMSTATE_UINT64("env.msr_ia32_feature_control"),),
    source="QEMU 7.2 target/i386/machine.c",
)

vmstate_mpx = VMStateDescription(
    name="cpu/mpx",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_BND_REGS("env.bnd_regs", 4),
        VMSTATE_UINT64("env.bndcs_regs.cfgu"),
        VMSTATE_UINT64("env.bndcs_regs.sts"),
        VMSTATE_UINT64("env.msr_bndcfgs"),
    ),
    source="QEMU 7.2 target/i386/machine.c",
)

vmstate_avx512 = VMStateDescription(
    name="cpu/avx512",
    version_id=1,
    minimum_version_id=1,
    fields=(
        VMSTATE_UINT64_ARRAY("env.opmask_regs", 8),
        VMSTATE_ZMMH_REGS_VARS("env.xmm_regs", 0),
        VMSTATE_Hi16_ZMM_REGS_VARS("env.xmm_regs", 16),
    ),
    source="QEMU 7.2 target/i386/machine.c",
)

vmstate_xss = VMStateDescription(
    name="cpu/xss",
    version_id=1,
    minimum_version_id=1,
    fields=(VMSTATE_UINT64("env.xss"),),
    source="QEMU 7.2 target/i386/machine.c",
)

vmstate_pkru = VMStateDescription(
    name="cpu/pkru",
    version_id=1,
    minimum_version_id=1,
    fields=(VMSTATE_UINT32("env.pkru"),),
    source="QEMU 7.2 target/i386/machine.c",
)

vmstate_mcg_ext_ctl = VMStateDescription(
    name="cpu/mcg_ext_ctl",
    version_id=1,
    minimum_version_id=1,
    fields=(VMSTATE_UINT64("env.mcg_ext_ctl"),),
    source="QEMU 7.2 target/i386/machine.c",
)

vmstate_spec_ctrl = VMStateDescription(
    name="cpu/spec_ctrl",
    version_id=1,
    minimum_version_id=1,
    fields=(VMSTATE_UINT64("env.spec_ctrl"),),
    source="QEMU 7.2 target/i386/machine.c",
)

vmstate_x86_cpu = VMStateDescription(
    name="cpu",
    version_id=12,
    minimum_version_id=11,
    fields=(
        VMSTATE_UINTTL_ARRAY("env.regs", 16),
        VMSTATE_UINTTL("env.eip"),
        VMSTATE_UINTTL("env.eflags"),
        VMSTATE_UINT32("env.hflags"),
        VMSTATE_UINT16("env.fpuc"),
        VMSTATE_UINT16("env.fpus_vmstate"),
        VMSTATE_UINT16("env.fptag_vmstate"),
        VMSTATE_UINT16("env.fpregs_format_vmstate"),
        VMSTATE_STRUCT_ARRAY("env.fpregs", 8, 0, vmstate_fpreg),
        VMSTATE_SEGMENT_ARRAY("env.segs", 6),
        VMSTATE_SEGMENT("env.ldt"),
        VMSTATE_SEGMENT("env.tr"),
        VMSTATE_SEGMENT("env.gdt"),
        VMSTATE_SEGMENT("env.idt"),
        VMSTATE_UINT32("env.sysenter_cs"),
        VMSTATE_UINTTL("env.sysenter_esp"),
        VMSTATE_UINTTL("env.sysenter_eip"),
        VMSTATE_UINTTL("env.cr[0]"),
        VMSTATE_UINTTL("env.cr[2]"),
        VMSTATE_UINTTL("env.cr[3]"),
        VMSTATE_UINTTL("env.cr[4]"),
        VMSTATE_UINTTL_ARRAY("env.dr", 8),
        VMSTATE_INT32("env.a20_mask"),
        VMSTATE_UINT32("env.mxcsr"),
        VMSTATE_XMM_REGS("env.xmm_regs", 0),
        VMSTATE_UINT64("env.efer"),
        VMSTATE_UINT64("env.star"),
        VMSTATE_UINT64("env.lstar"),
        VMSTATE_UINT64("env.cstar"),
        VMSTATE_UINT64("env.fmask"),
        VMSTATE_UINT64("env.kernelgsbase"),
        VMSTATE_UINT32("env.smbase"),
        VMSTATE_UINT64("env.pat"),
        VMSTATE_UINT32("env.hflags2"),
        VMSTATE_UINT64("env.vm_hsave"),
        VMSTATE_UINT64("env.vm_vmcb"),
        VMSTATE_UINT64("env.tsc_offset"),
        VMSTATE_UINT64("env.intercept"),
        VMSTATE_UINT16("env.intercept_cr_read"),
        VMSTATE_UINT16("env.intercept_cr_write"),
        VMSTATE_UINT16("env.intercept_dr_read"),
        VMSTATE_UINT16("env.intercept_dr_write"),
        VMSTATE_UINT32("env.intercept_exceptions"),
        VMSTATE_UINT8("env.v_tpr"),
        VMSTATE_UINT64_ARRAY("env.mtrr_fixed", 11),
        VMSTATE_UINT64("env.mtrr_deftype"),
        VMSTATE_MTRR_VARS("env.mtrr_var", 8, 8),
        VMSTATE_INT32("env.interrupt_injected"),
        VMSTATE_UINT32("env.mp_state"),
        VMSTATE_UINT64("env.tsc"),
        VMSTATE_INT32("env.exception_nr"),
        VMSTATE_UINT8("env.soft_interrupt"),
        VMSTATE_UINT8("env.nmi_injected"),
        VMSTATE_UINT8("env.nmi_pending"),
        VMSTATE_UINT8("env.has_error_code"),
        VMSTATE_UINT32("env.sipi_vector"),
        VMSTATE_UINT64("env.mcg_cap"),
        VMSTATE_UINT64("env.mcg_status"),
        VMSTATE_UINT64("env.mcg_ctl"),
        VMSTATE_UINT64_ARRAY("env.mce_banks", 40),
        VMSTATE_UINT64("env.tsc_aux"),
        VMSTATE_UINT64("env.system_time_msr"),
        VMSTATE_UINT64("env.wall_clock_msr"),
        VMSTATE_UINT64_V("env.xcr0", 12),
        VMSTATE_UINT64_V("env.xstate_bv", 12),
        VMSTATE_YMMH_REGS_VARS("env.xmm_regs", 0, 12),
    ),
    subsections=(
        vmstate_async_pf_msr,
        vmstate_poll_control_msr,
        vmstate_fpop_ip_dp,
        vmstate_msr_tsc_adjust,
        vmstate_msr_tscdeadline,
        vmstate_msr_ia32_misc_enable,
        vmstate_msr_ia32_feature_control,
        vmstate_mpx,
        vmstate_avx512,
        vmstate_xss,
        vmstate_pkru,
        vmstate_spec_ctrl,
        vmstate_mcg_ext_ctl,
    ),
    source="QEMU 7.2 target/i386/machine.c",
)


DEVICES = (
    Device(
        section="cpu",
        description=vmstate_x86_cpu,
        values={
            f"env.fpregs[{number}].{part}": integers(0, (1 << bits) - 1)
            for number in range(8)
            for part, bits in (("mantissa", 64), ("exponent", 16))
        },
        extra=frozenset(
            {
                "cpu/mpx",
                "cpu/avx512",
                "cpu/pkru",
                "cpu/xss",
                "cpu/msr_tsc_adjust",
                "cpu/msr_tscdeadline",
                "cpu/msr_ia32_feature_control",
                "cpu/fpop_ip_dp",
                "cpu/spec_ctrl",
                "cpu/async_pf_msr",
            }
        ),
        limits=(
            kept(
                "target/i386/machine.c, cpu_post_load: the format of old releases is refused",
                "env.fpregs_format_vmstate",
            ),
            masked(
                ~(1 << 21),
                (
                    "target/i386/machine.c, cpu_post_load: a guest of the guest needs KVM's nested "
                    "state"
                ),
                "env.hflags",
            ),
            masked(
                ~(1 << 6),
                "target/i386/machine.c, svm_npt_needed: nested paging has a subsection of its own",
                "env.hflags2",
            ),
            with_bits(
                1,
                (
                    "target/i386/machine.c, cpu_post_load: without protection segments lose their "
                    "privilege level"
                ),
                "env.cr[0]",
            ),
            masked(
                ~0xFF,
                "target/i386/machine.c, cpu_post_load: breakpoints that are enabled are set",
                "env.dr[]",
            ),
            with_bits(
                2,
                "target/i386/machine.c: 1 is the default, which is not sent",
                "<cpu/poll_control_msr>.*",
                "<cpu/msr_ia32_misc_enable>.*",
            ),
            nonzero(
                "target/i386/machine.c: zero is the default, which is not sent",
                "<cpu/pkru>.*",
                "<cpu/xss>.*",
                "<cpu/msr_tsc_adjust>.*",
                "<cpu/msr_tscdeadline>.*",
                "<cpu/msr_ia32_feature_control>.*",
                "<cpu/fpop_ip_dp>.*",
                "<cpu/spec_ctrl>.*",
                "<cpu/async_pf_msr>.*",
                "<cpu/mpx>.*",
                "<cpu/avx512>.*",
            ),
        ),
        rules=(
            becomes(
                lambda put: 0,
                "target/i386/machine.c, cpu_pre_save: it is a part of int_ctl, which is not sent",
                "env.v_tpr",
            ),
            becomes(
                lambda put: put.value & 0xFF,
                "target/i386/machine.c, cpu_post_load: there are eight tags",
                "env.fptag_vmstate",
            ),
            becomes(
                lambda put: put.value & ~(3 | 1 << 24) | put["/env.segs[2].flags"] >> 13 & 3,
                (
                    "target/i386/machine.c, cpu_post_load: the privilege level is that of the "
                    "stack segment; without breakpoints on ports the bit that tells of them is "
                    "cleared"
                ),
                "env.hflags",
            ),
            becomes(
                lambda put: put["/env.dr[7]"] & 0xFFFFFFFF | 0x400 if put.index == 7 else put.value,
                (
                    "target/i386/tcg/sysemu/bpt_helper.c, cpu_x86_update_dr7: the register loses "
                    "its upper half and gets its fixed bit"
                ),
                "env.dr[]",
            ),
        ),
    ),
)
