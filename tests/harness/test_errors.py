"""Every error says what, where, what was expected, and what to do."""

from pathlib import Path

import pytest

from harness import errors

CASE = Path("corpus/x.toml")


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (
            errors.ConfigError("--vmstate-seed 'x' is no seed", "give a number"),
            "--vmstate-seed 'x' is no seed\n  give a number",
        ),
        (
            errors.CommandError("frob 1", "unknown verb 'frob'"),
            "not a qtest command: 'frob 1': unknown verb 'frob'",
        ),
        (
            errors.LaunchError(["qemu", "-M", "x"], 1, "unsupported machine type\n"),
            "QEMU did not start (exit status 1): qemu -M x\nunsupported machine type",
        ),
        (
            errors.LaunchError(["qemu"], None, ""),
            "QEMU did not start (did not answer): qemu\n(it printed nothing)",
        ),
        (
            errors.DiedError(None, "a command", ""),
            "the guest closed its connection during a command",
        ),
        (
            errors.DiedError(-11, "load", "log\n"),
            "the guest was killed by signal 11 during load\nlog",
        ),
        (errors.DiedError(3, "save", ""), "the guest ended with exit status 3 during save"),
        (
            errors.DeadlineError(2.5, "load"),
            "the guest did not answer within 2.5 s during load; it was killed",
        ),
        (
            errors.QmpError("stop", "GenericError"),
            "QEMU refused stop: GenericError",
        ),
        (
            errors.QtestError("inb 0x1", "FAIL x"),
            "qtest command 'inb 0x1' was answered 'FAIL x'",
        ),
        (errors.SaveError("no room"), "the guest could not save its state: no room"),
        (errors.UnreadableError("no vmdesc"), "the guest's state can't be read: no vmdesc"),
        (errors.LoadError("bad"), "the guest could not load its own state: bad"),
        (
            errors.CorruptCaseError(CASE, "no trace"),
            "corpus/x.toml: not a readable case: no trace\n  mend it or take it out of the corpus",
        ),
        (
            errors.FormatVersionError(CASE, 9, [1, 2]),
            (
                "corpus/x.toml: case format 9, this release reads 1, 2\n"
                "  use the release that wrote it, or a newer one"
            ),
        ),
    ],
)
def test_an_error_reads_as_a_sentence(error, text):
    assert str(error) == text


def test_what_is_wrong_with_a_guest_is_a_guest_error():
    kinds = {"LaunchError", "DiedError", "DeadlineError", "QmpError", "QtestError"}
    kinds |= {"SaveError", "UnreadableError", "SpoilError", "LoadError"}
    found = {kind.__name__ for kind in errors.GuestError.__subclasses__()}
    assert found == kinds


@pytest.mark.parametrize(
    ("error", "killed"),
    [
        (errors.DiedError(-9, "load", ""), True),
        (errors.DiedError(-6, "load", "terminating on signal 15"), False),
        (errors.LaunchError(["qemu"], -15, ""), True),
        (errors.LaunchError(["qemu"], 0, "qemu: terminating on signal 15 from pid 1"), True),
        (errors.LaunchError(["qemu"], None, ""), False),
        (errors.DeadlineError(1.0, "load"), False),
        (errors.SaveError("killed"), False),
    ],
)
def test_a_guest_that_somebody_else_ended_is_told_from_one_that_died(error, killed):
    assert error.was_killed is killed


def test_what_ended_a_guest_is_told_before_what_it_warned_of():
    log = "qemu: warning: slow\nqemu: Assertion failed"
    died = errors.DiedError(-6, "load", log)
    assert str(died).splitlines()[1:] == ["qemu: Assertion failed", "qemu: warning: slow"]
    assert died.log_tail == log
    launch = errors.LaunchError(["qemu"], 1, log)
    assert str(launch).splitlines()[1:] == ["qemu: Assertion failed", "qemu: warning: slow"]


def test_what_is_wrong_with_a_case_is_a_corpus_error():
    assert issubclass(errors.CorruptCaseError, errors.CorpusError)
    assert issubclass(errors.FormatVersionError, errors.CorpusError)


def test_every_error_is_one_of_the_harness():
    kinds = [kind for kind in vars(errors).values() if isinstance(kind, type)]
    assert all(issubclass(kind, errors.HarnessError) for kind in kinds)


def test_structure_is_kept_in_attributes():
    died = errors.DiedError(-9, "load", "tail")
    assert (died.status, died.doing, died.log_tail) == (-9, "load", "tail")
    version = errors.FormatVersionError(CASE, 9, [1])
    assert (version.path, version.have, version.reads) == (CASE, 9, (1,))
    launch = errors.LaunchError(["qemu"], 1, "log")
    assert (launch.argv, launch.status, launch.log_tail) == (("qemu",), 1, "log")


def test_why_a_trace_can_not_be_judged_is_one_line():
    error = errors.UnjudgedError("QEMU 7.2.22:\n  guest reset")
    assert (str(error), error.is_refusal) == ("QEMU 7.2.22: guest reset", False)
    assert errors.UnjudgedError("refused", is_refusal=True).is_refusal


def test_a_spoil_and_a_model_that_raises_say_what_and_where():
    assert str(errors.SpoilError("dma[0]/mode", "the state has no such field")) == (
        "dma[0]/mode can't be spoilt: the state has no such field"
    )
    raised = errors.RaisedError("IndexError: out of range", "load")
    assert str(raised) == "the model raised IndexError: out of range during load"
    assert not raised.was_killed
