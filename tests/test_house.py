"""The repository's own rules: what every module, import, error and file obeys."""

from __future__ import annotations

import ast
import inspect
import re
import subprocess
import sys
from pathlib import Path

import pytest

import device_models.errors
import harness.errors
import vmstate.errors

ROOT = Path(__file__).parents[1]
#: The packages from the bottom up: each may import those before it.
LAYERS = ("vmstate", "device_models", "harness")
MODULES = sorted(path for layer in LAYERS for path in (ROOT / layer).rglob("*.py"))
#: Folders with files of ours; whatever else lies beside them was made by a tool.
FOLDERS = (".ci", *LAYERS, "benchmarks", "corpus", "docs", "examples", "tests")
MOST_LINES = 400
#: How a tool is run that was installed beside pytest.
MODULE = (sys.executable, "-m")
#: Test modules that ask every module at once.
FAMILIES = {Path("vmstate/qemu_cases"), Path("vmstate/info/all_codecs")}
#: Names that say nothing of what is inside.
EMPTY_NAMES = {"utils", "util", "helpers", "helper", "common", "misc", "base"}
#: Abstract errors: never raised, so there is no message to read.
ABSTRACT = {"VMStateError", "DeviceModelError", "HarnessError", "GuestError", "CorpusError"}
#: Words that tell of a place in which the project was worked on.
PLACES = re.compile(r"(?<![\w.<>$}])/(?:home|root|Users)/|(?:registry|mirror)\.\w")


def name_of(path):
    return str(path.relative_to(ROOT))


def tree_of(path):
    return ast.parse(path.read_text("utf-8"), name_of(path))


def texts():
    """Return the path and text of every file of ours."""
    files = [path for path in ROOT.iterdir() if path.is_file()]
    files += [path for folder in FOLDERS for path in (ROOT / folder).rglob("*") if path.is_file()]
    for path in sorted(files):
        if "__pycache__" not in path.parts and not path.name.startswith(".coverage"):
            yield path, path.read_bytes().decode("utf-8", errors="replace")


