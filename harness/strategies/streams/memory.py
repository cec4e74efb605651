"""Mutations of guest memory: its blocks, its words and its pages."""

from __future__ import annotations

from hypothesis import strategies as st

from harness.strategies.streams.anatomy import Anatomy
from harness.strategies.streams.edit import Edit, Mutation
from harness.strategies.streams.numbers import others, renumbered
from vmstate.stream import Ram, RamBlock, RamEncoded, RamPages, RamWord, RamZeros

_WORD = 8
_PAGE = 4096
_MOST = (1 << 64) - 1
#: Encodings of what changed in a page: a page of which nothing did, two bytes, damage.
_DELTAS = (b"", b"\x00\x02ab", b"\x05\x01z", b"\x05", b"\x00\x00", b"\xff\xff\x01a", b"\x00\x09ab")


def blocks(anatomy: Anatomy) -> st.SearchStrategy[Mutation]:
    """A block of the list has another size or another name, comes twice, or is left out."""
    if not anatomy.blocks:
        return st.nothing()
    names = sorted({block.name for block in anatomy.blocks})

    def changed(block: RamBlock) -> st.SearchStrategy[Mutation]:
        size = block.size.to_bytes(_WORD)
        place = block.offset + 1 + len(block.name)
        named = bytes([len(block.name)]) + block.name.encode("latin-1")
        sizes = others(
            block.size, block.size - 1, block.size - _PAGE, block.size * 2, most=_MOST
        ).map(lambda number: renumbered("block size", block.name, place, size, number))
        renamed = st.sampled_from([name for name in [*names, "no such"] if name != block.name]).map(
            lambda name: Mutation(
                "block name",
                block.name,
                f"-> {name}",
                (Edit(block.offset, named, bytes([len(name)]) + name.encode("latin-1")),),
            )
        )
        whole = Mutation(
            "block dropped", block.name, "left out", (Edit(block.offset, named + size, b""),)
        )
        twice = Mutation(
            "block doubled", block.name, "again", (Edit(block.offset, b"", named + size),)
        )
        return sizes | renamed | st.sampled_from([whole, twice])

    return st.sampled_from(anatomy.blocks).flatmap(changed)


def resized(anatomy: Anatomy) -> st.SearchStrategy[Mutation]:
    """A block has another size, and the sum of all of them is right."""
    totals = [
        word for word in anatomy.words if isinstance(word, RamWord) and word.flag == Ram.BLOCKS
    ]
    if not totals or not anatomy.blocks:
        return st.nothing()
    total = totals[0]

    def changed(drawn: tuple[RamBlock, int]) -> Mutation:
        block, size = drawn
        edits = (
            Edit(
                total.offset,
                anatomy.data[total.offset : total.offset + _WORD],
                (total.address + size - block.size | Ram.BLOCKS).to_bytes(_WORD),
            ),
            Edit(
                block.offset + 1 + len(block.name),
                block.size.to_bytes(_WORD),
                size.to_bytes(_WORD),
            ),
        )
        return Mutation("block resized", block.name, f"{block.size:#x} -> {size:#x}", edits)

    sizes = (0x1000, 0x3000, 0x20000, 0x40000, 0x200000, 0x201000)
    return (
        st.tuples(st.sampled_from(anatomy.blocks), st.sampled_from(sizes))
        .filter(lambda drawn: drawn[0].size != drawn[1])
        .map(changed)
    )


def words(anatomy: Anatomy) -> st.SearchStrategy[Mutation]:
    """A word of guest memory has other flags or another address."""
    if not anatomy.words:
        return st.nothing()

    def changed(word: RamWord | RamPages | RamZeros | RamEncoded) -> st.SearchStrategy[Mutation]:
        before = anatomy.data[word.offset : word.offset + _WORD]
        own = int.from_bytes(before)
        where = f"{type(word).__name__} at {word.offset:#x}"
        flags = st.sampled_from([0, *Ram, 1, 0x30, 0x1000, 1 << 63]).map(lambda flag: own ^ flag)
        place = st.sampled_from([0, _PAGE, 1 << 24, 1 << 40]).map(
            lambda address: own % _PAGE | address
        )
        return (
            (flags | place)
            .filter(lambda number: number != own)
            .map(
                lambda number: Mutation(
                    "ram word",
                    where,
                    f"{own:#x} -> {number:#x}",
                    (Edit(word.offset, before, number.to_bytes(_WORD)),),
                )
            )
        )

    return st.sampled_from(anatomy.words).flatmap(changed)


def pages(anatomy: Anatomy) -> st.SearchStrategy[Mutation]:
    """A page of zeros is one of another byte, or a page comes in another way."""
    zeros = [word for word in anatomy.words if isinstance(word, RamZeros)]
    if not zeros:
        return st.nothing()

    def filled(drawn: tuple[RamZeros, int]) -> Mutation:
        zero, fill = drawn
        place = zero.offset + _WORD + (1 + len(zero.block) if zero.is_named else 0)
        return renumbered("zero page", zero.block, place, bytes([zero.fill]), fill)

    def encoded(drawn: tuple[RamZeros, bytes, int, bool]) -> Mutation:
        zero, delta, method, is_named = drawn
        word = zero.address | Ram.XBZRLE | (0 if is_named else Ram.CONTINUE)
        name = bytes([len(zero.block)]) + zero.block.encode("latin-1") if is_named else b""
        data = word.to_bytes(_WORD) + name + bytes([method]) + len(delta).to_bytes(2) + delta
        change = f"at {zero.address:#x} by method {method}: {delta.hex() or 'nothing'}"
        return Mutation("encoded page", zero.block, change, (Edit(zero.offset, b"", data),))

    return st.one_of(
        st.tuples(st.sampled_from(zeros), st.integers(1, 255)).map(filled),
        st.tuples(
            st.sampled_from(zeros),
            st.sampled_from(_DELTAS),
            st.sampled_from([1, 1, 1, 0, 2]),
            st.booleans(),
        ).map(encoded),
    )
