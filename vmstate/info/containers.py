"""Containers: temporaries, lists and trees of states that have a description of their own.

The states inside are walked by the engine; what frames them is here.

Source: QEMU 11.1 migration/vmstate-types.c: vmstate_info_tmp, vmstate_info_qtailq,
vmstate_info_qlist, vmstate_info_gtree.
"""

from __future__ import annotations

from collections.abc import MutableMapping, MutableSequence
from typing import Any, cast

from vmstate.cursor import Reader, Writer
from vmstate.errors import StreamError
from vmstate.info.protocol import Engine, Factory, Holder, Vmsd

_MORE, _NO_MORE = 1, 0


class Temporary:
    """The codec of ``VMSTATE_WITH_TMP``: a state made for the occasion, unframed.

    The temporary is made by the field's factory and knows the state as ``parent``; its
    hooks carry values across.
    """

    __slots__ = ()
    name = "tmp"

    def load_states(self, reader: Reader, current: object, field: Holder, load: Engine) -> object:  # noqa: ARG002 (protocol)
        """Load into a new temporary; return *current*, the state that it is a part of."""
        # QEMU hands down the field's version, not the description's.
        load(_vmsd(field), _temporary(field, current), field.version_id)
        return current

    def save_states(self, writer: Writer, value: object, field: Holder, save: Engine) -> None:  # noqa: ARG002 (protocol)
        """Save a new temporary, at its description's own version."""
        vmsd = _vmsd(field)
        save(vmsd, _temporary(field, value), vmsd.version_id)

    def __repr__(self) -> str:
        return "TMP"


class Queue:
    """The codec of ``VMSTATE_QTAILQ_V`` and ``VMSTATE_QLIST_V``: elements, each behind a one.

    The value is a list.  Loading makes each element and appends it to the list that the
    destination holds, which is not emptied first.

    Args:
        name: the type's name in a vmdesc.
    """

    __slots__ = ("name",)

    def __init__(self, name: str) -> None:
        self.name = name

    def load_states(self, reader: Reader, current: object, field: Holder, load: Engine) -> object:
        """Read elements until a zero comes; any other byte announces one more."""
        elements = _sequence(reader, current)
        vmsd = _vmsd(field)
        while reader.unsigned(1) != _NO_MORE:
            element = _factory(field.make)()
            load(vmsd, element, field.version_id)
            elements.append(element)
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
        announced = reader.unsigned(4)
        count = 0
        while reader.unsigned(1) != _NO_MORE:
            count += 1
            if count > announced:
                break
            key: Any
            if field.key_vmsd is None:
                key = reader.unsigned(8)
            else:
                key = _factory(field.make_key)()
                load(field.key_vmsd, key, field.version_id)
            value = _factory(field.make)()
            load(_vmsd(field), value, field.version_id)
            tree[key] = value
        if count != announced:
            raise StreamError(
                f"{announced} nodes were announced, {'more' if count > announced else count} came",
                offset=reader.offset,
                path=reader.path,
            )
        return tree

    def save_states(self, writer: Writer, value: object, field: Holder, save: Engine) -> None:
        """Write the count, then the nodes in the order of their keys, then a zero."""
        tree = _mapping(writer, value)
        vmsd = _vmsd(field)
        writer.integer(len(tree), 4)
        for key in sorted(tree):
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
QTAILQ, QLIST = Queue("qtailq"), Queue("qlist")
GTREE = Tree()


def _vmsd(field: Holder) -> Vmsd:
    # A description with such a field names the want of either as its fault.
    return cast("Vmsd", field.vmsd)


def _factory(make: Factory | None) -> Factory:
    return cast("Factory", make)


def _temporary(field: Holder, parent: object) -> object:
    temporary = _factory(field.make)()
    temporary.parent = parent
    return temporary


def _sequence(cursor: Reader | Writer, value: object) -> MutableSequence[Any]:
    if not isinstance(value, MutableSequence):
        raise cursor.unfit(value, "not a list")
    return value


def _mapping(cursor: Reader | Writer, value: object) -> MutableMapping[Any, Any]:
    if not isinstance(value, MutableMapping):
        raise cursor.unfit(value, "not a dict")
    return value
