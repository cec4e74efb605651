"""Parameters of QEMU's macros in C, without their leading underscores, and what is ours of them."""

from __future__ import annotations

_ROWS = """
2DARRAY: field, state, n1, n2, version, info, type
AHCI: field, state
ARRAY: field, state, num, version, info, type
ARRAY_CLOCK: field, state, num
ARRAY_CLOCK_V: field, state, num, version
ARRAY_INT32_UNSAFE: field, state, field_num, info, type
ARRAY_OF_POINTER: field, state, num, version, info, type
ARRAY_OF_POINTER_TO_STRUCT: f, s, n, v, vmsd, type
ARRAY_TEST: field, state, num, test, info, type
AVR_ARRAY: f, s, n
AVR_ARRAY_V: f, s, n, v
BITMAP: field, state, version, field_size
BITMAP_TEST: field, state, test, version, field_size
BND_REGS: field, state, n
BOOL: f, s
BOOL_ARRAY: f, s, n
BOOL_ARRAY_V: f, s, n, v
BOOL_SUB_ARRAY: f, s, start, num
BOOL_TEST: f, s, t
BOOL_V: f, s, v
BUFFER: f, s
BUFFER_POINTER_UNSAFE: field, state, version, size
BUFFER_START_MIDDLE: f, s, start
BUFFER_START_MIDDLE_V: f, s, start, v
BUFFER_TEST: f, s, test
BUFFER_UNSAFE: field, state, version, size
BUFFER_UNSAFE_INFO: field, state, version, info, size
BUFFER_UNSAFE_INFO_TEST: field, state, test, version, info, size
BUFFER_V: f, s, v
CCW_DEVICE: field, state
CLOCK: field, state
CLOCK_V: field, state, version
CPUDOUBLE_ARRAY: f, s, n
CPUDOUBLE_ARRAY_V: f, s, n, v
CPU_HOTPLUG: cpuhp, state
CPU_TIMER: f, s
E1000E_INTR_DELAY_TIMER: f, s
E1000E_INTR_DELAY_TIMER_ARRAY: f, s, num
END_OF_LIST:
FD: f, s
FD_TEST: f, s, t
FD_V: f, s, v
FIFO32: field, state
FIFO8: field, state
FIFO8_TEST: field, state, test
FPR_ARRAY: f, s, n
FPR_ARRAY_V: f, s, n, v
FPU_REGS: field, state, start
GBYTEARRAY: field, state, version
GPE_ARRAY: field, state
GTREE_DIRECT_KEY_V: field, state, version, vmsd, val_type
GTREE_V: field, state, version, vmsd, key_type, val_type
HID_KEYBOARD_DEVICE: field, state
HID_POINTER_DEVICE: field, state
Hi16_ZMM_REGS_VARS: field, state, start
I2C_SLAVE: field, state
IDE_BUS: field, state
IDE_BUS_ARRAY: field, state, num
IDE_DRIVE: field, state
IDE_DRIVES: field, state
IGB_INTR_DELAY_TIMER: f, s
IGB_INTR_DELAY_TIMER_ARRAY: f, s, num
INT16: f, s
INT16_ARRAY: f, s, n
INT16_ARRAY_V: f, s, n, v
INT16_TEST: f, s, t
INT16_V: f, s, v
INT32: f, s
INT32_ARRAY: f, s, n
INT32_ARRAY_V: f, s, n, v
INT32_EQUAL: f, s
INT32_POSITIVE_LE: f, s
INT32_TEST: f, s, t
INT32_V: f, s, v
INT64: f, s
INT64_ARRAY: f, s, n
INT64_ARRAY_V: f, s, n, v
INT64_TEST: f, s, t
INT64_V: f, s, v
INT8: f, s
INT8_TEST: f, s, t
INT8_V: f, s, v
INTERVAL:
IPACK_DEVICE: field, state
LASXH_REGS: field, state, start
LBR_VARS: field, state, n, v
LSXH_REGS: field, state, start
MACADDR: field, state
MAPPING:
MEMORY_HOTPLUG: memhp, state
MSIX: f, s
MSIX_TEST: field, state, test
MTRR_VARS: field, state, n, v
OCTEON_LLM_TREE: f, s
PARTIAL_BUFFER: f, s, size
PARTIAL_VBUFFER: f, s, size
PARTIAL_VBUFFER_UINT32: f, s, size
PCI_DEVICE: field, state
PCI_DEVICE_POINTER: field, state
PCI_HOTPLUG: pcihp, state, test_pcihp, test_acpi_index
PMBUS_DEVICE: field, state
POINTER: field, state, version, info, type
POINTER_TEST: field, state, test, info, type
PPC_TIMEBASE_V: field, state, version
PTIMER: field, state
PTIMER_ARRAY: f, s, n
PTR_TO_IND_ADDR: f, s
QLIST_V: field, state, version, vmsd, type, next
QTAILQ_V: field, state, version, vmsd, type, next
SCSI_DEVICE: field, state
SEGMENT: field, state
SEGMENT_ARRAY: field, state, n
SINGLE: field, state, version, info, type
SINGLE_FULL: field, state, test, version, info, type
SINGLE_TEST: field, state, test, version, info, type
SLB_ARRAY: f, s, n
SLB_ARRAY_V: f, s, n, v
SMBUS_DEVICE: field, state
SPAPR_VIO: f, s
SSI_PERIPHERAL: field, state
STATIC_BUFFER: field, state, version, test, start, size
STRUCT: field, state, version, vmsd, type
STRUCT_2DARRAY: field, state, n1, n2, version, vmsd, type
STRUCT_2DARRAY_TEST: field, state, n1, n2, test, version, vmsd, type
STRUCT_ARRAY: field, state, num, version, vmsd, type
STRUCT_ARRAY_TEST: field, state, num, test, version, vmsd, type
STRUCT_POINTER: field, state, vmsd, type
STRUCT_POINTER_TEST: field, state, test, vmsd, type
STRUCT_POINTER_TEST_V: field, state, test, version, vmsd, type
STRUCT_POINTER_V: field, state, version, vmsd, type
STRUCT_SUB_ARRAY: field, state, start, num, version, vmsd, type
STRUCT_TEST: field, state, test, version, vmsd, type
STRUCT_VARRAY_ALLOC: field, state, field_num, version, vmsd, type
STRUCT_VARRAY_INT32: field, state, field_num, version, vmsd, type
STRUCT_VARRAY_POINTER_INT32: field, state, field_num, vmsd, type
STRUCT_VARRAY_POINTER_KNOWN: field, state, num, version, vmsd, type
STRUCT_VARRAY_POINTER_UINT16: field, state, field_num, vmsd, type
STRUCT_VARRAY_POINTER_UINT32: field, state, field_num, vmsd, type
STRUCT_VARRAY_UINT32: field, state, field_num, version, vmsd, type
STRUCT_VARRAY_UINT8: field, state, field_num, version, vmsd, type
SUB_ARRAY: field, state, start, num, version, info, type
TIMER: f, s
TIMER_ARRAY: f, s, n
TIMER_PTR: f, s
TIMER_PTR_ARRAY: f, s, n
TIMER_PTR_TEST: f, s, test
TIMER_PTR_V: f, s, v
TIMER_PTR_VARRAY: f, s, f_n
TIMER_TEST: f, s, test
TIMER_V: f, s, v
TLB_ARRAY: f, s, n
TLB_ARRAY_V: f, s, n, v
U16: f, s
U16_V: f, s, v
U2F_KEY: field, state
U32: f, s
U32_V: f, s, v
U64: f, s
U64_V: f, s, v
U8: f, s
U8_V: f, s, v
UINT16: f, s
UINT16_2DARRAY: f, s, n1, n2
UINT16_2DARRAY_V: f, s, n1, n2, v
UINT16_ARRAY: f, s, n
UINT16_ARRAY_V: f, s, n, v
UINT16_EQUAL: f, s
UINT16_EQUAL_V: f, s, v
UINT16_HACK: f, s, t
UINT16_HACK_TEST: f, s, t
UINT16_SUB_ARRAY: f, s, start, num
UINT16_TEST: f, s, t
UINT16_V: f, s, v
UINT32: f, s
UINT32_2DARRAY: f, s, n1, n2
UINT32_2DARRAY_V: f, s, n1, n2, v
UINT32_ARRAY: f, s, n
UINT32_ARRAY_V: f, s, n, v
UINT32_EQUAL: f, s
UINT32_EQUAL_V: f, s, v
UINT32_SUB_ARRAY: f, s, start, num
UINT32_TEST: f, s, t
UINT32_V: f, s, v
UINT64: f, s
UINT64_2DARRAY: f, s, n1, n2
UINT64_2DARRAY_V: f, s, n1, n2, v
UINT64_ARRAY: f, s, n
UINT64_ARRAY_V: f, s, n, v
UINT64_EQUAL: f, s
UINT64_EQUAL_V: f, s, v
UINT64_SUB_ARRAY: f, s, start, num
UINT64_TEST: f, s, t
UINT64_V: f, s, v
UINT8: f, s
UINT8_2DARRAY: f, s, n1, n2
UINT8_2DARRAY_V: f, s, n1, n2, v
UINT8_ARRAY: f, s, n
UINT8_ARRAY_V: f, s, n, v
UINT8_EQUAL: f, s
UINT8_SUB_ARRAY: f, s, start, num
UINT8_TEST: f, s, t
UINT8_V: f, s, v
UINTTL: f, s
UINTTL_ARRAY: f, s, n
UINTTL_ARRAY_V: f, s, n, v
UINTTL_SUB_ARRAY: f, s, start, num
UINTTL_V: f, s, v
UNUSED: size
UNUSED_BUFFER: test, version, size
UNUSED_TEST: test, size
UNUSED_V: v, size
UNUSED_VARRAY_UINT32: state, test, version, field_num, size
USB_DEVICE: field, state
VALIDATE: name, test
VARRAY_INT32: field, state, field_num, version, info, type
VARRAY_INT32_ALLOC: field, state, field_num, version, info, type
VARRAY_MULTIPLY: field, state, field_num, multiply, info, type
VARRAY_OF_POINTER_TO_STRUCT_UINT32_ALLOC: field, state, field_num, version, vmsd, type
VARRAY_OF_POINTER_TO_STRUCT_UINT8_ALLOC: field, state, field_num, version, vmsd, type
VARRAY_OF_POINTER_UINT32: field, state, field_num, version, info, type
VARRAY_UINT16_ALLOC: field, state, field_num, version, info, type
VARRAY_UINT16_UNSAFE: field, state, field_num, version, info, type
VARRAY_UINT32: field, state, field_num, version, info, type
VARRAY_UINT32_ALLOC: field, state, field_num, version, info, type
VBUFFER: field, state, version, test, field_size
VBUFFER_ALLOC_UINT32: field, state, version, test, field_size
VBUFFER_MULTIPLY: field, state, version, test, field_size, multiply
VBUFFER_UINT32: field, state, version, test, field_size
VBUFFER_UINT64: field, state, version, test, field_size
VFIO_INTX: field, state
VHOST_INFLIGHT_REGION: field, state
VIRTIO_DEVICE:
VSR_ARRAY: f, s, n
VSR_ARRAY_V: f, s, n, v
VSTRUCT: field, state, vmsd, type, struct_version
VSTRUCT_TEST: field, state, test, version, vmsd, type, struct_version
VSTRUCT_V: field, state, version, vmsd, type, struct_version
WITH_TMP: state, tmp_type, vmsd
WITH_TMP_TEST: state, test, tmp_type, vmsd
XMM_REGS: field, state, start
YMMH_REGS_VARS: field, state, start, v
ZMMH_REGS_VARS: field, state, start
"""

#: What C can do without in Python: the state's type, and how a list is linked.
_DROPPED = {"state", "s", "next", "type", "key_type", "val_type", "tmp_type"}
#: Parameters that stand for types, where loading has to make something of them.
_FACTORIES = {"type_", "key_type", "val_type", "tmp_type"}
#: One thing, two names.
_SAME = {"field": "f", "test": "t"}

#: Parameters by the macro's name.
PARAMETERS = {
    f"VMSTATE_{name}": tuple(parameter for parameter in rest.strip().split(", ") if parameter)
    for name, _, rest in (line.partition(":") for line in _ROWS.strip().splitlines())
}


def carried(parameters: tuple[str, ...]) -> list[str]:
    """Return which of C's *parameters* say anything in Python, by one name each."""
    return [_SAME.get(name, name) for name in parameters if name not in _DROPPED]


def written(parameters: tuple[str, ...], in_c: tuple[str, ...]) -> list[str]:
    """Return our *parameters* as C has them: without factories and lengths of members."""
    found = [_SAME.get(name, name) for name in parameters if name not in _FACTORIES]
    return [name for name in found if name != "size" or "size" in in_c]
