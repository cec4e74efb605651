"""Laws of masks: what is added stays, and the order of adding is no matter."""

from hypothesis import given, settings
from hypothesis import strategies as st

from harness.difference import FieldPlace, LinePlace, RegisterPlace
from harness.finding import register_place
from harness.masks import Masks

PLACES = st.one_of(
    st.builds(
        register_place,
        st.sampled_from(["x", "y"]),
        st.sampled_from(["r", "s"]),
        st.integers(0, 2),
        st.integers(1, 255),
    ),
    st.builds(
        FieldPlace,
        st.sampled_from(["dma", "0000:00:01.0/dma"]),
        st.integers(0, 1),
        st.sampled_from(["a", "b[0]", "b[1]"]),
        st.just(1),
    ),
    st.builds(LinePlace, st.sampled_from(["irq", "nmi"])),
)
CASES = st.lists(st.tuples(st.sampled_from("abc"), st.lists(PLACES, max_size=3)), max_size=5)
LAW = settings(max_examples=60, deadline=None, database=None, derandomize=True)


def masks_of(cases):
    masks = Masks()
    for case_id, places in cases:
        masks.add(case_id, places)
    return masks


def cases_of(masks, place):
    match place:
        case RegisterPlace(register=register, bits=bits):
            return masks.cases_of_register(register, bits)
        case FieldPlace(section=section, path=path):
            return masks.cases_of_field(section, path)
    return masks.cases_of_line(place.line)


@LAW
@given(CASES)
def test_whatever_was_added_is_known_by_its_case(cases):
    masks = masks_of(cases)
    for case_id, places in cases:
        for place in places:
            assert case_id in cases_of(masks, place)
            if isinstance(place, RegisterPlace):
                assert place.bits & ~masks.register_bits(place.register) == 0


@LAW
@given(CASES, st.randoms(use_true_random=False))
def test_the_order_of_adding_is_no_matter(cases, random):
    shuffled = list(cases)
    random.shuffle(shuffled)
    assert masks_of(shuffled) == masks_of(cases)


@LAW
@given(CASES)
def test_adding_again_changes_nothing(cases):
    masks = masks_of(cases)
    again = masks.copy()
    for case_id, places in cases:
        assert not again.add(case_id, places)
    assert again == masks


@LAW
@given(CASES, PLACES)
def test_more_masks_never_know_less(cases, place):
    masks = masks_of(cases)
    more = masks.copy()
    more.add("new", [place])
    assert cases_of(masks, place) <= cases_of(more, place)
    assert "new" in cases_of(more, place)
    assert "new" not in cases_of(masks, place)
