"""The command language: parsing, printing, and what a command says about itself."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harness.command import VERBS, Command
from harness.errors import CommandError


@pytest.mark.parametrize(
    ("line", "canonical"),
    [
        ("outb 0x70 0xa", "outb 0x70 0xa"),
        ("outb 112 10", "outb 0x70 0xa"),
        ("  inl   0xcfc ", "inl 0xcfc"),
        ("readq 0xfed00000", "readq 0xfed00000"),
        ("writew 0x1000 0xffff", "writew 0x1000 0xffff"),
        ("read 0x1000 0x10", "read 0x1000 0x10"),
        ("write 0x1000 0x2 0xAABB", "write 0x1000 0x2 0xaabb"),
        ("memset 0x1000 0x10 0xff", "memset 0x1000 0x10 0xff"),
        ("clock_step", "clock_step"),
        ("clock_step 1000", "clock_step 1000"),
        ("clock_set 0x10", "clock_set 16"),
        ("irq_intercept_in ioapic", "irq_intercept_in ioapic"),
        ("irq_intercept_out /machine/x", "irq_intercept_out /machine/x"),
        ("irq_intercept_out /machine/x name", "irq_intercept_out /machine/x name"),
        ("set_irq_in /machine/x name 3 1", "set_irq_in /machine/x name 3 1"),
        ("endianness", "endianness"),
        ("spoil dma 0x1 regs[2].mode 0xFF", "spoil dma 1 regs[2].mode 0xff"),
    ],
)
def test_a_line_is_read_and_printed_in_one_canonical_form(line, canonical):
    assert str(Command.parse(line)) == canonical
    assert Command.parse(canonical) == Command.parse(line)


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("", "it is empty"),
        ("   ", "it is empty"),
        ("outx 1 2", "unknown verb 'outx'; known: clock_set"),
        ("outb 0x70", "outb takes 2 operands, got 1"),
        ("inb 1 2", "inb takes 1 operands, got 2"),
        ("clock_step 1 2", "clock_step takes 0 to 1 operands, got 2"),
        ("inb seventy", "'seventy' is no number"),
        ("inb -1", "'-1' is negative"),
        ("outb 0x70 0x100", "the value does not fit in 1 bytes"),
        ("writel 0 0x100000000", "the value does not fit in 4 bytes"),
        ("write 0 2 hello", "'hello' is no number"),
    ],
)
def test_a_bad_line_says_what_is_wrong_with_it(line, why):
    with pytest.raises(CommandError) as caught:
        Command.parse(line)
    assert str(caught.value).startswith(f"not a qtest command: {line!r}: {why}")


@pytest.mark.parametrize(
    ("line", "space", "address", "size", "reads", "writes"),
    [
        ("inb 0x70", "io", 0x70, 1, True, False),
        ("outw 0x70 1", "io", 0x70, 2, False, True),
        ("readl 0x1000", "memory", 0x1000, 4, True, False),
        ("writeq 0x1000 1", "memory", 0x1000, 8, False, True),
        ("read 0x1000 0x30", "memory", 0x1000, 0x30, True, False),
        ("memset 0x1000 0x30 1", "memory", 0x1000, 0x30, False, True),
        ("clock_step 5", None, 0, 0, False, False),
        ("endianness", None, 0, 0, False, False),
    ],
)
def test_a_command_knows_what_it_reaches(line, space, address, size, reads, writes):
    command = Command.parse(line)
    assert (command.space, command.address, command.size) == (space, address, size)
    assert (command.is_read, command.is_write) == (reads, writes)


def test_a_write_of_fixed_width_has_a_value():
    assert Command.parse("outl 0xcf8 0x80000000").value == 0x80000000


@pytest.mark.parametrize("line", ["inb 0x70", "memset 0 1 2", "clock_step 7"])
def test_other_commands_have_no_single_value(line):
    with pytest.raises(CommandError, match="it writes no single value"):
        _ = Command.parse(line).value


@st.composite
def commands(draw):
    verb = VERBS[draw(st.sampled_from(sorted(VERBS)))]
    count = draw(st.integers(len(verb.operands) - verb.optional, len(verb.operands)))
    operands = []
    for position, kind in enumerate(verb.operands[:count]):
        if kind == "word":
            operands.append(draw(st.from_regex(r"[a-z/\[\]0-9]{1,12}", fullmatch=True)))
        elif kind == "hex":
            operands.append("0x" + draw(st.binary(min_size=1, max_size=8)).hex())
        else:
            fixed = verb.access == "write" and verb.size and position == 1
            operands.append(draw(st.integers(0, (1 << (8 * (verb.size if fixed else 8))) - 1)))
    return Command(verb.name, tuple(operands))


@given(commands())
def test_printing_and_parsing_are_inverse(command):
    assert Command.parse(str(command)) == command
