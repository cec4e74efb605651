"""Boards: machines of one chip, random programs for them, and the laws that all chips obey."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from hypothesis import settings
from hypothesis import strategies as st

from device_models.machine import LineMove, Machine

#: One thing done to a board: ``("out", port, value)``, ``("in", port)``, ``("step", ns)``,
#: or ``("input", number, level)`` for an input line that comes from outside.
Action = tuple[str | int, ...]
Program = Sequence[Action]
#: What an action answered, and the lines that it moved.
Answer = tuple[int | None, tuple[LineMove, ...]]


@dataclass
class Board:
    """A machine and the input lines that lead into it from outside."""

    machine: Machine
    inputs: list[Callable[[int], None]] = field(default_factory=list)

    def act(self, action: Action) -> int | None:
        match action:
            case ("out", int(port), int(value)):
                self.machine.write(port, 1, value)
            case ("in", int(port)):
                return self.machine.read(port, 1)
            case ("step", int(step_ns)):
                self.machine.clock.advance(step_ns)
            case ("input", int(number), int(level)):
                self.inputs[number](level)
            case _:
                raise ValueError(f"not an action: {action}")
        return None

    def run(self, program: Program) -> list[Answer]:
        self.machine.take_moves()
        return [(self.act(action), self.machine.take_moves()) for action in program]


Make = Callable[[], Board]

#: Steps of time, short and long alike; the longest sees the slowest timer go round twice.
steps_ns = st.one_of(st.integers(0, 3_000), st.integers(0, 3_000_000), st.integers(0, 120_000_000))
#: How a law is tried: by the clock of a busy machine, no example is too slow.
law = settings(deadline=None)


def programs(ports: Sequence[int], *, inputs: int = 0, time: bool = True) -> st.SearchStrategy:
    """Programs of byte accesses to *ports*, steps of time and moves of *inputs* lines."""
    actions = [
        st.tuples(st.just("out"), st.sampled_from(ports), st.integers(0, 255)),
        st.tuples(st.just("out"), st.sampled_from(ports), st.integers(0, 255)),
        st.tuples(st.just("in"), st.sampled_from(ports)),
    ]
    if time:
        actions.append(st.tuples(st.just("step"), steps_ns))
    if inputs:
        actions.append(st.tuples(st.just("input"), st.integers(0, inputs - 1), st.integers(0, 1)))
    return st.lists(st.one_of(actions), max_size=30)


def assert_a_cycle_changes_nothing(make: Make, before: Program, after: Program) -> None:
    """Save, reset and load between *before* and *after* must not be seen, in any board."""
    board = make()
    board.run(before)
    saved, levels = board.machine.save(), board.machine.levels
    expected = board.run(after), board.machine.levels, board.machine.save()
    # The board itself is dirty by now, a new one is not.
    for loaded in (board, make()):
        loaded.machine.reset()
        loaded.machine.load(saved)
        assert loaded.machine.levels == levels
        assert loaded.machine.save() == saved
        seen = loaded.run(after), loaded.machine.levels, loaded.machine.save()
        assert seen == expected


def assert_steps_may_be_split(make: Make, program: Program, parts: int) -> None:
    """Time that passes in *parts* pieces must lead where it leads in one."""
    whole, split = make(), make()
    pieces: list[Action] = []
    for action in program:
        if action[0] == "step":
            step_ns = int(action[1])
            small = step_ns // parts
            pieces += [("step", small)] * (parts - 1)
            pieces.append(("step", step_ns - small * (parts - 1)))
        else:
            pieces.append(action)
    expected = [answer for answer, _ in whole.run(program) if answer is not None]
    seen = [answer for answer, _ in split.run(pieces) if answer is not None]
    assert seen == expected
    assert split.machine.levels == whole.machine.levels
    assert split.machine.save() == whole.machine.save()


def assert_reset_forgets(make: Make, program: Program) -> None:
    """What a reset leaves must not depend on what was done before, but for the time."""
    used, new = make(), make()
    used.run(program)
    new.machine.clock.advance(used.machine.clock.now_ns)
    used.machine.reset()
    new.machine.reset()
    assert used.machine.save() == new.machine.save()
    assert used.machine.levels == new.machine.levels
