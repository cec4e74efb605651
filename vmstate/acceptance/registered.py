"""What neither a stream nor a dump tells of QEMU's devices, and a loader goes by.

A dump has what is registered with a class of devices.  What a device registers by itself
is listed here, and so are the ids by which older releases knew some devices, and the blocks
of memory that take another size.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType


@dataclass(frozen=True, slots=True)
class Versions:
    """Which versions of a section are loaded.

    Attributes:
        minimum: the lowest.
        since: for fields that lower versions do not have, the first one that does.
    """

    minimum: int
    since: Mapping[str, int] = field(default_factory=dict)


#: By the description's name.
VERSIONS: Mapping[str, Versions] = MappingProxyType(
    {
        # Source: QEMU 7.2 softmmu/cpu-timers.c, vmstate_timers.
        "timer": Versions(1, {"cpu_clock_offset": 2}),
        # Source: QEMU 7.2 hw/core/cpu-sysemu.c and cpu.c, vmstate_cpu_common.
        "cpu_common": Versions(1),
        # Source: QEMU 7.2 target/i386/machine.c, vmstate_x86_cpu.
        "cpu": Versions(11, {"env.xcr0": 12, "env.xstate_bv": 12, "env.xmm_regs[1]": 12}),
        # Source: QEMU 7.2 hw/intc/apic_common.c, vmstate_apic_common.
        "apic": Versions(3),
        # Source: QEMU 7.2 hw/pci/pci.c, vmstate_pcibus.
        "PCIBUS": Versions(1),
        # Source: QEMU 7.2 hw/ide/pci.c, vmstate_ide_pci.
        "ide": Versions(0, {"bus[0].ifs": 3, "bus[1].ifs": 3}),
        # Source: QEMU 7.2 hw/i2c/core.c, vmstate_i2c_bus.
        "i2c_bus": Versions(1),
        # Source: QEMU 7.2 hw/i386/acpi-build.c, vmstate_acpi_build.
        "acpi_build": Versions(1),
        # Source: QEMU 7.2 migration/global_state.c, vmstate_globalstate.
        "globalstate": Versions(1),
    }
)

#: Fields that say how many elements of another one come, by description and that other.
#: Source: QEMU 7.2 hw/timer/hpet.c, vmstate_hpet.
COUNTERS: Mapping[tuple[str, str], str] = MappingProxyType({("hpet", "timer"): "num_timers"})

#: Fields that come only where another one in front of them is not 0: their name and size, by
#: description and that other.
#: Source: QEMU 7.2 hw/ide/core.c, vmstate_ide_drive and is_identify_set.
CONDITIONAL: Mapping[tuple[str, str], tuple[str, int]] = MappingProxyType(
    {("ide_drive", "identify_set"): ("identify_data", 512)}
)

#: Ids by which a section is known besides its instance id: the port that an ISA device had
#: as its instance before instances were counted; by name and instance.
#: Source: QEMU 7.2, callers of qdev_set_legacy_instance_id.
ALIASES: Mapping[tuple[str, int], int] = MappingProxyType(
    {
        ("i8254", 0): 0x40,
        ("i8259", 0): 0x20,
        ("i8259", 1): 0xA0,
        ("mc146818rtc", 0): 0x70,
        ("serial", 0): 0x3F8,
        ("fdc", 0): 0x3F0,
    }
)

#: Blocks of memory whose size the stream decides, and how large they can become, bytes.
#: Source: QEMU 7.2 include/hw/acpi/aml-build.h, hw/i386/acpi-build.c (acpi_add_rom_blob).
RESIZEABLE: Mapping[str, int] = MappingProxyType(
    {
        "/rom@etc/acpi/tables": 0x200000,
        "/rom@etc/table-loader": 0x10000,
        "/rom@etc/acpi/rsdp": 0x1000,
    }
)

#: Names of capabilities that 7.2 knows.  Source: QEMU 7.2 qapi/migration.json.
CAPABILITIES = frozenset(
    [
        "xbzrle",
        "rdma-pin-all",
        "auto-converge",
        "zero-blocks",
        "compress",
        "events",
        "postcopy-ram",
        "x-colo",
        "release-ram",
        "block",
        "return-path",
        "pause-before-switchover",
        "multifd",
        "dirty-bitmaps",
        "postcopy-blocktime",
        "late-block-activate",
        "x-ignore-shared",
        "validate-uuid",
        "background-snapshot",
        "zero-copy-send",
        "postcopy-preempt",
    ]
)
