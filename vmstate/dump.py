"""Dumps: what ``-dump-vmstate`` of a binary says of its devices, as descriptions.

A dump has every device, field and subsection, with versions and sizes.  It has no types, no
tests (only that there is one), no counts but those of fixed arrays since 8.1, and nothing of
what is registered without a device class; all that is explicitly unknown here
(:mod:`vmstate.unknown`), until a vmdesc is merged with it (:mod:`vmstate.merge`).

Source: QEMU 7.2 and 11.1 migration/savevm.c: dump_vmstate_json_to_file, dump_vmstate_vmsd,
dump_vmstate_vmsf.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from vmstate.description import Field, VMStateDescription
from vmstate.errors import DescriptionError, StreamError
from vmstate.flags import VMS
from vmstate.paths import is_path
from vmstate.unknown import RAW, RAW_STRUCT, UnknownNeed, UnknownTest

_MACHINE = "vmschkmachine"

#: What QEMU calls room that nobody uses; a dump does not tell its type.
#: Source: QEMU 7.2 include/migration/vmstate.h, VMSTATE_UNUSED_BUFFER.
_UNUSED = "unused"
#: Members of a description and of a field, as QEMU spells them.
_DESCRIPTION, _FIELDS, _SUBSECTIONS = "Description", "Fields", "Subsections"


@dataclass(frozen=True, slots=True)
class Dump:
    """What a binary said of its devices.

    Attributes:
        machine: the machine type that it was asked for.
        descriptions: those of its device classes, by QOM type.
        refused: what is wrong with those that contradict themselves, by QOM type.
        has_counts: whether it says which fields are fixed arrays (since 8.1); if not, a
            field may be an array though none is announced.
    """

    machine: str
    descriptions: Mapping[str, VMStateDescription]
    refused: Mapping[str, DescriptionError]
    has_counts: bool

    def named(self, name: str) -> tuple[VMStateDescription, ...]:
        """Return the descriptions that are called *name*, equal ones once.

        Several types may share a name, as ``vga`` does.
        """
        found: list[VMStateDescription] = []
        for description in self.descriptions.values():
            if description.name == name and description not in found:
                found.append(description)
        return tuple(found)


def always_sent(description: VMStateDescription) -> frozenset[str]:
    """Return the paths of the leaf fields that are sent whatever the state is.

    Fields with a test and those of subsections are not; nor is what nobody uses.  Arrays
    count once, without an index.
    """
    return frozenset(_always(description))


def _always(description: VMStateDescription) -> Iterator[str]:
    for field in description.fields:
        if field.field_exists is not None or not field.has_value or field.name == _UNUSED:
            continue
        if field.vmsd is None:
            yield field.name
        else:
            yield from (f"{field.name}.{path}" for path in _always(field.vmsd))


def read_dump(dump: Mapping[str, object]) -> Dump:
    """Read a dump.

    Args:
        dump: the parsed JSON.

    Raises:
        StreamError: something is missing or of the wrong kind; the error's path says where.
    """
    machine = ""
    if _MACHINE in dump:
        machine = _string(_object(dump[_MACHINE], _MACHINE), "Name", _MACHINE)
    descriptions: dict[str, VMStateDescription] = {}
    refused: dict[str, DescriptionError] = {}
    for name in sorted(dump.keys() - {_MACHINE}):
        try:
            descriptions[name] = _section(_object(dump[name], name), name)
        except DescriptionError as error:
            # QEMU's own mistakes: sd-card of 11.1 has a subsection twice.
            refused[name] = error
    has_counts = any(map(_has_counts, descriptions.values()))
    return Dump(machine, descriptions, refused, has_counts)


def _section(section: Mapping[str, object], name: str) -> VMStateDescription:
    where = f"{name}.{_DESCRIPTION}"
    if _DESCRIPTION not in section:
        raise StreamError(f"{_DESCRIPTION!r} is missing", path=name)
    description = _description(_object(section[_DESCRIPTION], where), where)
    for key in ("version_id", "minimum_version_id"):
        said, meant = _integer(section, key, name), getattr(description, key)
        if said != meant:
            raise StreamError(f"{key} is {said}, that of its description is {meant}", path=name)
    return description


def _description(
    item: Mapping[str, object], where: str, needed: UnknownNeed | None = None
) -> VMStateDescription:
    name = _string(item, "name", where)
    has_fields = _FIELDS in item
    entries = _list(item, _FIELDS, where) if has_fields else []
    places = [f"{where}.{_FIELDS}[{index}]" for index in range(len(entries))]
    return VMStateDescription(
        name=name,
        version_id=_integer(item, "version_id", where),
        minimum_version_id=_integer(item, "minimum_version_id", where),
        fields=tuple(
            _field(entry, name, place) for entry, place in zip(entries, places, strict=True)
        ),
        subsections=tuple(_subsections(item, where)),
        needed=needed,
        # Only what is never saved can do without a list of fields.
        unmigratable=not has_fields,
    )


def _subsections(item: Mapping[str, object], where: str) -> Iterator[VMStateDescription]:
    entries = _list(item, _SUBSECTIONS, where) if _SUBSECTIONS in item else []
    for index, entry in enumerate(entries):
        place = f"{where}.{_SUBSECTIONS}[{index}]"
        yield _description(entry, place, UnknownNeed(_string(entry, "name", place)))


def _field(item: Mapping[str, object], owner: str, where: str) -> Field:
    name = _string(item, "field", where)
    is_tested = item.get("field_exists")
    if not isinstance(is_tested, bool):
        raise StreamError(f"'field_exists' is {is_tested!r}, expected true or false", path=where)
    vmsd = None
    if _DESCRIPTION in item:
        place = f"{where}.{_DESCRIPTION}"
        vmsd = _description(_object(item[_DESCRIPTION], place), place)
    is_array = "num" in item
    return Field(
        name=name,
        flags=VMS.ARRAY if is_array else VMS.NONE,
        info=RAW if vmsd is None else RAW_STRUCT,
        vmsd=vmsd,
        version_id=_integer(item, "version_id", where),
        size=_integer(item, "size", where),
        num=_integer(item, "num", where) if is_array else 0,
        field_exists=UnknownTest(f"{owner}/{name}") if is_tested else None,
        # A name that is no path is that of a codec which is given the whole device.
        whole=not is_path(name),
    )


def _has_counts(description: VMStateDescription) -> bool:
    return any(
        field.is_array or (field.vmsd is not None and _has_counts(field.vmsd))
        for field in description.fields
    ) or any(map(_has_counts, description.subsections))


def _object(item: object, where: str) -> Mapping[str, object]:
    if not isinstance(item, dict):
        raise StreamError(f"it is {item!r}, expected an object", path=where)
    return item


def _list(item: Mapping[str, object], key: str, where: str) -> list[Mapping[str, object]]:
    entries = item[key]
    if not isinstance(entries, list):
        raise StreamError(f"{key!r} is {entries!r}, expected a list", path=where)
    return [_object(entry, f"{where}.{key}[{index}]") for index, entry in enumerate(entries)]


def _string(item: Mapping[str, object], key: str, where: str) -> str:
    text = item.get(key)
    if not isinstance(text, str):
        raise StreamError(f"{key!r} is {text!r}, expected a string", path=where)
    return text


def _integer(item: Mapping[str, object], key: str, where: str) -> int:
    number = item.get(key)
    if not isinstance(number, int) or isinstance(number, bool):
        raise StreamError(f"{key!r} is {number!r}, expected a number", path=where)
    return number
