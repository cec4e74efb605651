"""What is known of QEMU's macros, as data: names, releases, flags, codecs, when a field exists.

The rows are those of QEMU 11.1's include/migration/vmstate.h, the two names that only older
releases have, and the names that are defined elsewhere in the tree.
"""

from __future__ import annotations

from dataclasses import dataclass

from vmstate import LATEST, VMS, Release

#: A constant beside the macros.
CONSTANTS = {"VMSTATE_INSTANCE_ID_ANY": -1}

#: Names that look like macros of fields, and what they are.
NO_FIELDS = {
    "VMSTATE_IF": "casts an object to the interface by which it names its section",
    "VMSTATE_IF_H": "guards that interface's header against being included twice",
}

# Name, releases, flags (VMS_), codec (vmstate_info_) or the caller's (info, vmsd), exists.
# An indented line goes on with the one before.
_CORE = """
2DARRAY | 7.2 | ARRAY | info | version
ARRAY | 7.2 | ARRAY | info | version
ARRAY_INT32_UNSAFE | 7.2 | VARRAY_INT32 | info | always
ARRAY_OF_POINTER | 7.2 | ARRAY ARRAY_OF_POINTER | info | version
ARRAY_OF_POINTER_TO_STRUCT | 7.2 | ARRAY STRUCT ARRAY_OF_POINTER | vmsd | version
ARRAY_TEST | 7.2 to 9.0 | ARRAY | info | test
BITMAP | 7.2 | VBUFFER POINTER | bitmap | version
BITMAP_TEST | 8.0 | VBUFFER POINTER | bitmap | test, version
BOOL | 7.2 | SINGLE | bool | always
BOOL_ARRAY | 7.2 | ARRAY | bool | always
BOOL_ARRAY_V | 7.2 | ARRAY | bool | version
BOOL_SUB_ARRAY | 7.2 | ARRAY | bool | always
BOOL_TEST | 7.2 | SINGLE | bool | test
BOOL_V | 7.2 | SINGLE | bool | version
BUFFER | 7.2 | BUFFER | buffer | always
BUFFER_POINTER_UNSAFE | 7.2 | BUFFER POINTER | buffer | version
BUFFER_START_MIDDLE | 7.2 | BUFFER | buffer | always
BUFFER_START_MIDDLE_V | 7.2 | BUFFER | buffer | version
BUFFER_TEST | 7.2 | BUFFER | buffer | test
BUFFER_UNSAFE | 7.2 | BUFFER | buffer | version
BUFFER_UNSAFE_INFO | 7.2 | BUFFER | info | version
BUFFER_UNSAFE_INFO_TEST | 7.2 | BUFFER | info | test, version
BUFFER_V | 7.2 | BUFFER | buffer | version
CPUDOUBLE_ARRAY | 7.2 | ARRAY | cpudouble | always
CPUDOUBLE_ARRAY_V | 7.2 | ARRAY | cpudouble | version
END_OF_LIST | 7.2 | END | - | always
FD | 10.0 | SINGLE | fd | always
FD_TEST | 10.0 | SINGLE | fd | test
FD_V | 10.0 | SINGLE | fd | version
GBYTEARRAY | 11.1 | SINGLE | g_byte_array | version
GTREE_DIRECT_KEY_V | 7.2 | - | gtree vmsd | version
GTREE_V | 7.2 | - | gtree vmsd | version
INT16 | 7.2 | SINGLE | int16 | always
INT16_ARRAY | 7.2 | ARRAY | int16 | always
INT16_ARRAY_V | 7.2 | ARRAY | int16 | version
INT16_TEST | 7.2 | SINGLE | int16 | test
INT16_V | 7.2 | SINGLE | int16 | version
INT32 | 7.2 | SINGLE | int32 | always
INT32_ARRAY | 7.2 | ARRAY | int32 | always
INT32_ARRAY_V | 7.2 | ARRAY | int32 | version
INT32_EQUAL | 7.2 | SINGLE | int32_equal | always
INT32_POSITIVE_LE | 7.2 | SINGLE | int32_le | always
INT32_TEST | 7.2 | SINGLE | int32 | test
INT32_V | 7.2 | SINGLE | int32 | version
INT64 | 7.2 | SINGLE | int64 | always
INT64_ARRAY | 7.2 | ARRAY | int64 | always
INT64_ARRAY_V | 7.2 | ARRAY | int64 | version
INT64_TEST | 7.2 | SINGLE | int64 | test
INT64_V | 7.2 | SINGLE | int64 | version
INT8 | 7.2 | SINGLE | int8 | always
INT8_TEST | 7.2 | SINGLE | int8 | test
INT8_V | 7.2 | SINGLE | int8 | version
PARTIAL_BUFFER | 7.2 | BUFFER | buffer | always
PARTIAL_VBUFFER | 7.2 | VBUFFER POINTER | buffer | always
PARTIAL_VBUFFER_UINT32 | 7.2 | VBUFFER POINTER | buffer | always
POINTER | 7.2 | SINGLE POINTER | info | version
POINTER_TEST | 7.2 | SINGLE POINTER | info | test
QLIST_V | 7.2 | - | qlist vmsd | version
QTAILQ_V | 7.2 | - | qtailq vmsd | version
SINGLE | 7.2 | SINGLE | info | version
SINGLE_FULL | 7.2 | SINGLE | info | test, version
SINGLE_TEST | 7.2 | SINGLE | info | test, version
STATIC_BUFFER | 7.2 | BUFFER | buffer | test, version
STRUCT | 7.2 | STRUCT | vmsd | version
STRUCT_2DARRAY | 7.2 | STRUCT ARRAY | vmsd | version
STRUCT_2DARRAY_TEST | 7.2 | STRUCT ARRAY | vmsd | test, version
STRUCT_ARRAY | 7.2 | STRUCT ARRAY | vmsd | version
STRUCT_ARRAY_TEST | 7.2 | STRUCT ARRAY | vmsd | test, version
STRUCT_POINTER | 7.2 | STRUCT POINTER | vmsd | always
STRUCT_POINTER_TEST | 7.2 | STRUCT POINTER | vmsd | test
STRUCT_POINTER_TEST_V | 7.2 | STRUCT POINTER | vmsd | test, version
STRUCT_POINTER_V | 7.2 | STRUCT POINTER | vmsd | version
STRUCT_SUB_ARRAY | 7.2 | STRUCT ARRAY | vmsd | version
STRUCT_TEST | 7.2 | STRUCT | vmsd | test, version
STRUCT_VARRAY_ALLOC | 7.2 | STRUCT VARRAY_INT32 ALLOC POINTER | vmsd | version
STRUCT_VARRAY_INT32 | 7.2 | STRUCT VARRAY_INT32 | vmsd | version
STRUCT_VARRAY_POINTER_INT32 | 7.2 | POINTER VARRAY_INT32 STRUCT | vmsd | always
STRUCT_VARRAY_POINTER_KNOWN | 7.2 | STRUCT ARRAY POINTER | vmsd | version
STRUCT_VARRAY_POINTER_UINT16 | 7.2 | POINTER VARRAY_UINT16 STRUCT | vmsd | always
STRUCT_VARRAY_POINTER_UINT32 | 7.2 | POINTER VARRAY_INT32 STRUCT | vmsd | always
STRUCT_VARRAY_UINT32 | 7.2 | STRUCT VARRAY_UINT32 | vmsd | version
STRUCT_VARRAY_UINT8 | 7.2 | STRUCT VARRAY_UINT8 | vmsd | version
SUB_ARRAY | 7.2 | ARRAY | info | version
TIMER | 7.2 | SINGLE | timer | always
TIMER_ARRAY | 7.2 | ARRAY | timer | always
TIMER_PTR | 7.2 | SINGLE POINTER | timer | always
TIMER_PTR_ARRAY | 7.2 | ARRAY ARRAY_OF_POINTER | timer | always
TIMER_PTR_TEST | 7.2 | SINGLE POINTER | timer | test
TIMER_PTR_V | 7.2 | SINGLE POINTER | timer | version
TIMER_TEST | 7.2 | SINGLE | timer | test
TIMER_V | 7.2 | SINGLE | timer | version
U16 | 7.2 | SINGLE | uint16 | always
U16_V | 7.2 | SINGLE | uint16 | version
U32 | 7.2 | SINGLE | uint32 | always
U32_V | 7.2 | SINGLE | uint32 | version
U64 | 7.2 | SINGLE | uint64 | always
U64_V | 7.2 | SINGLE | uint64 | version
U8 | 7.2 | SINGLE | uint8 | always
U8_V | 7.2 | SINGLE | uint8 | version
UINT16 | 7.2 | SINGLE | uint16 | always
UINT16_2DARRAY | 7.2 | ARRAY | uint16 | always
UINT16_2DARRAY_V | 7.2 | ARRAY | uint16 | version
UINT16_ARRAY | 7.2 | ARRAY | uint16 | always
UINT16_ARRAY_V | 7.2 | ARRAY | uint16 | version
UINT16_EQUAL | 7.2 | SINGLE | uint16_equal | always
UINT16_EQUAL_V | 7.2 | SINGLE | uint16_equal | version
UINT16_SUB_ARRAY | 7.2 | ARRAY | uint16 | always
UINT16_TEST | 7.2 | SINGLE | uint16 | test
UINT16_V | 7.2 | SINGLE | uint16 | version
UINT32 | 7.2 | SINGLE | uint32 | always
UINT32_2DARRAY | 7.2 | ARRAY | uint32 | always
UINT32_2DARRAY_V | 7.2 | ARRAY | uint32 | version
UINT32_ARRAY | 7.2 | ARRAY | uint32 | always
UINT32_ARRAY_V | 7.2 | ARRAY | uint32 | version
UINT32_EQUAL | 7.2 | SINGLE | uint32_equal | always
UINT32_EQUAL_V | 7.2 | SINGLE | uint32_equal | version
UINT32_SUB_ARRAY | 7.2 | ARRAY | uint32 | always
UINT32_TEST | 7.2 | SINGLE | uint32 | test
UINT32_V | 7.2 | SINGLE | uint32 | version
UINT64 | 7.2 | SINGLE | uint64 | always
UINT64_2DARRAY | 7.2 | ARRAY | uint64 | always
UINT64_2DARRAY_V | 7.2 | ARRAY | uint64 | version
UINT64_ARRAY | 7.2 | ARRAY | uint64 | always
UINT64_ARRAY_V | 7.2 | ARRAY | uint64 | version
UINT64_EQUAL | 7.2 | SINGLE | uint64_equal | always
UINT64_EQUAL_V | 7.2 | SINGLE | uint64_equal | version
UINT64_SUB_ARRAY | 7.2 | ARRAY | uint64 | always
UINT64_TEST | 7.2 | SINGLE | uint64 | test
UINT64_V | 7.2 | SINGLE | uint64 | version
UINT8 | 7.2 | SINGLE | uint8 | always
UINT8_2DARRAY | 7.2 | ARRAY | uint8 | always
UINT8_2DARRAY_V | 7.2 | ARRAY | uint8 | version
UINT8_ARRAY | 7.2 | ARRAY | uint8 | always
UINT8_ARRAY_V | 7.2 | ARRAY | uint8 | version
UINT8_EQUAL | 7.2 | SINGLE | uint8_equal | always
UINT8_SUB_ARRAY | 7.2 | ARRAY | uint8 | always
UINT8_TEST | 7.2 | SINGLE | uint8 | test
UINT8_V | 7.2 | SINGLE | uint8 | version
UNUSED | 7.2 | BUFFER | unused_buffer | always
UNUSED_BUFFER | 7.2 | BUFFER | unused_buffer | test, version
UNUSED_TEST | 7.2 | BUFFER | unused_buffer | test
UNUSED_V | 7.2 | BUFFER | unused_buffer | version
UNUSED_VARRAY_UINT32 | 7.2 | VARRAY_UINT32 BUFFER | unused_buffer | test, version
VALIDATE | 7.2 | ARRAY MUST_EXIST | - | test
VARRAY_INT32 | 7.2 | VARRAY_INT32 POINTER | info | version
VARRAY_INT32_ALLOC | 11.0 | VARRAY_INT32 POINTER ALLOC | info | version
VARRAY_MULTIPLY | 7.2 to 11.0 | VARRAY_UINT32 MULTIPLY_ELEMENTS | info | always
VARRAY_OF_POINTER_TO_STRUCT_UINT32_ALLOC | 11.1 | POINTER VARRAY_UINT32 ARRAY_OF_POINTER STRUCT
  ARRAY_OF_POINTER_AUTO_ALLOC | vmsd | version
VARRAY_OF_POINTER_TO_STRUCT_UINT8_ALLOC | 11.1 | POINTER VARRAY_UINT8 ARRAY_OF_POINTER STRUCT
  ARRAY_OF_POINTER_AUTO_ALLOC | vmsd | version
VARRAY_OF_POINTER_UINT32 | 10.2 | VARRAY_UINT32 ARRAY_OF_POINTER POINTER | info | version
VARRAY_UINT16_ALLOC | 7.2 | VARRAY_UINT16 POINTER ALLOC | info | version
VARRAY_UINT16_UNSAFE | 7.2 | VARRAY_UINT16 | info | version
VARRAY_UINT32 | 7.2 | VARRAY_UINT32 POINTER | info | version
VARRAY_UINT32_ALLOC | 7.2 | VARRAY_UINT32 POINTER ALLOC | info | version
VBUFFER | 7.2 | VBUFFER POINTER | buffer | test, version
VBUFFER_ALLOC_UINT32 | 7.2 | VBUFFER POINTER ALLOC | buffer | test, version
VBUFFER_MULTIPLY | 7.2 | VBUFFER POINTER MULTIPLY | buffer | test, version
VBUFFER_UINT32 | 7.2 | VBUFFER POINTER | buffer | test, version
VBUFFER_UINT64 | 11.0 | VBUFFER POINTER | buffer | test, version
VSTRUCT | 7.2 | VSTRUCT | vmsd | always
VSTRUCT_TEST | 7.2 | VSTRUCT | vmsd | test, version
VSTRUCT_V | 7.2 | VSTRUCT | vmsd | version
WITH_TMP | 7.2 | - | tmp vmsd | always
WITH_TMP_TEST | 8.0 | - | tmp vmsd | test
"""

