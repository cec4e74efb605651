"""Device rules: where a device refuses, for a reason of its own, what the format allows.

A loader that knows only the format accepts such a stream.  Each rule names the device's
reason and what QEMU says of it, so that whoever compares the two can tell a device's
decision from a mistake of ours.  A rule that no longer matches anything is an error of the
table.

Where QEMU *aborts* or *hangs*, a stream ends it, or holds it, that it ought to refuse: a
finding, by whatever reason.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal, TypeAlias

Outcome: TypeAlias = Literal["refused", "aborts", "hangs"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceRule:
    """A device's own reason.

    Attributes:
        name: short, unique.
        outcome: what becomes of QEMU.
        says: regular expression that is found in what it says.
        refusal: regular expression that is found in what strict mode says; for outcomes of
            which QEMU says nothing.
        reason: a sentence: what decides, and by what.
        source: where that is.
    """

    name: str
    outcome: Outcome
    says: str
    refusal: str = ""
    reason: str
    source: str

    def explains(self, outcome: str, said: str, verdict: str) -> bool:
        """Whether it is the reason of a load.

        Args:
            outcome: how it ended.
            said: what QEMU said of it.
            verdict: what strict mode says of it.
        """
        return (
            outcome == self.outcome
            and re.search(self.says, said) is not None
            and re.search(self.refusal, verdict) is not None
        )


RULES = (
    DeviceRule(
        name="pci config",
        outcome="refused",
        says=r"get_pci_config_device: Bad config data",
        reason="a byte of the configuration space differs in bits that the device has set "
        "itself and that a guest can't write",
        source="QEMU 7.2 hw/pci/pci.c, get_pci_config_device",
    ),
    DeviceRule(
        name="unknown run state",
        outcome="refused",
        says=r"error while loading state for instance 0x0 of device 'globalstate'",
        reason="the state of the machine has a name that is none, or no end within its field",
        source="QEMU 7.2 migration/global_state.c, global_state_post_load",
    ),
    DeviceRule(
        name="run state that can't follow",
        outcome="aborts",
        says=r"invalid runstate transition: 'inmigrate' -> ",
        reason="the state of the machine is one that there is, but not one that can follow on "
        "waiting for a stream, and QEMU ends",
        source="QEMU 7.2 softmmu/runstate.c, runstate_set",
    ),
    DeviceRule(
        name="x87 format",
        outcome="refused",
        says=r"Unsupported old non-softfloat CPU state",
        reason="the number that says how the registers of the x87 are sent is not 0",
        source="QEMU 7.2 target/i386/machine.c, cpu_post_load",
    ),
    DeviceRule(
        name="ahci engine",
        outcome="refused",
        says=r"AHCI: (DMA|FIS receive) engine should be o",
        reason="a port's engine is off by its command register and runs by its status, or the "
        "other way round",
        source="QEMU 7.2 hw/ide/ahci.c, ahci_state_post_load",
    ),
    DeviceRule(
        name="vapic state",
        outcome="refused",
        says=r"error while loading state for instance 0x0 of device 'kvm-tpr-opt'",
        reason="the state is none of the three that there are, or it is active and its option "
        "ROM is not found in guest memory",
        source="QEMU 7.2 hw/i386/kvmvapic.c, vapic_post_load",
    ),
    DeviceRule(
        name="serial transmitter",
        outcome="refused",
        says=r"inconsistent state in serial device",
        reason="the transmitter has a byte to send by its line status, and nothing says when "
        "it is tried again",
        source="QEMU 7.2 hw/char/serial.c, serial_post_load",
    ),
    DeviceRule(
        name="hpet timers",
        outcome="refused",
        says=r"Input validation failed: hpet/num_timers in range",
        reason="fewer than 3 timers, or more than 32",
        source="QEMU 7.2 hw/timer/hpet.c, hpet_validate_num_timers",
    ),
    DeviceRule(
        name="acpi memory too large",
        outcome="aborts",
        says=r"Unexpected error in qemu_ram_resize\(\)",
        reason="fw_cfg/acpi_mr resizes blocks to whatever the stream says, and QEMU ends where "
        "that is more than the block can have",
        source="QEMU 7.2 hw/nvram/fw_cfg.c, fw_cfg_acpi_mr_restore_post_load",
    ),
    DeviceRule(
        name="machine name of 2 GiB",
        outcome="aborts",
        says=r"failed to allocate \d{19,} bytes",
        reason="a length of the machine's name from 2 GiB on counts as negative, and QEMU ends "
        "as it allocates that",
        source="QEMU 7.2 migration/vmstate.c, vmstate_size and vmstate_handle_alloc",
    ),
    DeviceRule(
        name="colo without a primary",
        outcome="hangs",
        says="",
        refusal=r"ENABLE_COLO: ",
        reason="the command is obeyed though the capability is off, and QEMU waits for "
        "checkpoints that never come; 10.2 and later refuse the command",
        source="QEMU 7.2 migration/savevm.c, loadvm_process_enable_colo",
    ),
)


def rule_for(outcome: str, said: str, verdict: str) -> DeviceRule | None:
    """Return the first rule that explains why a load ended in *outcome*; None if none does.

    Args:
        outcome: ``refused``, ``aborts`` or ``hangs``.
        said: QEMU's complaint.
        verdict: what strict mode says.
    """
    return next((rule for rule in RULES if rule.explains(outcome, said, verdict)), None)
