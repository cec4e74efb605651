"""The reference of macros: it has all of them, says what they make, and is what is committed."""

from __future__ import annotations

from pathlib import Path

import pytest

from harness.reference import all_rows, reference
from tests.support.macro_facts import CORE, DEVICES
from vmstate.macros import devices

DOCUMENT = Path(__file__).parents[2] / "docs" / "macros.md"
ROWS = {(row.module, row.name): row for row in all_rows()}


def row_of(name, family=""):
    module = f"{devices.__name__}.{family}" if family else "vmstate.macros"
    return ROWS[module, f"VMSTATE_{name}"]


def test_the_committed_document_is_what_is_generated():
    assert DOCUMENT.read_text("utf-8") == reference(), "run: vmstate macros > docs/macros.md"


def test_every_macro_has_one_row():
    core = [("vmstate.macros", name) for name in CORE]
    others = [(f"{devices.__name__}.{family}", name) for family, name in DEVICES]
    assert sorted((row.module, row.name) for row in all_rows()) == sorted(core + others)


def test_every_row_is_a_line_of_the_document():
    text = reference()
    lines = [line for line in text.splitlines() if line.startswith("| `VMSTATE_")]
    assert len(lines) == len(ROWS) == 164 + 88
    for row in ROWS.values():
        assert f"| `{row.call}`<br>{row.what} | {row.flags} |" in text
    assert all(line.count(" | ") == 5 for line in lines)


def test_the_document_says_what_is_no_macro_of_fields():
    for name in ("`VMSTATE_INSTANCE_ID_ANY`, -1,", "`VMSTATE_IF`", "`VMSTATE_IF_H`"):
        assert name in reference()


def test_a_row_says_everything_of_its_macro():
    assert row_of("UINT16_ARRAY_V") == (
        "vmstate.macros",
        "VMSTATE_UINT16_ARRAY_V",
        "VMSTATE_UINT16_ARRAY_V(f, n, v)",
        "An array of *n* values of type uint16, from version *v* on.",
        "ARRAY",
        "`uint16`",
        "from *v* on",
        "*n* times 2 bytes",
        "7.2",
    )


@pytest.mark.parametrize(
    ("name", "family", "column", "text"),
    [
        ("BOOL", "", "exists", "always"),
        ("BOOL_TEST", "", "exists", "test"),
        ("SINGLE", "", "exists", "from *version* on"),
        ("SINGLE_TEST", "", "exists", "test; without one from *version* on"),
        ("IDE_DRIVES", "ide", "exists", "from version 3 on"),
        ("END_OF_LIST", "", "exists", "-"),
        ("INTERVAL", "virtio_iommu", "exists", "-"),
        ("SINGLE", "", "codec", "*info*"),
        ("STRUCT", "", "codec", "*vmsd*"),
        ("VALIDATE", "", "codec", "-"),
        ("QTAILQ_V", "", "codec", "`qtailq` of *vmsd*"),
        ("USB_DEVICE", "usb", "codec", "`USBDevice`"),
        ("MAPPING", "unit_tests", "codec", "description `mapping`"),
        ("PCI_HOTPLUG", "acpi", "codec", "`uint32`; `acpi_pcihp_pci_status`"),
        ("PCI_HOTPLUG", "acpi", "flags", "SINGLE; ARRAY STRUCT"),
        ("QLIST_V", "", "flags", "-"),
        ("STRUCT_VARRAY_POINTER_UINT32", "", "flags", "POINTER STRUCT VARRAY_INT32"),
        ("END_OF_LIST", "", "call", "VMSTATE_END_OF_LIST()"),
        ("SEGMENT", "i386", "call", "VMSTATE_SEGMENT(f, *, long_bits)"),
        ("BOOL", "", "releases", "7.2"),
        ("BITMAP_TEST", "", "releases", "8.0"),
        ("ARRAY_TEST", "", "releases", "7.2 to 9.0"),
        ("VFIO_INTX", "vfio", "releases", "after 7.2"),
        ("UNUSED", "", "wire", "*size* zeros; anything is read"),
        (
            "GTREE_DIRECT_KEY_V",
            "",
            "wire",
            (
                "4 bytes for the number of nodes; for each the byte 1, 8 bytes of key, the value; "
                "then the byte 0"
            ),
        ),
    ],
)
def test_a_column_says_what_a_macro_makes(name, family, column, text):
    assert getattr(row_of(name, family), column) == text


def test_a_family_is_introduced_with_its_module():
    text = reference()
    assert "### ich9\n\n`vmstate.macros.devices.ich9`: general purpose events" in text
    assert "### lists\n\nLists and trees of nested states" in text


def test_macros_that_a_module_borrows_are_not_its_own():
    of_ahci = [row.name for row in all_rows() if row.module.endswith(".ahci")]
    assert of_ahci == ["VMSTATE_AHCI"]


def test_samples_are_only_made_up():
    from harness import reference as module

    given = module._SAMPLES["Info"]
    assert given.load(None, 5, 0) == 5
    assert given.save(None, 5, 0) is None
    assert module._SAMPLES["FieldTest"](None, 1) is True
