"""Names: what can be imported, what can't, and the imports that it takes."""

from __future__ import annotations

import functools
import sys
from collections import OrderedDict
from types import SimpleNamespace

import pytest

from tests.support import random_descriptions
from tests.support.random_descriptions import yes
from vmstate import Release
from vmstate.blank import Blank
from vmstate.errors import SourceError
from vmstate.info import UINT8, Integer
from vmstate.info.devices import PCI_CONFIG
from vmstate.source.names import Names, constant_of
from vmstate.unknown import RAW


def imports(names):
    return "\n".join(names.imports())


def refusal(value):
    with pytest.raises(SourceError) as error:
        Names().of(value, "chip/a.info")
    assert (error.value.path, error.value.value) == ("chip/a.info", value)
    return error.value.why


@pytest.mark.parametrize(
    ("value", "name", "line"),
    [
        (yes, "yes", "from tests.support.random_descriptions import yes"),
        (Blank, "Blank", "from vmstate.blank import Blank"),
        (Release.parse, "Release.parse", "from vmstate.release import Release"),
        (Blank.__call__, "Blank.__call__", "from vmstate.blank import Blank"),
        (UINT8, "UINT8", "from vmstate.info import UINT8"),
        (PCI_CONFIG, "PCI_CONFIG", "from vmstate.info.devices import PCI_CONFIG"),
        (RAW, "RAW", "from vmstate.unknown import RAW"),
        (SimpleNamespace, "SimpleNamespace", "from types import SimpleNamespace"),
        (OrderedDict, "OrderedDict", "from collections import OrderedDict"),
        (dict, "dict", ""),
    ],
)
def test_what_is_at_the_top_of_a_module_is_imported(value, name, line):
    names = Names()
    assert names.of(value, "x") == name
    assert imports(names) == line


def test_a_constant_is_found_by_identity_not_by_value():
    assert constant_of(UINT8) == ("vmstate.info", "UINT8")
    assert constant_of(Integer(1, signed=False)) is None
    assert constant_of(3) is None


def local():
    def inner():
        pass

    return inner


def test_what_has_no_name_is_refused():
    assert refusal(lambda: 0) == "a lambda has no name: write a function in its stead"
    assert refusal(local()) == "it is made inside a function: define it at the top of a module"
    assert (
        refusal(object()) == "it is no constant of a module: give it a name at the top of builtins"
    )
    assert refusal(functools.partial(yes, 1)).endswith("give it a name at the top of functools")
    assert refusal(random_descriptions).endswith("give it a name at the top of builtins")


def test_what_a_script_defines_is_refused(monkeypatch):
    monkeypatch.setattr(local, "__module__", "__main__")
    assert refusal(local) == "a script can't be imported: define it in a module"


def test_what_is_not_found_under_its_name_is_refused(monkeypatch):
    monkeypatch.setattr(local, "__module__", yes.__module__)
    why = "tests.support.random_descriptions.local is something else"
    assert refusal(local) == why
    monkeypatch.setattr(random_descriptions, "local", 7, raising=False)
    assert refusal(local) == why
    monkeypatch.setattr(local, "__module__", "no.such.module")
    assert refusal(local) == "no.such.module.local is something else"


def test_a_method_of_an_object_is_refused():
    assert "is something else" in refusal(Names().new)


def test_a_name_that_is_taken_gets_a_number_and_an_alias():
    names = Names()
    assert [names.new("A"), names.new("A"), names.new("A"), names.new("A_2")] == [
        "A",
        "A_2",
        "A_3",
        "A_2_2",
    ]
    assert names.new("yes") == "yes"
    assert names.of(yes, "x") == names.of(yes, "x") == "yes_2"
    assert imports(names) == "from tests.support.random_descriptions import yes as yes_2"


def test_two_of_one_name_are_told_apart():
    names = Names()
    assert names.imported("b.b", "X.f") == "X.f"
    assert names.imported("a.a", "X.f") == "X_2.f"
    assert imports(names) == "from a.a import X as X_2\nfrom b.b import X"


def test_imports_are_sorted_pythons_own_first():
    names = Names()
    for module, name in (
        ("vmstate", "VMS"),
        ("vmstate", "Field"),
        ("vmstate.info", "UINT16"),
        ("vmstate.info", "UINT8"),
        ("vmstate.info", "function"),
        ("vmstate.info", "Buffer"),
        ("types", "SimpleNamespace"),
    ):
        names.imported(module, name)
    assert imports(names).splitlines() == [
        "from types import SimpleNamespace",
        "",
        "from vmstate import VMS, Field",
        "from vmstate.info import UINT8, UINT16, Buffer, function",
    ]


def test_many_names_have_a_line_each():
    names = Names()
    for number in range(20):
        names.imported("module", f"NAME_{number}")
    lines = imports(names).splitlines()
    assert (lines[0], lines[1], lines[-1]) == ("from module import (", "    NAME_0,", ")")
    assert lines[11] == "    NAME_10,"


def test_only_what_is_loaded_is_looked_at():
    assert "tests.support.random_descriptions" in sys.modules
    assert imports(Names()) == ""
