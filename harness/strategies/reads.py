"""Reads: which attributes a test of a state asks for, and what it compares them with.

A description's tests are Python functions.  What they may read follows from their code:
the names in it, and those in the functions that it calls.  Nothing is run.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from functools import partial
from types import CodeType, FunctionType, MethodType
from typing import Any


@dataclass(frozen=True)
class Reads:
    """What a test of a state may read.

    Attributes:
        names: the attributes and other names in its code.
        constants: the integers in its code, in the order in which they stand there.
        is_complete: whether all of its code could be read; else it may read anything.
    """

    names: frozenset[str]
    constants: tuple[int, ...]
    is_complete: bool

    def touches(self, names: Iterable[str]) -> bool:
        """Whether it may read a place that is reached through *names*."""
        return not self.is_complete or not self.names.isdisjoint(names)


def reads_of(test: Callable[..., object], state: object = None) -> Reads:
    """Return what *test* may read of *state*, whose methods and properties it may ask."""
    search = _Search(type(state))
    search.follow(test)
    return Reads(frozenset(search.names), tuple(search.constants), search.is_complete)


@dataclass
class _Search:
    kind: type
    names: set[str] = field(default_factory=set)
    constants: dict[int, None] = field(default_factory=dict)
    is_complete: bool = True
    seen: set[int] = field(default_factory=set)

    def follow(self, test: Any) -> None:  # noqa: ANN401 (anything that can be called)
        """Take in what *test* reads."""
        call = getattr(type(test), "__call__", None)  # noqa: B004 (its code is wanted)
        if isinstance(test, MethodType):
            self._function(test.__func__)
        elif isinstance(test, partial):
            self.follow(test.func)
            self._values((*test.args, *test.keywords.values()))
        elif isinstance(test, FunctionType):
            self._function(test)
        elif isinstance(call, FunctionType):
            self._function(call)
            self._values(vars(test).values())
        else:
            # Written in C, or a class: there is no code to read.
            self.is_complete = False

    def _function(self, function: Any) -> None:  # noqa: ANN401 (what a method wraps has no type)
        code = function.__code__
        if id(code) in self.seen:
            return
        self.seen.add(id(code))
        cells = [cell.cell_contents for cell in function.__closure__ or ()]
        self._values((*cells, *(function.__defaults__ or ())))
        self._code(code, function.__globals__)

    def _code(self, code: CodeType, scope: dict[str, Any]) -> None:
        self.names.update(code.co_names)
        self._values(code.co_consts)
        for constant in code.co_consts:
            if isinstance(constant, CodeType):
                self._code(constant, scope)
            elif isinstance(constant, str) and constant.isidentifier():
                # It may be the name that getattr is given.
                self.names.add(constant)
        for name in code.co_names:
            self._values([scope.get(name)])
            asked = inspect.getattr_static(self.kind, name, None)
            if isinstance(asked, property):
                asked = asked.fget
            if isinstance(asked, FunctionType):
                self._function(asked)

    def _values(self, values: Iterable[object]) -> None:
        """Take in what code refers to: numbers to compare with, functions to call."""
        for value in values:
            if isinstance(value, int):
                self.constants[int(value)] = None
            elif isinstance(value, tuple | frozenset):
                self._values(value)
            elif isinstance(value, FunctionType | MethodType | partial):
                self.follow(value)