# Family, name, releases, flags, codec or nested description.
_DEVICES = """
acpi | CPU_HOTPLUG | 7.2 | STRUCT | vmstate_cpu_hotplug
acpi | MEMORY_HOTPLUG | 7.2 | STRUCT | vmstate_memory_hotplug
acpi | PCI_HOTPLUG | 7.2 | - | fields
ahci | AHCI | 7.2 | STRUCT | vmstate_ahci
clock | ARRAY_CLOCK | 7.2 | ARRAY STRUCT ARRAY_OF_POINTER | vmstate_clock
clock | ARRAY_CLOCK_V | 7.2 | ARRAY STRUCT ARRAY_OF_POINTER | vmstate_clock
clock | CLOCK | 7.2 | STRUCT POINTER | vmstate_clock
clock | CLOCK_V | 7.2 | STRUCT POINTER | vmstate_clock
cpu32 | UINTTL | 7.2 | SINGLE | uint32
cpu32 | UINTTL_ARRAY | 7.2 | ARRAY | uint32
cpu32 | UINTTL_ARRAY_V | 7.2 | ARRAY | uint32
cpu32 | UINTTL_SUB_ARRAY | later | ARRAY | uint32
cpu32 | UINTTL_V | 7.2 | SINGLE | uint32
cpu64 | UINTTL | 7.2 | SINGLE | uint64
cpu64 | UINTTL_ARRAY | 7.2 | ARRAY | uint64
cpu64 | UINTTL_ARRAY_V | 7.2 | ARRAY | uint64
cpu64 | UINTTL_SUB_ARRAY | later | ARRAY | uint64
cpu64 | UINTTL_V | 7.2 | SINGLE | uint64
fifo | FIFO32 | 7.2 | STRUCT | vmstate_fifo8
fifo | FIFO8 | 7.2 | STRUCT | vmstate_fifo8
fifo | FIFO8_TEST | 7.2 | STRUCT | vmstate_fifo8
hid | HID_KEYBOARD_DEVICE | 7.2 | STRUCT | vmstate_hid_keyboard_device
hid | HID_POINTER_DEVICE | 7.2 | STRUCT | vmstate_hid_ptr_device
i2c | I2C_SLAVE | 7.2 | STRUCT | vmstate_i2c_slave
i2c | PMBUS_DEVICE | 7.2 | STRUCT | vmstate_pmbus_device
i2c | SMBUS_DEVICE | 7.2 | STRUCT | vmstate_smbus_device
i386 | BND_REGS | 7.2 | STRUCT ARRAY | vmstate_bnd_regs
i386 | Hi16_ZMM_REGS_VARS | 7.2 | STRUCT ARRAY | vmstate_hi16_zmm_reg
i386 | LBR_VARS | 7.2 | STRUCT ARRAY | vmstate_lbr_records_var
i386 | MTRR_VARS | 7.2 | STRUCT ARRAY | vmstate_mtrr_var
i386 | SEGMENT | 7.2 | STRUCT | vmstate_segment
i386 | SEGMENT_ARRAY | 7.2 | STRUCT ARRAY | vmstate_segment
i386 | XMM_REGS | 7.2 | STRUCT ARRAY | vmstate_xmm_reg
i386 | YMMH_REGS_VARS | 7.2 | STRUCT ARRAY | vmstate_ymmh_reg
i386 | ZMMH_REGS_VARS | 7.2 | STRUCT ARRAY | vmstate_zmmh_reg
ich9 | GPE_ARRAY | 7.2 | ARRAY POINTER | uint8
ide | IDE_BUS | 7.2 | STRUCT | vmstate_ide_bus
ide | IDE_BUS_ARRAY | 7.2 | STRUCT ARRAY | vmstate_ide_bus
ide | IDE_DRIVE | 7.2 | STRUCT | vmstate_ide_drive
ide | IDE_DRIVES | 7.2 | STRUCT ARRAY | vmstate_ide_drive
intc | TIMER_PTR_VARRAY | later | VARRAY_UINT32 ARRAY_OF_POINTER POINTER | timer
ipack | IPACK_DEVICE | 7.2 | STRUCT | vmstate_ipack_device
loongarch | FPU_REGS | later | STRUCT ARRAY | vmstate_fpu_reg
loongarch | LASXH_REGS | later | STRUCT ARRAY | vmstate_lasxh_reg
loongarch | LSXH_REGS | later | STRUCT ARRAY | vmstate_lsxh_reg
mips | FPR_ARRAY | 7.2 | ARRAY | fpr
mips | FPR_ARRAY_V | 7.2 | ARRAY | fpr
mips | OCTEON_LLM_TREE | later | - | octeon_llm_tree
mips | TLB_ARRAY | 7.2 | ARRAY | tlb
mips | TLB_ARRAY_V | 7.2 | ARRAY | tlb
net | E1000E_INTR_DELAY_TIMER | 7.2 | STRUCT | e1000e_vmstate_intr_timer
net | E1000E_INTR_DELAY_TIMER_ARRAY | 7.2 | STRUCT ARRAY | e1000e_vmstate_intr_timer
net | IGB_INTR_DELAY_TIMER | later | STRUCT | igb_vmstate_intr_timer
net | IGB_INTR_DELAY_TIMER_ARRAY | later | STRUCT ARRAY | igb_vmstate_intr_timer
net | MACADDR | 7.2 | BUFFER | buffer
nvram | UINT16_HACK | 7.2 | SINGLE | hack_uint32_as_uint16
nvram | UINT16_HACK_TEST | 7.2 | SINGLE | hack_uint16_from_uint8
pci | MSIX | 7.2 | STRUCT | vmstate_msix
pci | MSIX_TEST | 7.2 | STRUCT | vmstate_msix
pci | PCI_DEVICE | 7.2 | STRUCT | vmstate_pci_device
pci | PCI_DEVICE_POINTER | 7.2 | STRUCT POINTER | vmstate_pci_device
piix4 | GPE_ARRAY | 7.2 | SINGLE POINTER | uint16
ppc | AVR_ARRAY | 7.2 | ARRAY | avr
ppc | AVR_ARRAY_V | 7.2 | ARRAY | avr
ppc | FPR_ARRAY | 7.2 | ARRAY | fpr
ppc | FPR_ARRAY_V | 7.2 | ARRAY | fpr
ppc | PPC_TIMEBASE_V | 7.2 | STRUCT | vmstate_ppc_timebase
ppc | SLB_ARRAY | 7.2 | ARRAY | slbe
ppc | SLB_ARRAY_V | 7.2 | ARRAY | slbe
ppc | SPAPR_VIO | 7.2 | STRUCT | vmstate_spapr_vio
ppc | VSR_ARRAY | 7.2 | ARRAY | vsr
ppc | VSR_ARRAY_V | 7.2 | ARRAY | vsr
ptimer | PTIMER | 7.2 | STRUCT POINTER | vmstate_ptimer
ptimer | PTIMER_ARRAY | 7.2 | ARRAY STRUCT ARRAY_OF_POINTER | vmstate_ptimer
s390x | CCW_DEVICE | 7.2 | STRUCT | vmstate_ccw_dev
s390x | PTR_TO_IND_ADDR | 7.2 | STRUCT | vmstate_ind_addr
scsi | SCSI_DEVICE | 7.2 | STRUCT | vmstate_scsi_device
sparc | CPU_TIMER | 7.2 | STRUCT POINTER | vmstate_cpu_timer
ssi | SSI_PERIPHERAL | 7.2 | STRUCT | vmstate_ssi_peripheral
unit_tests | INTERVAL | 7.2 | - | description
unit_tests | MAPPING | 7.2 | - | description
usb | U2F_KEY | 7.2 | STRUCT | vmstate_u2f_key
usb | USB_DEVICE | 7.2 | STRUCT | vmstate_usb_device
vfio | VFIO_INTX | later | STRUCT | vfio_intx_vmstate
vhost | VHOST_INFLIGHT_REGION | later | STRUCT POINTER | vmstate_vhost_inflight_region
virtio | VIRTIO_DEVICE | 7.2 | SINGLE | virtio
virtio_iommu | INTERVAL | 7.2 | - | description
virtio_iommu | MAPPING | 7.2 | - | description
"""