def run(*command):
    """Run a tool as a person does, in the root folder; return its status and all it said."""
    done = subprocess.run(
        command,
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def test_a_module_is_of_a_readable_size():
    lines = {name_of(path): len(path.read_text("utf-8").splitlines()) for path in MODULES}
    assert len(lines) > 50
    # Too long a module is parted by what its pieces own.
    assert {name: count for name, count in lines.items() if count > MOST_LINES} == {}


def test_a_module_is_named_by_what_is_inside():
    assert [name_of(path) for path in MODULES if path.stem in EMPTY_NAMES] == []


def test_a_module_begins_with_a_sentence_on_what_it_owns():
    first = {name_of(path): (ast.get_docstring(tree_of(path)) or "") for path in MODULES}
    unsaid = [
        name
        for name, docstring in first.items()
        if not docstring.partition("\n\n")[0].endswith((".", "?", "::"))
    ]
    assert unsaid == []


def imported_by(path):
    """Return the top-level packages that the module imports; relative ones as ``.``."""
    found = set()
    for node in ast.walk(tree_of(path)):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            found.add("." if node.level else str(node.module).partition(".")[0])
    return found


def test_a_module_imports_only_downwards():
    wrong = {}
    for path in MODULES:
        layer = LAYERS.index(path.relative_to(ROOT).parts[0])
        above = imported_by(path) & {".", "tests", *LAYERS[layer + 1 :]}
        if above:
            wrong[name_of(path)] = above
    assert wrong == {}


def test_tests_are_no_package():
    # A tests/vmstate/__init__.py would hide the real package.
    assert list((ROOT / "tests").rglob("__init__.py")) == []


def test_a_test_module_is_named_after_the_module_that_it_tests():
    tests = {path.relative_to(ROOT / "tests") for path in (ROOT / "tests").rglob("test_*.py")}
    mirrored = {path for path in tests if path.parts[0] in LAYERS and "laws" not in path.parts}
    modules = {path.relative_to(ROOT).with_suffix("") for path in MODULES}
    named = {module.with_name(f"test_{module.name}") for module in modules | FAMILIES}
    named |= {module.parent.with_name(f"test_{module.parent.name}") for module in modules}
    strays = sorted(
        str(path) for path in mirrored if not named & {path.with_name(name) for name in parts(path)}
    )
    assert strays == []


def parts(path):
    """Return the names that a test may be of: its own, or, behind each, one part of it."""
    words = path.stem.split("_")
    return ["_".join(words[:end]) for end in range(2, len(words) + 1)]


ERRORS = [
    pytest.param(module, kind, id=name)
    for module in (vmstate.errors, device_models.errors, harness.errors)
    for name, kind in inspect.getmembers(module, inspect.isclass)
    if kind.__module__ == module.__name__
]


@pytest.mark.parametrize(("module", "kind"), ERRORS)
def test_an_error_is_in_the_tree_of_the_docstring_and_a_test_reads_its_message(module, kind):
    assert re.search(rf"\b{kind.__name__}\b", module.__doc__ or "")
    assert kind.__name__.endswith("Error")
    if kind.__name__ in ABSTRACT:
        return
    package = module.__name__.partition(".")[0]
    tests = (ROOT / "tests" / package / "test_errors.py").read_text("utf-8")
    assert re.search(rf"\b{kind.__name__}\(", tests), "make one and read its message"


def test_exceptions_are_defined_in_errors_or_never_leave_their_module():
    strays = []
    for path in MODULES:
        if path.name == "errors.py":
            continue
        for node in ast.walk(tree_of(path)):
            bases = [ast.unparse(base) for base in getattr(node, "bases", [])]
            is_error = any(base.endswith(("Error", "Exception")) for base in bases)
            if isinstance(node, ast.ClassDef) and is_error and not node.name.startswith("_"):
                strays.append(f"{name_of(path)}: {node.name}")
    # What a test item raises for pytest to report never reaches anybody else.
    assert [stray for stray in strays if not stray.startswith("harness/items.py: ")] == []


def test_no_file_tells_where_it_was_worked_on():
    found = [
        f"{name_of(path)}:{number}: {line.strip()}"
        for path, text in texts()
        if path != Path(__file__)
        for number, line in enumerate(text.splitlines(), start=1)
        if PLACES.search(line)
    ]
    assert found == []


@pytest.mark.parametrize(
    ("line", "is_found"),
    [
        ("see /home/me/x.py", True),
        ("'/home/me/qemu'", True),
        ("cd /root/x", True),
        ("https://registry.example/simple", True),
        ("/usr/bin/qemu-system-x86_64", False),
        ("{folder}/home/x", False),
        ("homework/root/", False),
        ("import mirrored", False),
    ],
)
def test_a_place_is_told_from_other_words(line, is_found):
    assert bool(PLACES.search(line)) is is_found


def test_nothing_is_left_to_be_done_later():
    # Put together here, so that this file does not name them.
    words = re.compile(
        "|".join(rf"\b{a}{b}\b" for a, b in (("TO", "DO"), ("FIX", "ME"), ("X", "XX")))
    )
    found = [
        f"{name_of(path)}:{number}"
        for path, text in texts()
        for number, line in enumerate(text.splitlines(), start=1)
        if words.search(line)
    ]
    assert found == []


def test_the_import_contracts_hold():
    status, said = run(Path(sys.executable).with_name("lint-imports"))
    assert status == 0, said
    assert " kept, 0 broken" in said


def test_ruff_finds_nothing():
    status, said = run(*MODULE, "ruff", "check", "--no-cache", ".")
    assert status == 0, said


def test_ruff_is_shown_every_module():
    status, said = run(*MODULE, "ruff", "check", "--show-files", "--no-cache", ".")
    assert status == 0, said
    shown = {Path(line) for line in said.splitlines()}
    # The corpus's scripts are made by a template, for machines without us.
    written = [folder for folder in FOLDERS if folder != "corpus"]
    modules = {path for folder in written for path in (ROOT / folder).rglob("*.py")}
    assert modules - shown == set()


def test_every_file_is_formatted():
    status, said = run(*MODULE, "ruff", "format", "--check", "--no-cache", ".")
    assert status == 0, said


def test_every_type_is_right():
    status, said = run(*MODULE, "mypy")
    assert status == 0, said
