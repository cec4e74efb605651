"""Live objects as plain data."""

from dataclasses import dataclass, field
from types import SimpleNamespace

from device_models import build
from harness.guests.objects import described_paths, plain_device
from tests.support.recorded_states import Timer
from vmstate import VMStateDescription
from vmstate.macros import VMSTATE_STRUCT_ARRAY, VMSTATE_UINT8, VMSTATE_UINT8_ARRAY


@dataclass
class Inner:
    level: int = 1


@dataclass
class State:
    flag: bool = True
    data: bytearray = field(default_factory=lambda: bytearray(b"\x01"))
    items: list = field(default_factory=lambda: [1, Inner()])
    callback: object = print
    nothing: object = None


class Device:
    def __init__(self):
        self.state = State()
        self.name = "x"
        self.hidden = 7
        self.wire = lambda level: None
        self.mixed = [1, print]


def test_the_state_and_what_is_kept_besides_become_plain():
    assert plain_device(Device()) == {
        "flag": 1,
        "data": b"\x01",
        "items": [1, {"level": 1}],
        "nothing": None,
        "self.name": "x",
        "self.hidden": 7,
    }


def test_plain_data_does_not_change_with_the_device():
    device = Device()
    before = plain_device(device)
    device.state.data[0] = 9
    device.state.items[1].level = 0
    assert before["data"] == b"\x01"
    assert before["items"] == [1, {"level": 1}]
    assert plain_device(device) != before


def test_in_a_state_every_object_is_data():
    device = Device()
    device.state = SimpleNamespace(inner=SimpleNamespace(level=2), tree={3: Inner()}, call=print)
    device.state.inner.parent = device.state
    found = plain_device(device)
    assert (found["inner"], found["tree"]) == ({"level": 2}, {"3": {"level": 1}})
    assert "call" not in found
    device.aside = SimpleNamespace(level=2)
    assert "self.aside" not in plain_device(device)


def test_a_timer_that_is_not_set_is_not_none_at_all():
    device = Device()
    device.state = SimpleNamespace(timer=Timer(), pointer=None)
    assert plain_device(device)["timer"] == -1
    assert plain_device(device)["pointer"] is None
    device.state.timer.modify(7)
    assert plain_device(device)["timer"] == 7


def test_a_state_that_can_be_called_is_left_out():
    device = Device()
    device.state = print
    assert set(plain_device(device)) == {"self.name", "self.hidden"}


def test_timers_are_their_moments():
    machine = build("pc")
    assert plain_device(machine.slot("pit").device)["irq_timer"] == machine.clock.deadline_ns


def test_what_the_state_and_the_device_both_hold_is_told_once():
    device = Device()
    device.shared = device.state.data
    assert "self.shared" not in plain_device(device)


def test_what_a_description_carries_is_listed_with_open_indices():
    inner = VMStateDescription(
        name="inner", version_id=1, minimum_version_id=1, fields=(VMSTATE_UINT8("level"),)
    )
    more = VMStateDescription(
        name="outer/more",
        version_id=1,
        minimum_version_id=1,
        fields=(VMSTATE_UINT8("extra"),),
        needed=bool,
    )
    outer = VMStateDescription(
        name="outer",
        version_id=1,
        minimum_version_id=1,
        fields=(
            VMSTATE_UINT8("flag"),
            VMSTATE_UINT8_ARRAY("data", 4),
            VMSTATE_STRUCT_ARRAY("items", 2, 1, inner),
        ),
        subsections=(more,),
    )
    assert list(described_paths(outer)) == ["flag", "data[]", "items[].level", "extra"]
