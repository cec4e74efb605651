"""Entries of a vmdesc, written as JSON and read: devices with made-up fields."""

from __future__ import annotations

import json

from vmstate.vmdesc import parse_vmdesc


def field(name, size, kind="uint8", **more):
    return {"name": name, "type": kind, "size": size, **more}


def struct(name, fields, size, *, subsections=(), **more):
    inner = {"vmsd_name": name, "version": 1, "fields": fields}
    if subsections:
        inner["subsections"] = list(subsections)
    return field(name, size, "struct", struct=inner, **more)


def sub(name, fields, version=1):
    return {"vmsd_name": name, "version": version, "fields": fields}


def header(name, version=1):
    return bytes([5, len(name)]) + name.encode() + version.to_bytes(4)


def device(*fields, subsections=()):
    entry = {"name": "dev", "instance_id": 0, **sub("dev", list(fields))}
    if subsections:
        entry["subsections"] = list(subsections)
    return parse(entry)


def parse(entry):
    return parse_vmdesc(json.dumps({"page_size": 4096, "devices": [entry]}).encode()).devices[0]


def queue_json(kind, elements, size):
    """JSON with the keys of each element repeated in one object, as QEMU writes it."""
    parts = "".join(
        f', "vmsd_name": "e", "version": 1, "fields": {json.dumps(fields)}' for fields in elements
    )
    text = (
        '{"page_size": 4096, "devices": [{"name": "dev", "instance_id": 0, "vmsd_name": "dev", '
        f'"version": 1, "fields": [{{"name": "q", "type": "{kind}"{parts}, "size": {size}}}, '
        '{"name": "z", "type": "uint8", "size": 1}]}]}'
    )
    return parse_vmdesc(text.encode()).devices[0]
