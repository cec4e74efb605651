import os
import signal
import threading

import pytest

from harness.interrupt import deferred_interrupt


def interrupt() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def reached(*steps: str) -> list[str]:
    """Take the steps under a deferred interrupt; return those after which it went on."""
    done: list[str] = []

    def take() -> None:
        with deferred_interrupt() as safe_moment:
            for step in steps:
                interrupt() if step == "signal" else safe_moment()
                done.append(step)

    with pytest.raises(KeyboardInterrupt):
        take()
    return done


def test_an_interrupt_strikes_at_the_next_safe_moment():
    assert reached("safe", "signal", "safe", "signal") == ["safe", "signal"]


def test_an_interrupt_that_no_safe_moment_follows_strikes_at_the_end():
    assert reached("safe", "signal") == ["safe", "signal"]


def test_the_second_interrupt_strikes_at_once():
    assert reached("signal", "signal", "safe") == ["signal"]


def test_the_handler_is_as_it_was_afterwards():
    before = signal.getsignal(signal.SIGINT)
    with deferred_interrupt():
        assert signal.getsignal(signal.SIGINT) is not before
    assert signal.getsignal(signal.SIGINT) is before


def test_another_thread_changes_nothing():
    before = signal.getsignal(signal.SIGINT)
    seen = []

    def run() -> None:
        with deferred_interrupt() as safe_moment:
            seen.append(signal.getsignal(signal.SIGINT))
            safe_moment()

    thread = threading.Thread(target=run)
    thread.start()
    thread.join()
    assert seen == [before]
