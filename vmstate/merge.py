"""Merging: a binary's dump and the vmdescs of what it sent, into one description.

The dump knows structure, versions and all subsections, the vmdescs know types and counts.
What neither says stays unknown.  Where they contradict each other nothing is decided: all
contradictions are named at once.

Source: facts of both formats; see ``vmstate.dump`` and ``vmstate.sent``.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from vmstate.describe import is_compressible, shown_names
from vmstate.description import Field, VMStateDescription
from vmstate.errors import ContradictionError
from vmstate.flags import VMS
from vmstate.info import BUFFER, GTREE, Integer
from vmstate.sent import (
    CONTAINERS,
    SeenField,
    fields_seen,
    read_sent,
    states_of,
    subsections_seen,
    typed,
)
from vmstate.vmdesc import SentDescription

#: Types of fields that have a description; it is empty where only null pointers were seen.
_WITH_FIELDS = frozenset({"struct", "vstruct", "", *CONTAINERS})


def merge(dumped: VMStateDescription, *sent: SentDescription) -> VMStateDescription:
    """Return *dumped* with all that *sent* says of it.

    A field that none of *sent* has stays without a type; one that they have in different
    numbers or sizes has a count or size that is not known.

    Args:
        dumped: what a dump says (:func:`vmstate.dump.read_dump`).
        sent: any number of states that the same binary described.

    Raises:
        ContradictionError: they contradict the dump or each other.
    """
    merger = _Merger()
    merged = merger.description(dumped, sent, (dumped.version_id,), dumped.name)
    if merger.wrong:
        raise ContradictionError(dumped.name, merger.wrong)
    return merged


class _Merger:
    """One pass over one dumped description; collects what is wrong."""

    def __init__(self) -> None:
        self.wrong: list[str] = []

    def description(
        self,
        dumped: VMStateDescription,
        sent: Sequence[SentDescription],
        versions: Sequence[int],
        path: str,
    ) -> VMStateDescription:
        """Return *dumped* with what *sent* says; *versions* are those that may be sent."""
        sent = [one for one in sent if self._is_of(dumped, one, versions, path)]
        if not sent:
            return dumped
        try:
            seen = fields_seen(sent)
        except ContradictionError as error:
            self.wrong += [f"{path}: {why}" for why in error.contradictions]
            return dumped
        names = shown_names(dumped)
        self._order(names, list(seen), path)
        fields = [
            self._field(field, seen.get(name), sent[0].version, f"{path}/{name}")
            for name, field in zip(names, dumped.fields, strict=True)
        ]
        subsections = tuple(self._subsections(dumped, sent, path))
        return replace(dumped, fields=_laid_out(fields, subsections), subsections=subsections)

    def _is_of(
        self,
        dumped: VMStateDescription,
        sent: SentDescription,
        versions: Sequence[int],
        path: str,
    ) -> bool:
        if sent.name != dumped.name:
            self.wrong.append(f"{path}: {sent.name!r} was sent, the dump has {dumped.name!r}")
        elif sent.version not in versions:
            self.wrong.append(
                f"{path}: version {sent.version} was sent, the dump has version {dumped.version_id}"
            )
        else:
            return True
        return False

    def _order(self, names: Sequence[str], sent: Sequence[str], path: str) -> None:
        for name in sent:
            if name not in names:
                self.wrong.append(f"{path}: field {name!r} was sent, the dump has none")
        known = [name for name in sent if name in names]
        if known != sorted(known, key=names.index):
            self.wrong.append(
                f"{path}: fields were sent in another order than the dump's: {', '.join(known)}"
            )

    def _subsections(
        self, dumped: VMStateDescription, sent: Sequence[SentDescription], path: str
    ) -> list[VMStateDescription]:
        states = subsections_seen(sent)
        known = {subsection.name for subsection in dumped.subsections}
        self.wrong += [
            f"{path}: subsection {name!r} was sent, the dump has none"
            for name in states
            if name not in known
        ]
        return [
            self.description(
                subsection,
                states.get(subsection.name, ()),
                (subsection.version_id,),
                f"{path}/<{subsection.name}>",
            )
            for subsection in dumped.subsections
        ]

    def _field(self, dumped: Field, seen: SeenField | None, version: int, path: str) -> Field:
        is_sure = dumped.field_exists is None and dumped.version_id <= version
        if seen is None:
            # It is there, so that it has no elements.
            return self._empty(dumped, path) if is_sure else dumped
        if dumped.field_exists is None and not is_sure:
            self.wrong.append(
                f"{path}: it was sent in version {version}, in the dump it begins with "
                f"version {dumped.version_id}"
            )
        if is_sure and not seen.is_always:
            seen = replace(seen, counts=tuple(dict.fromkeys((*seen.counts, 0))))
        self._count(dumped, seen, path)
        merged = self._typed(dumped, seen, path)
        self._size(dumped, merged, seen, path)
        self._splitting(merged, seen, path)
        return merged

    def _empty(self, dumped: Field, path: str) -> Field:
        if dumped.num:
            self.wrong.append(f"{path}: it was not sent, the dump has {dumped.num} elements")
        return replace(dumped, flags=dumped.flags | VMS.ARRAY)

    def _count(self, dumped: Field, seen: SeenField, path: str) -> None:
        others = [count for count in seen.counts if count != dumped.num]
        if dumped.is_array and others:
            self.wrong.append(
                f"{path}: {' and '.join(map(str, others))} elements were sent, "
                f"the dump has {dumped.num}"
            )

    def _typed(self, dumped: Field, seen: SeenField, path: str) -> Field:
        """Return the field with its type, and the dump's name, versions and test."""
        keys, values = states_of(seen)
        vmsd = dumped.vmsd
        if vmsd is None and seen.states:
            self.wrong.append(f"{path}: it was sent with fields in it, the dump has none")
            return dumped
        if vmsd is not None and seen.type not in _WITH_FIELDS:
            self.wrong.append(f"{path}: it was sent as {seen.type}, the dump has fields in it")
            return dumped
        if seen.type == GTREE.name and not values:
            # What its keys are did not show.
            return dumped
        if vmsd is not None:
            any_version = seen.type == "vstruct" and bool(values)
            versions = (values[0].version,) if any_version else (vmsd.version_id,)
            vmsd = self.description(vmsd, values, versions, path)
        key_vmsd = read_sent(*keys) if keys else None
        return replace(
            typed(replace(seen, name=dumped.name), path, vmsd, key_vmsd),
            version_id=dumped.version_id,
            field_exists=dumped.field_exists,
        )

    def _size(self, dumped: Field, merged: Field, seen: SeenField, path: str) -> None:
        """Compare sizes where the host's is that on the wire: integers, buffers."""
        is_plain = isinstance(merged.info, Integer) or merged.info is BUFFER
        others = [size for size in seen.sizes if size != dumped.size]
        if is_plain and dumped.size and not seen.has_nulls and others:
            self.wrong.append(
                f"{path}: {' and '.join(map(str, others))} bytes were sent, "
                f"the dump has {dumped.size}"
            )

    def _splitting(self, merged: Field, seen: SeenField, path: str) -> None:
        if seen.has_nulls or not seen.is_array or max(seen.counts) < 2:
            return
        if seen.is_split == is_compressible(merged):
            told = "one by one" if seen.is_split else "as one"
            changes = "nothing" if seen.is_split else "something"
            self.wrong.append(
                f"{path}: its elements were described {told}, in the dump {changes} in them "
                "can come and go"
            )


def _laid_out(
    fields: Sequence[Field], subsections: Sequence[VMStateDescription]
) -> tuple[Field, ...]:
    """Return *fields* with parts of one array behind each other.

    A dump does not say where a part begins.  This keeps their values apart, from those of
    the whole array, too, which a subsection may have.
    """
    names = Counter(field.name for field in fields if _is_part(field))
    reached = _wholes(subsections)
    result = []
    for field in fields:
        if _is_part(field) and names[field.name] > 1:
            result.append(replace(field, start=reached[field.name]))
            reached[field.name] += field.num
        else:
            result.append(field)
    return tuple(result)


def _is_part(field: Field) -> bool:
    return field.is_array and field.has_value and field.field_exists is None


def _wholes(subsections: Sequence[VMStateDescription]) -> Counter[str]:
    """Return how far arrays reach that *subsections* have."""
    found: Counter[str] = Counter()
    for subsection in subsections:
        found |= _wholes(subsection.subsections)
        for field in subsection.fields:
            found |= Counter({field.name: field.start + field.num})
    return found
