"""Sections: under which names the states of a machine are saved, and in which order.

Owns what QEMU decides before a state's first byte: the name and the instance of a section,
which section a stream means, what is saved earlier, and which device blocks all of it.  It
knows descriptions, but no states, no bytes and no machine: whoever registers keeps the list.

Source: QEMU 11.1 migration/savevm.c (vmstate_register_with_alias_id,
calculate_new_instance_id, calculate_compat_instance_id, find_se,
savevm_state_handler_insert, qemu_savevm_state_blocked).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import TypeVar

from vmstate.description import VMStateDescription
from vmstate.errors import DescriptionError
from vmstate.flags import MigrationPriority
from vmstate.release import LATEST, Release

T = TypeVar("T")

#: Asks for the next free instance (``VMSTATE_INSTANCE_ID_ANY``).
ANY_INSTANCE = -1
#: Bytes that the name of a section has room for, behind its length byte.
_MOST_BYTES = 255


@dataclass(frozen=True, slots=True)
class SectionId:
    """What a section of a stream is known by.

    Attributes:
        idstr: the device's path and the description's name, or the name alone.
        instance_id: which of the sections of that *idstr*.
        alias_id: another instance that it answers to.
        older: name and instance in streams from before devices had a path.
    """

    idstr: str
    instance_id: int
    alias_id: int | None = None
    older: tuple[str, int] | None = None

    def answers_to(self, idstr: str, instance_id: int) -> bool:
        """Whether a stream that says *idstr* and *instance_id* means this section."""
        if idstr == self.idstr:
            return instance_id in (self.instance_id, self.alias_id)
        if self.older is None:
            return False
        name, instance = self.older
        return idstr == name and instance_id in (instance, self.alias_id)


def name_section(
    name: str,
    taken: Iterable[SectionId],
    *,
    device_path: str = "",
    instance_id: int = ANY_INSTANCE,
    alias_id: int | None = None,
) -> SectionId:
    """Return what a new section will be known by.

    Args:
        name: its description's name.
        taken: the sections that are there already.
        device_path: where the device is plugged in, e.g. ``0000:00:02.0``; empty where it
            has no place.  With one the instance is always counted, and *instance_id* is
            what older streams say.
        instance_id: which one; ``ANY_INSTANCE`` for the next.
        alias_id: another instance that it answers to.

    Raises:
        DescriptionError: another section answers to that, or its name is too long.
    """
    taken = tuple(taken)
    idstr, older = name, None
    if device_path:
        idstr = f"{device_path}/{name}"
        if instance_id == ANY_INSTANCE:
            instance_id = _next(name, [section.older for section in taken if section.older])
        older, instance_id = (name, instance_id), ANY_INSTANCE
    if instance_id == ANY_INSTANCE:
        instance_id = _next(idstr, [(section.idstr, section.instance_id) for section in taken])
    if len(idstr) > _MOST_BYTES:
        raise DescriptionError(
            name, [f"section {idstr!r} has a name of {len(idstr)} bytes, of at most {_MOST_BYTES}"]
        )
    if any(section.answers_to(idstr, instance_id) for section in taken):
        raise DescriptionError(name, [f"section {idstr!r} {instance_id} stands twice"])
    return SectionId(idstr, instance_id, alias_id, older)


def _next(name: str, taken: Iterable[tuple[str, int]]) -> int:
    """Return the instance behind the highest one that *name* has."""
    return 1 + max((instance for other, instance in taken if other == name), default=-1)


def saving_order(
    sections: Iterable[T],
    description: Callable[[T], VMStateDescription],
    release: Release = LATEST,
) -> list[T]:
    """Return *sections* in the order in which they are saved.

    First those that go before guest memory; in each part what has the higher priority; of
    equal ones what was registered first.  Whether one is needed is asked at its turn.

    Args:
        sections: what was registered, in that order.
        description: the description of one.
        release: by whose rules.
    """

    def rank(section: T) -> tuple[bool, int]:
        vmsd = description(section)
        is_known = vmsd.priority and release.knows_priority(vmsd.priority)
        priority = vmsd.priority if is_known else MigrationPriority.DEFAULT
        return not (vmsd.early_setup and release.has_early_setup), -priority

    return sorted(sections, key=rank)


def first_blocker(
    sections: Iterable[T], description: Callable[[T], VMStateDescription]
) -> T | None:
    """Return the first section that is not migratable, if there is one.

    It blocks the whole machine, saving and loading, even where it is not needed.
    """
    return next((section for section in sections if description(section).unmigratable), None)
