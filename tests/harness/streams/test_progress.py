"""Progress: who sees it, and what."""

from __future__ import annotations

import io
import sys

import pytest

from harness.streams.progress import LARGE, shown_progress


class Terminal(io.StringIO):
    """Standard error, as somebody sees it or not."""

    def __init__(self, *, is_seen):
        super().__init__()
        self._is_seen = is_seen

    def isatty(self):
        return self._is_seen


@pytest.mark.parametrize(("size", "is_seen"), [(None, True), (LARGE - 1, True), (LARGE, False)])
def test_nothing_is_shown_where_it_is_of_no_use(size, is_seen, monkeypatch):
    terminal = Terminal(is_seen=is_seen)
    monkeypatch.setattr(sys, "stderr", terminal)
    with shown_progress(size, "reading") as progress:
        assert progress is None
    assert terminal.getvalue() == ""


def test_a_large_stream_has_a_bar_that_goes_on(monkeypatch):
    terminal = Terminal(is_seen=True)
    monkeypatch.setattr(sys, "stderr", terminal)
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setenv("TERM", "xterm")
    with shown_progress(LARGE, "reading") as progress:
        progress(LARGE // 2)
        progress(LARGE // 2)
    assert "reading" in terminal.getvalue()
    assert "256.0/256.0 MiB" in terminal.getvalue()
