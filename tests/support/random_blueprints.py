"""Random blueprints: descriptions in which everything may be inside everything else.

Each knows which states fit it.  Names are short, so that random bytes spell them.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from hypothesis import assume
from hypothesis import strategies as st

from tests.support.random_fields import changed, field_tests, nested_parts, parts
from tests.support.recorded_states import EVENTS, State, frozen
from vmstate import DescriptionError, Field, VMStateDescription


@dataclass
class Blueprint:
    """A description, and strategies for what its states hold."""

    description: VMStateDescription
    values: dict[str, st.SearchStrategy] = field(default_factory=dict)

    def states(self):
        return st.fixed_dictionaries(self.values).map(lambda values: State(**values))

    def make(self):
        """Return a state as loading makes it: all it has is zeros."""
        return State(**dict.fromkeys(self.values, 0))


@st.composite
def blueprints(draw, depth=2, name="a", *, plain=False):
    """Draw a description with at most *depth* levels of others inside, and its states.

    Args:
        draw: Hypothesis draws.
        depth: how many levels.
        name: the description's name.
        plain: whether all fields are of a fixed size, and there are no hooks.
    """
    version = draw(st.integers(0, 3))
    plain = plain or draw(st.booleans())
    fields: list[Field] = []
    values: dict[str, st.SearchStrategy] = {}
    for index in range(draw(st.integers(0, 5))):
        part = draw(_part(f"f{index}", name, depth, plain=plain))
        fields += draw(_gated(part, version, plain=plain))
        values |= part.values
    old = draw(st.booleans()) and not plain
    minimum = draw(st.integers(0, version))
    try:
        description = VMStateDescription(
            name=name,
            version_id=version,
            minimum_version_id=minimum,
            minimum_version_id_old=minimum - 1 if old else 0,
            load_state_old=_old_loader if old else None,
            fields=tuple(fields),
            subsections=tuple(draw(_subsections(name, depth, values))),
            unmigratable=draw(st.integers(0, 40)) == 23,
            **({} if plain else draw(_hooks(values))),
        )
    except DescriptionError:
        assume(False)
    return Blueprint(description, values)


@st.composite
def _part(draw, field_name, name, depth, *, plain):
    if depth and draw(st.integers(0, 2)) == 0:
        inner = blueprints(depth - 1, draw(st.sampled_from(["b", f"{name}b"])), plain=plain)
        return draw(nested_parts(field_name, inner, plain=plain))
    return draw(parts(field_name, plain=plain))


@st.composite
def _gated(draw, part, version, *, plain):
    """Return the part's fields, some from a later version on or with a test."""
    gated = []
    for one in part.fields:
        changes = {}
        if draw(st.integers(0, 5)) == 0 and one.container is None:
            changes["version_id"] = draw(st.integers(0, version))
        if not plain and one.field_exists is None and draw(st.integers(0, 7)) == 0:
            changes["field_exists"] = draw(field_tests(one.name))
        gated.append(changed(one, **changes))
    return gated


@st.composite
def _hooks(draw, names):
    """Draw some hooks, which mostly do no harm; *names* are what they may change."""
    hooks: dict[str, Callable] = {}
    for kind in ("pre_load", "post_load", "pre_save", "post_save"):
        if draw(st.integers(0, 4)) == 0:
            answer = draw(st.sampled_from([None, 0, 0, 0, 1, -5]))
            hooks[kind] = draw(_hook(kind, answer, names))
    for kind in ("pre_load_errp", "post_load_errp", "pre_save_errp"):
        if draw(st.integers(0, 9)) == 0:
            answer = draw(st.sampled_from([None, "", "it is wrong"]))
            hooks[kind] = draw(_hook(kind, answer, names))
    return hooks


@st.composite
def _hook(draw, kind, answer, names):
    effect = draw(st.sampled_from([""] * 8 + ["raise", "set", "delete"]))
    name = draw(st.sampled_from(sorted(names))) if names else ""
    failure = draw(st.sampled_from([AttributeError, ValueError, RuntimeError]))

    def hook(state, *version_id):
        EVENTS.append((kind, *version_id, frozen(state)))
        if effect == "raise":
            raise failure(kind)
        if effect == "set" and name:
            setattr(state, name, 1)
        if effect == "delete":
            vars(state).pop(name, None)
        return answer

    return hook


def _old_loader(reader, state, version_id):
    EVENTS.append(("old", version_id, reader.offset, reader.path, frozen(state)))
    state.old = reader.unsigned(1)
    return version_id % 2


@st.composite
def _subsections(draw, name, depth, values):
    """Draw subsections, whose fields are in the owner's *values*."""
    drawn = []
    letters = st.lists(st.sampled_from("bx"), max_size=2, unique=True)
    for letter in draw(letters) if depth else ():
        inner = draw(blueprints(depth - 1, f"{name}/{letter}"))
        values |= {f"{letter}_{key}": value for key, value in inner.values.items()}
        needed = draw(st.none() | field_tests(f"{name}/{letter}").map(_of_state))
        original = inner.description
        drawn.append(
            VMStateDescription(
                name=original.name,
                version_id=original.version_id,
                minimum_version_id=original.minimum_version_id,
                fields=tuple(_prefixed(one, f"{letter}_") for one in original.fields),
                subsections=original.subsections,
                pre_load=original.pre_load,
                post_load=original.post_load,
                post_save=original.post_save,
                needed=needed,
            )
        )
    return drawn


def _of_state(test):
    return lambda state: test(state, 0)


def _prefixed(one, prefix):
    paths = {"name": prefix + one.name}
    if one.num_field:
        paths["num_field"] = prefix + one.num_field
    if one.size_field:
        paths["size_field"] = prefix + one.size_field
    return changed(one, **paths)