@dataclass(frozen=True, slots=True)
class Fact:
    """What is known of one macro.

    Attributes:
        name: in C.
        family: the module of a device's; empty for those of the core.
        since: the first release that has it, 7.2 or later; the newest one where it is only
            known that 7.2 has not.
        until: the last release that has it; None if the newest has.
        flags: of the field.
        codec: its codec in C, ``info`` or ``vmsd`` if the caller gives it, or the nested
            description in C.
        exists: what decides: ``always``, ``version``, ``test``, or ``test, version`` if a
            test may replace the version; empty for a device's.
    """

    name: str
    family: str
    since: Release
    until: Release | None
    flags: VMS
    codec: str
    exists: str = ""


def _fact(family: str, name: str, releases: str, flags: str, codec: str, exists: str = "") -> Fact:
    since, _, until = releases.partition(" to ")
    combined = VMS.NONE
    for flag in flags.split() if flags != "-" else ():
        combined |= VMS[flag]
    return Fact(
        name=f"VMSTATE_{name}",
        family=family,
        since=LATEST if since == "later" else Release.parse(since),
        until=Release.parse(until) if until else None,
        flags=combined,
        codec=codec,
        exists=exists,
    )


def _rows(text: str) -> list[list[str]]:
    return [line.split(" | ") for line in text.replace("\n  ", " ").strip().splitlines()]


#: Facts of the core's macros, by name.
CORE = {fact.name: fact for fact in (_fact("", *row) for row in _rows(_CORE))}
#: Facts of the devices' macros, by family and name.
DEVICES = {(fact.family, fact.name): fact for fact in (_fact(*row) for row in _rows(_DEVICES))}
