"""Virtio devices that people see, hear and touch: input, gpu and sound.

Source: VIRTIO 1.2, sections 5.7, 5.8 and 5.14; QEMU 7.2 hw/display/virtio-gpu.c and
hw/input/virtio-input.c; QEMU 10.0 hw/audio/virtio-snd.c.
"""

from __future__ import annotations

import struct

from harness.qemu.drivers.driver import Draw
from harness.qemu.drivers.virtio_types import Answer, Chain, Proof, Setting, VirtioType

_EVENTS, _STATUS = 0, 1
_ID_NAME = 1
_EV_LED, _EV_REP = 0x11, 0x14


def _status(kind: int, code: int, value: int) -> Chain:
    return Chain(_STATUS, (struct.pack("<HHI", kind, code, value),))


def _input_chain(draw: Draw) -> Chain:
    if draw.below(2):
        return Chain(_EVENTS, (), (8,))
    return _status(draw.choose((_EV_REP, 0, 1, 3)), draw.below(16), draw.below(2))


def _keyboard_chain(draw: Draw) -> Chain:
    if draw.below(2):
        return _status(_EV_LED, draw.below(16), draw.below(2))
    return _input_chain(draw)


def _input_proof(kind: int) -> Proof:
    return Proof(
        (_status(kind, 1, 1),),
        writes=(Setting(0, bytes((_ID_NAME,))), Setting(1, b"\0")),
        reads=(Setting(0, bytes((_ID_NAME,))), Setting(8, b"QEMU Virtio ")),
    )


#: Anything but a keyboard is never asked for lights: QEMU 11.1 ends there (ui/input.c,
#: qemu_input_handler_set_leds_mask: "Assertion `s->handler->mask & INPUT_EVENT_MASK_KEY'").
INPUT = VirtioType("input", (64, 64), _input_chain, _input_proof(_EV_REP), config=2)
KEYBOARD = VirtioType("keyboard", (64, 64), _keyboard_chain, _input_proof(_EV_LED), config=2)

_CONTROL, _CURSOR = 0, 1
_DISPLAY_INFO, _CREATE_2D, _UNREF, _SET_SCANOUT, _FLUSH = 0x100, 0x101, 0x102, 0x103, 0x104
_TRANSFER_TO_HOST, _ATTACH_BACKING, _DETACH_BACKING = 0x105, 0x106, 0x107
_CAPSET_INFO, _EDID = 0x108, 0x10A
_UPDATE_CURSOR, _MOVE_CURSOR = 0x300, 0x301
_OK_DISPLAY_INFO = 0x1101
_HEADER, _DISPLAY_INFO_BYTES = 24, 24 + 16 * 24
#: 32 bits a pixel, blue first, none unused.
_FORMAT = 1
_GPU_KINDS = (
    _DISPLAY_INFO,
    _CREATE_2D,
    _CREATE_2D,
    _ATTACH_BACKING,
    _TRANSFER_TO_HOST,
    _SET_SCANOUT,
    _FLUSH,
    _EDID,
    _CAPSET_INFO,
    _DETACH_BACKING,
    _UNREF,
    _UPDATE_CURSOR,
    _MOVE_CURSOR,
    0x1FF,
)
#: Where pixels are taken from: the firmware, whose bytes stay the same.
_BACKING = 0xF0000


def _gpu(kind: int, body: bytes = b"", room: int = _HEADER, *, fence: int = 0) -> Chain:
    header = struct.pack("<IIQII", kind, 1 if fence else 0, fence, 0, 0)
    queue = _CURSOR if kind in (_UPDATE_CURSOR, _MOVE_CURSOR) else _CONTROL
    return Chain(queue, (header + body,), (room,))


