"""Programs: all compiled functions that one description leads to, each made when needed."""

from __future__ import annotations

from functools import lru_cache

from vmstate.compiler.code import LoadCode, SaveCode
from vmstate.compiler.loading import compile_loading
from vmstate.compiler.plan import Direction, Plan, Planner, generation
from vmstate.compiler.saving import compile_saving
from vmstate.compiler.trace import LayoutMaker, Pending
from vmstate.compiler.values import Types
from vmstate.description import VMStateDescription
from vmstate.layout import StateLayout
from vmstate.nesting import room_for
from vmstate.release import Release


class Program:
    """The functions of a description and of those inside it.

    Args:
        release: by whose rules.
    """

    def __init__(self, release: Release) -> None:
        self.release = release
        self._types = Types()
        self._save_planner = Planner(Direction.SAVE)
        self._load_planner = Planner(Direction.LOAD)
        # Descriptions by identity: what is compiled holds them, so that none is replaced.
        self._saves: dict[tuple[int, int], SaveCode] = {}
        self._loads: dict[tuple[int, int], LoadCode] = {}
        #: The same by what fields there are: versions are many, generations few.
        self._save_generations: dict[tuple[int, int], SaveCode] = {}
        self._load_generations: dict[tuple[int, int], LoadCode] = {}

    def saving(self, description: VMStateDescription, version_id: int) -> SaveCode:
        """Return what saves states of *description* at *version_id*."""
        key = (id(description), version_id)
        code = self._saves.get(key)
        if code is None:
            same = (id(description), generation(description, version_id))
            code = self._save_generations.get(same)
            if code is None:
                plan = self._save_planner.plan(description, version_id)
                code = compile_saving(plan, self, self._types)
                self._save_generations[same] = code
            self._saves[key] = code
        return code

    def loading(self, description: VMStateDescription, version_id: int) -> LoadCode:
        """Return what loads states of *description* at *version_id*, which it accepts."""
        key = (id(description), version_id)
        code = self._loads.get(key)
        if code is None:
            same = (id(description), generation(description, version_id))
            code = self._load_generations.get(same)
            if code is None:
                plan = self._load_planner.plan(description, version_id)
                code = compile_loading(plan, self, self._types)
                self._load_generations[same] = code
            self._loads[key] = code
        return code

    def layout(self, pending: Pending) -> StateLayout:
        """Return the layout of what was saved."""
        with room_for(pending.plan.description.depth):
            return LayoutMaker(self._plan).state(pending)

    def _plan(self, description: VMStateDescription, version_id: int) -> Plan:
        code = self._saves.get((id(description), version_id))
        # What was taken into its parent's run has no code of its own.
        return self._save_planner.plan(description, version_id) if code is None else code.plan


class _Identity:
    """A description as a key that is equal to itself alone; comparing values takes long."""

    __slots__ = ("description",)

    def __init__(self, description: VMStateDescription) -> None:
        self.description = description

    def __hash__(self) -> int:
        return id(self.description)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Identity) and self.description is other.description


@lru_cache(maxsize=256)
def _program(key: _Identity, release: Release) -> Program:  # noqa: ARG001 (the key holds it)
    return Program(release)


def program_of(description: VMStateDescription, release: Release) -> Program:
    """Return the program of *description*, the same one for the same object."""
    return _program(_Identity(description), release)
