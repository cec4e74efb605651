"""The macros: each is exactly the field that QEMU's macro of that name makes."""

from __future__ import annotations

import importlib
import inspect
import pkgutil

import pytest

from tests.support.macro_facts import CONSTANTS, CORE, DEVICES, NO_FIELDS
from tests.support.macro_parameters import PARAMETERS, carried, written
from tests.support.macro_rows import from_two
from tests.support.macro_table import DEVICE_MACROS, MACROS
from vmstate import VMS, Field, VMStateDescription, info, macros
from vmstate.macros import devices

ALL = [pytest.param(entry, id=entry.id) for entry in (*MACROS, *DEVICE_MACROS)]
CORE_ONLY = [pytest.param(entry, id=entry.id) for entry in MACROS]
FAMILIES = [module.name for module in pkgutil.iter_modules(devices.__path__)]


def own_names(family):
    """Return the names of macros that the family's module itself has."""
    path = f"{devices.__name__}.{family}"
    names = set()
    for name, value in vars(importlib.import_module(path)).items():
        is_core = getattr(macros, name, None) is value
        if name.startswith("VMSTATE_") and not is_core:
            names.add(name)
    return names


def macro_of(entry):
    if not entry.fact.family:
        return getattr(macros, entry.name)
    return getattr(importlib.import_module(f"{devices.__name__}.{entry.fact.family}"), entry.name)


def test_as_many_macros_are_known_as_qemu_has():
    removed = [fact for fact in CORE.values() if fact.until]
    assert len(removed) == 2
    assert len(CORE) + len(CONSTANTS) - len(removed) == 163
    assert len(DEVICES) == 88
    assert len({name for _, name in DEVICES} | set(NO_FIELDS)) == 80


def test_every_macro_of_the_core_is_in_the_table_and_exported():
    assert sorted(entry.name for entry in MACROS) == sorted(CORE)
    assert sorted(macros.__all__) == sorted([*CORE, *CONSTANTS])
    assert set(macros.__all__) <= set(vars(macros))


def test_a_constant_has_its_value():
    assert {name: getattr(macros, name) for name in CONSTANTS} == CONSTANTS


def test_every_macro_of_a_device_is_in_the_table():
    assert sorted((entry.fact.family, entry.name) for entry in DEVICE_MACROS) == sorted(DEVICES)


def test_every_family_has_a_module_with_its_macros_and_no_others():
    assert sorted({family for family, _ in DEVICES}) == sorted(FAMILIES)
    for family in FAMILIES:
        wanted = {name for place, name in DEVICES if place == family}
        borrowed = {"VMSTATE_IDE_BUS", "VMSTATE_IDE_DRIVE"} if family == "ahci" else set()
        assert own_names(family) == wanted | borrowed, family


def test_what_is_no_macro_of_fields_is_none_here():
    for name, why in NO_FIELDS.items():
        assert why
        assert not hasattr(macros, name)
        assert not any(name in own_names(family) for family in FAMILIES)


@pytest.mark.parametrize("entry", ALL)
def test_a_macro_makes_exactly_its_field(entry):
    assert entry.made == entry.expected


@pytest.mark.parametrize("entry", CORE_ONLY)
def test_flags_codec_and_existence_are_those_of_qemu(entry):
    [field], fact = entry.made, entry.fact
    assert field.flags == fact.flags
    assert (field.vmsd is not None) == fact.codec.endswith("vmsd")
    named = fact.codec.removesuffix(" vmsd").upper()
    if named == "BUFFER":
        assert isinstance(field.info, info.Buffer)
    elif named == "INFO":
        assert field.info is not None
    elif named in ("VMSD", "-"):
        assert field.info is None
    else:
        assert field.info is getattr(info, named)
    # The table's calls give 2 where a version decides alone, 3 where a test replaces it.
    version = {"version": 2, "test, version": 3}.get(fact.exists, 0)
    assert field.version_id == version
    if entry.name != "VMSTATE_VALIDATE":
        assert field.field_exists is (from_two if "test" in fact.exists else None)


@pytest.mark.parametrize("entry", ALL)
def test_parameters_are_in_qemus_order(entry):
    in_c = PARAMETERS[entry.name]
    parameters = tuple(
        parameter.name
        for parameter in inspect.signature(macro_of(entry)).parameters.values()
        if parameter.kind is not inspect.Parameter.KEYWORD_ONLY
    )
    assert written(parameters, in_c) == carried(in_c)


def test_every_macro_with_parameters_is_known():
    assert set(PARAMETERS) == {*CORE, *(name for _, name in DEVICES)}


@pytest.mark.parametrize("entry", ALL)
def test_an_entry_makes_a_description_that_needs_no_other(entry):
    description = entry.description
    assert isinstance(description, VMStateDescription)
    assert description.fields == tuple(field for field in entry.fields if not field.is_end)
    lengths = {field.num_field or field.size_field for field in entry.made} - {""}
    assert lengths == {field.name for field in entry.before} & lengths


def test_entries_have_unique_names():
    names = [entry.id for entry in (*MACROS, *DEVICE_MACROS)]
    assert len(set(names)) == len(names) == 164 + 88


@pytest.mark.parametrize("entry", ALL)
def test_a_macro_says_its_name_its_bytes_and_where_it_is_from(entry):
    macro = macro_of(entry)
    assert macro.__name__ == macro.__qualname__ == entry.name
    what, *parts = inspect.cleandoc(macro.__doc__).split("\n\n")
    assert what.endswith(".")
    assert "\n" not in what
    wire, _, source = parts[-1].partition("\nSource: ")
    assert wire.startswith("Wire: ")
    assert wire.endswith(".")
    assert source.startswith("QEMU ")
    assert source.rstrip().endswith(".")


@pytest.mark.parametrize("entry", ALL)
def test_a_macro_says_which_releases_have_it(entry):
    source = macro_of(entry).__doc__.rpartition("Source: ")[2].strip()
    fact = entry.fact
    if fact.until:
        assert source.endswith(f", until {fact.until}.")
    elif fact.family and str(fact.since) != "7.2":
        assert source.endswith(", after 7.2.")
    elif str(fact.since) != "7.2":
        assert source.endswith(f", since {fact.since}.")
    else:
        assert not any(f", {word} " in source for word in ("since", "until", "after"))


def test_a_struct_array_of_a_uint32_count_has_the_flag_of_an_int32():
    made = macros.VMSTATE_STRUCT_VARRAY_POINTER_UINT32("a", "n", VMStateDescription(name="x"))
    assert VMS.VARRAY_INT32 in made.flags
    assert VMS.VARRAY_UINT32 not in made.flags


def test_the_end_of_a_list_may_be_written_and_is_dropped():
    fields = (macros.VMSTATE_UINT8("a"), macros.VMSTATE_END_OF_LIST())
    description = VMStateDescription(name="chip", fields=fields)
    assert description.fields == (Field(name="a", flags=VMS.SINGLE, info=info.UINT8),)