def _gpu_chain(draw: Draw) -> Chain:
    # Few resources of few sizes: what is asked of one is then more often possible.
    kind, resource = draw.choose(_GPU_KINDS), draw.choose((1, 1, 1, 2))
    side = draw.choose((16, 16, 16, 64))
    rectangle = struct.pack("<IIII", 0, 0, side, side)
    bodies = {
        _CREATE_2D: struct.pack("<IIII", resource, _FORMAT, side, side),
        _UNREF: struct.pack("<II", resource, 0),
        _SET_SCANOUT: rectangle + struct.pack("<II", 0, resource * draw.below(2)),
        _FLUSH: rectangle + struct.pack("<II", resource, 0),
        _TRANSFER_TO_HOST: rectangle + struct.pack("<QII", 0, resource, 0),
        _ATTACH_BACKING: struct.pack("<IIQII", resource, 1, _BACKING, 4 * side * side, 0),
        _DETACH_BACKING: struct.pack("<II", resource, 0),
        _CAPSET_INFO: struct.pack("<II", 0, 0),
        _EDID: struct.pack("<II", draw.below(2), 0),
        _UPDATE_CURSOR: struct.pack("<8I", 0, 4, 4, 0, resource * draw.below(2), 0, 0, 0),
        _MOVE_CURSOR: struct.pack("<8I", 0, side, side, 0, resource, 0, 0, 0),
    }
    room = {_DISPLAY_INFO: _DISPLAY_INFO_BYTES, _CAPSET_INFO: 40, _EDID: 1056}.get(kind, _HEADER)
    return _gpu(kind, bodies.get(kind, b""), room, fence=draw.below(2))


GPU = VirtioType(
    "gpu",
    (64, 16),
    _gpu_chain,
    Proof(
        (_gpu(_DISPLAY_INFO, b"", _DISPLAY_INFO_BYTES, fence=7),),
        (Answer(0, 0, struct.pack("<IIQ", _OK_DISPLAY_INFO, 1, 7)),),
        at_once=False,
    ),
    config=8,
)

_S_CONTROL, _S_EVENT, _S_TX, _S_RX = 0, 1, 2, 3
_JACK_INFO, _PCM_INFO, _SET_PARAMS, _PREPARE, _RELEASE, _START, _STOP, _CHMAP_INFO = (
    *(0x1, 0x100, 0x101, 0x102, 0x103, 0x104, 0x105),
    0x200,
)
_S_OK = 0x8000
_PCM_INFO_BYTES = 32


def _sound_chain(draw: Draw) -> Chain:
    queue = draw.choose((_S_CONTROL, _S_CONTROL, _S_CONTROL, _S_EVENT, _S_TX, _S_RX))
    stream = draw.below(3)
    if queue == _S_EVENT:
        return Chain(queue, (), (8,))
    if queue == _S_TX:
        return Chain(queue, (struct.pack("<I", stream), draw.bytes(8) * 32), (8,))
    if queue == _S_RX:
        return Chain(queue, (struct.pack("<I", stream),), (256, 8))
    kind = draw.choose(
        (_SET_PARAMS, _PREPARE, _START, _STOP, _RELEASE, _PCM_INFO, _JACK_INFO, _CHMAP_INFO)
    )
    if kind == _SET_PARAMS:
        sizes = struct.pack("<IIII", stream, 8192, 2048, 0)
        # Channels; format S16 (5); rate 48 kHz (7).
        return Chain(queue, (struct.pack("<I", kind) + sizes + bytes((2, 5, 7, 0)),), (4,))
    if kind in (_PCM_INFO, _JACK_INFO, _CHMAP_INFO):
        body = struct.pack("<IIII", kind, 0, 1 + draw.below(2), _PCM_INFO_BYTES)
        return Chain(queue, (body,), (4, 2 * _PCM_INFO_BYTES))
    return Chain(queue, (struct.pack("<II", kind, stream),), (4,))


SOUND = VirtioType(
    "sound",
    (64, 64, 64, 64),
    _sound_chain,
    Proof(
        (
            Chain(
                _S_CONTROL,
                (struct.pack("<IIII", _PCM_INFO, 0, 1, _PCM_INFO_BYTES),),
                (4, _PCM_INFO_BYTES),
            ),
        ),
        (Answer(0, 0, struct.pack("<I", _S_OK)),),
        at_once=False,
    ),
)
