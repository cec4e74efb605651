"""Containers: temporaries, lists and trees of states that have a description of their own.

The states inside are walked by the engine; what frames them is here.

Source: QEMU 11.1 migration/vmstate-types.c: vmstate_info_tmp, vmstate_info_qtailq,
vmstate_info_qlist, vmstate_info_gtree.
"""

from __future__ import annotations

from collections.abc import MutableMapping, MutableSequence
from typing import Any, cast

from vmstate.cursor import Reader, Writer
from vmstate.errors import StreamError, VersionError, shown
from vmstate.flags import c_int
from vmstate.info.protocol import REFUSED_ANSWER, Engine, Factory, Holder, Vmsd

_MORE, _NO_MORE = 1, 0


class Temporary:
    """The codec of ``VMSTATE_WITH_TMP``: a state made for the occasion, unframed.

    The temporary is made by the field's factory and knows the state as ``parent``; its
    hooks carry values across.
    """

    __slots__ = ()
    name = "tmp"

    def load_states(self, reader: Reader, current: object, field: Holder, load: Engine) -> object:
        """Load into a new temporary; return *current*, the state that it is a part of."""
        # QEMU hands down the field's version, not the description's.
        load(_vmsd(field), _temporary(reader, field, current), field.version_id)
        return current

    def save_states(self, writer: Writer, value: object, field: Holder, save: Engine) -> None:
        """Save a new temporary, at its description's own version."""
        vmsd = _vmsd(field)
        save(vmsd, _temporary(writer, field, value), vmsd.version_id)

    def __repr__(self) -> str:
        return "TMP"


class Queue:
    """The codec of ``VMSTATE_QTAILQ_V`` and ``VMSTATE_QLIST_V``: elements, each behind a one.

    The value is a list.  Loading makes each element and puts it into the list that the
    destination holds, which is not emptied first.

    Args:
        name: the type's name in a vmdesc.
        is_headed: whether what is loaded goes in front of what the destination holds, as
            in a list that knows its head alone; else behind it.
    """

    __slots__ = ("_is_headed", "name")

    def __init__(self, name: str, *, is_headed: bool) -> None:
        self.name = name
        self._is_headed = is_headed

    def load_states(self, reader: Reader, current: object, field: Holder, load: Engine) -> object:
        """Read elements until a zero comes; any other byte announces one more."""
        elements = _sequence(reader, current)
        vmsd = _vmsd(field)
        _check_version(reader, vmsd, field.version_id)
        place = reader.owner, reader.field
        index = 0 if self._is_headed else len(elements)
        while reader.unsigned(1) != _NO_MORE:
            element = _factory(field.make)()
            _load_node(reader, load, vmsd, element, field.version_id)
            elements.insert(index, element)
            index += 1
            reader.owner, reader.field = place
        return elements

    def save_states(self, writer: Writer, value: object, field: Holder, save: Engine) -> None:
        """Write each element behind a one, then a zero."""
        vmsd = _vmsd(field)
        for element in _sequence(writer, value):
            writer.integer(_MORE, 1)
            save(vmsd, element, vmsd.version_id)
        writer.integer(_NO_MORE, 1)

    def __repr__(self) -> str:
        return self.name.upper()


class Tree:
    """The codec of ``VMSTATE_GTREE_V`` and ``VMSTATE_GTREE_DIRECT_KEY_V``.

    The value is a dict, saved in the order of its keys.  Keys are integers of 64 bits, or
    states with a description of their own, which must be hashable and comparable.
    """

    __slots__ = ()
    name = "gtree"

    def load_states(self, reader: Reader, current: object, field: Holder, load: Engine) -> object:
        """Read as many nodes as are announced into the dict that the destination holds."""
        tree = _mapping(reader, current)
        vmsd = _vmsd(field)
        for description in (field.key_vmsd, vmsd):
            if description is not None:
                _check_version(reader, description, field.version_id)
        place = reader.owner, reader.field
        announced = c_int(reader.unsigned(4))
        count = 0
        while reader.unsigned(1) != _NO_MORE:
            count += 1
            if count > announced:
                break
            key = self._load_key(reader, field, load)
            value = _factory(field.make)()
            _load_node(reader, load, vmsd, value, field.version_id)
            reader.owner, reader.field = place
            try:
                tree[key] = value
            except TypeError as err:
                raise reader.unfit(tree, f"{shown(key)} can't be a key") from err
        if count != announced:
            raise StreamError(
                f"{announced} nodes were announced, {'more' if count > announced else count} came",
                offset=reader.offset,
                path=reader.path,
            )
        return tree

    @staticmethod
    def _load_key(reader: Reader, field: Holder, load: Engine) -> object:
        if field.key_vmsd is None:
            return reader.unsigned(8)
        key = _factory(field.make_key)()
        _load_node(reader, load, field.key_vmsd, key, field.version_id)
        return key

    def save_states(self, writer: Writer, value: object, field: Holder, save: Engine) -> None:
        """Write the count, then the nodes in the order of their keys, then a zero."""
        tree = _mapping(writer, value)
        vmsd = _vmsd(field)
        try:
            keys = sorted(tree)
        except TypeError as err:
            raise writer.unfit(value, "its keys have no order") from err
        place = writer.owner, writer.field
        writer.integer(len(keys), 4)
        for key in keys:
            writer.owner, writer.field = place
            writer.integer(_MORE, 1)
            if field.key_vmsd is None:
                writer.integer(key, 8)
            else:
                save(field.key_vmsd, key, field.key_vmsd.version_id)
            save(vmsd, tree[key], vmsd.version_id)
        writer.integer(_NO_MORE, 1)

    def __repr__(self) -> str:
        return "GTREE"


TMP = Temporary()
QTAILQ, QLIST = Queue("qtailq", is_headed=False), Queue("qlist", is_headed=True)
GTREE = Tree()


def _vmsd(field: Holder) -> Vmsd:
    # A description with such a field names the want of either as its fault.
    return cast("Vmsd", field.vmsd)


def _factory(make: Factory | None) -> Factory:
    return cast("Factory", make)


def _temporary(cursor: Reader | Writer, field: Holder, parent: object) -> object:
    temporary = _factory(field.make)()
    try:
        temporary.parent = parent
    except AttributeError as err:
        raise cursor.unfit(temporary, "it can't know its parent") from err
    return temporary


def _check_version(reader: Reader, vmsd: Vmsd, version_id: int) -> None:
    """Refuse a version before any byte is read, even where no state follows."""
    if not vmsd.minimum_version_id <= version_id <= vmsd.version_id:
        accepts = (vmsd.minimum_version_id, vmsd.version_id)
        raise VersionError(version_id, accepts, offset=reader.offset, path=vmsd.name)


def _load_node(reader: Reader, load: Engine, vmsd: Vmsd, state: object, version_id: int) -> None:
    answer = cast("int | None", load(vmsd, state, version_id))
    if answer:
        why = REFUSED_ANSWER.format(answer)
        raise StreamError(why, offset=reader.offset, path=vmsd.name, number=answer)


def _sequence(cursor: Reader | Writer, value: object) -> MutableSequence[Any]:
    if not isinstance(value, MutableSequence):
        raise cursor.unfit(value, "not a list")
    return value


def _mapping(cursor: Reader | Writer, value: object) -> MutableMapping[Any, Any]:
    if not isinstance(value, MutableMapping):
        raise cursor.unfit(value, "not a dict")
    return value
