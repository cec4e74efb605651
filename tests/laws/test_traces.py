"""Laws of traces, of simplicity, and of the passes that make them simpler."""

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.command import Command
from harness.regions import Owner, Region, RegionMap
from harness.shrink import shrink
from harness.shrink.order import is_simpler, simplicity
from harness.shrink.passes import PASSES
from harness.trace import CYCLE, Trace

MAP = RegionMap(
    (
        Region("io", 0x10, 8, "a", 0, Owner("x")),
        Region("memory", 0x100, 64, "b", 0, Owner("x")),
    )
)
ADDRESSES = st.integers(0x0C, 0x1F)


def commands():
    reads = st.builds(
        lambda verb, address: Command(verb, (address,)),
        st.sampled_from(["inb", "inw", "inl", "readb", "readl", "readq"]),
        ADDRESSES | st.integers(0x100, 0x13F),
    )
    writes = st.sampled_from([("outb", 8), ("outw", 16), ("outl", 32), ("writeq", 64)]).flatmap(
        lambda verb: st.builds(
            lambda address, value: Command(verb[0], (address, value)),
            ADDRESSES,
            st.integers(0, (1 << verb[1]) - 1),
        )
    )
    others = st.builds(lambda step: Command("clock_step", (step,)), st.integers(1, 10**9))
    return reads | writes | others


TRACES = st.lists(commands() | st.just(CYCLE), max_size=12).map(lambda steps: Trace(tuple(steps)))
LAW = settings(max_examples=40, deadline=None, database=None, derandomize=True)


@LAW
@given(TRACES)
def test_a_trace_reads_back_from_its_text(trace):
    assert Trace.parse(str(trace)) == trace


@LAW
@given(TRACES)
def test_the_segments_make_up_the_trace(trace):
    assert Trace.join(trace.segments) == trace
    assert len(trace.segments) == trace.cycles + 1
    assert sum(map(len, trace.segments)) == len(trace.commands)


@LAW
@given(TRACES, TRACES, TRACES)
def test_simplicity_is_a_total_order(a, b, c):
    assert simplicity(a) <= simplicity(b) or simplicity(b) <= simplicity(a)
    if simplicity(a) <= simplicity(b) <= simplicity(c):
        assert simplicity(a) <= simplicity(c)
    assert (simplicity(a) < simplicity(b)) is not (simplicity(b) <= simplicity(a))
    assert is_simpler(a, b) is (simplicity(a) < simplicity(b))


@LAW
@given(TRACES.filter(len), st.data())
def test_leaving_a_step_out_is_always_simpler(trace, data):
    index = data.draw(st.integers(0, len(trace) - 1))
    assert simplicity(trace.without(index)) < simplicity(trace)


@LAW
@given(TRACES, st.booleans())
def test_no_pass_proposes_anything_less_simple(trace, answer):
    for propose in PASSES:
        for proposal in propose(trace, MAP, lambda candidate: answer):
            assert simplicity(proposal) <= simplicity(trace)


@LAW
@given(TRACES)
def test_what_a_pass_proposes_is_a_trace_that_can_be_written_down(trace):
    for propose in PASSES:
        for proposal in propose(trace, MAP, lambda candidate: False):
            assert Trace.parse(str(proposal)) == proposal


@LAW
@given(TRACES.filter(lambda trace: trace.cycles), st.sets(st.integers(0x10, 0x17), max_size=2))
def test_shrinking_ends_in_a_trace_that_fails_and_needs_each_step(trace, wanted):
    def fails(candidate):
        touched = {command.address for command in candidate.commands}
        return candidate.cycles > 0 and wanted & {c.address for c in trace.commands} <= touched

    shrunk = shrink(trace, fails, MAP, limit=200).trace
    assert fails(shrunk)
    assert simplicity(shrunk) <= simplicity(trace)
    assert not any(fails(shrunk.without(index)) for index in range(len(shrunk)))
