"""Options read out of a question: as shoppers write them, never one that was not asked for, and the next one up or down."""

import pytest

from chatbot.options import Asked, asked_options, attribute_named, carried, option_values, with_neighbour
from knowledge_base.catalog import Product
from tests.toy_shop import BOOTS, KETTLE, TEA, variant

PAN = Product(
    "heron-pan", "Heron Pan", "en", (variant("Size=24cm", "39"), variant("Size=28cm", "49"), variant("Size=32cm", "59", stock=0)),
    attributes=(("Height", "6 cm"), ("Material", "iron")),
)  # fmt: skip
WOK = Product("wok", "铸铁炒锅", "zh", (variant("尺寸=24cm", "39"), variant("尺寸=28cm", "49"), variant("尺寸=32cm", "59")))
TENT = Product("xigu", "溪谷帐篷", "zh", (variant("规格=2人", "199"), variant("规格=4人", "569")))
BED = Product("wo", "软软狗窝", "zh", (variant("颜色=黑色,尺码=M", "89"), variant("颜色=樱花粉,尺码=L", "99")))
TEE = Product("tee", "Plain Tee", "en", (variant("Colour=Navy,Size=M", "20"), variant("Colour=Dark Grey,Size=L", "20")))
BIG = Product("big", "Big Tee", "en", (variant("Size=L", "20"), variant("Size=XL", "20")))
CLOGS = Product("clogs", "Garden Clogs", "en", (variant("Size=EU 41", "89"), variant("Size=EU 42", "99")))


def wanted(question: str, product: Product) -> list[str]:
    return [value for _, value in asked_options(question, product).wanted]


@pytest.mark.parametrize(
    ("question", "product", "values"),
    [
        ("32公分的有吗", WOK, ["32cm"]),
        ("32厘米那口", WOK, ["32cm"]),
        ("do you have it in 32", PAN, ["32cm"]),
        ("the 32 centimeter one", PAN, ["32cm"]),
        ("do you ship 32 kg parcels", PAN, []),
        ("is it under €32", PAN, []),
        ("32元能买吗", WOK, []),
        ("32天能到吗", WOK, []),
        ("is the 4.32 version there", PAN, []),
    ],
)
def test_a_measure_is_asked_for_with_its_unit_in_either_language_or_bare(question: str, product: Product, values: list[str]) -> None:
    assert wanted(question, product) == values


@pytest.mark.parametrize(
    ("question", "values"),
    [("四个人睡的那款", ["4人"]), ("两人的多少钱", ["2人"]), ("4人的", ["4人"]), ("3个人睡的", []), ("4天能到吗", [])],
)
def test_a_count_in_chinese_words_is_the_option_in_digits(question: str, values: list[str]) -> None:
    assert wanted(question, TENT) == values


@pytest.mark.parametrize(
    ("question", "product", "values"),
    [
        ("黑的有货吗", BED, ["黑色"]),
        ("黑的M码", BED, ["黑色", "M"]),
        ("粉的有吗", BED, ["樱花粉"]),
        ("樱花粉的", BED, ["樱花粉"]),
        ("in gray please", TEE, ["Dark Grey"]),
        ("navy, size M", TEE, ["Navy", "M"]),
    ],
)
def test_a_colour_is_asked_for_by_the_short_word_for_it(question: str, product: Product, values: list[str]) -> None:
    assert wanted(question, product) == values


@pytest.mark.parametrize(
    ("question", "product", "values"),
    [
        ("in large", TEE, ["L"]),
        ("大号有吗", BED, ["L"]),
        ("L码有吗", BED, ["L"]),
        ("do you have it in extra large", TEE, []),
        ("x-large?", TEE, []),
        ("XL码有吗", BED, []),
        ("特大号有吗", BED, []),
        ("extra large please", BIG, ["XL"]),
        ("size 42", CLOGS, ["EU 42"]),
        ("for €42", CLOGS, []),
        ("it's for my mum", TEE, []),
    ],
)
def test_a_size_is_never_read_out_of_another_one(question: str, product: Product, values: list[str]) -> None:
    assert wanted(question, product) == values


@pytest.mark.parametrize(
    ("question", "product", "absent"),
    [
        ("do you have it in pink", TEE, ("pink",)),
        ("绿色的有吗", BED, ("绿色",)),
        ("XL码有吗", BED, ("XL",)),
        ("in size xl", TEE, ("XL",)),
        ("in size 45", BOOTS, ("45",)),
        ("in red", KETTLE, ()),
        ("do you have it in pink", PAN, ()),
    ],
)
def test_a_colour_or_size_that_the_product_does_not_have_is_told_apart(question: str, product: Product, absent: tuple[str, ...]) -> None:
    assert asked_options(question, product).absent == absent


def test_an_item_number_stands_for_all_options_of_its_variant() -> None:
    assert asked_options("is MB-42 there?", BOOTS).wanted == (("Size", "42"),)


def test_a_variant_matches_when_it_has_one_of_the_values_asked_for_of_each_option() -> None:
    either = asked_options("navy or dark grey, in M", TEE)
    assert [either.matches(one) for one in TEE.variants] == [True, False]


@pytest.mark.parametrize(
    ("question", "product", "before", "value"),
    [
        ("and the bigger one?", PAN, "how much is the 24cm pan", "28cm"),
        ("and the smaller one?", PAN, "is the 32cm pan there", "28cm"),
        ("the smaller one?", PAN, "is the 24cm pan there", "24cm"),
        ("the larger version", PAN, "how much is the pan", "32cm"),
        ("大一号的呢", WOK, "24公分的多少钱", "28cm"),
        ("更小的有吗", WOK, "", "24cm"),
        ("大一号的呢", BED, "黑色M码多少钱", "L"),
    ],
)
def test_a_neighbour_is_the_next_option_in_the_shops_order_and_never_beyond_its_ends(
    question: str, product: Product, before: str, value: str
) -> None:
    assert with_neighbour(question, product, before) == f"{question} {value}"


@pytest.mark.parametrize(
    ("question", "product"), [("how much", PAN), ("and the bigger one?", KETTLE), ("大一号的呢", Product("x", "杯", "zh", ()))]
)
def test_without_a_step_or_sizes_nothing_is_added(question: str, product: Product) -> None:
    assert with_neighbour(question, product, "how much is the 24cm pan") == question


def test_option_values_keep_the_shops_order_and_attributes_are_known_by_name() -> None:
    assert option_values(TEA) == {"规格": ["50克", "100克"]}
    assert attribute_named("what is the height of it", PAN)
    assert not attribute_named("how much is it", PAN)


@pytest.mark.parametrize(
    ("question", "wanted", "absent"),
    [
        ("尺码M的还有吗", (("尺码", "M"),), ()),
        ("M码有货吗", (("尺码", "M"),), ()),
        ("尺码XXL有吗", (), ("XXL",)),
        ("尺码48有吗", (), ("48",)),
        ("in 40 cm, please", (), ("40",)),
    ],
)
def test_a_size_behind_its_name_is_one_of_the_products_or_absent(
    question: str, wanted: tuple[tuple[str, str], ...], absent: tuple[str, ...]
) -> None:
    shirt = Product("shirt", "亚麻衬衫", "zh", (variant("尺码=S", "80"), variant("尺码=M", "80"), variant("尺码=L", "80")))
    assert asked_options(question, shirt) == Asked(wanted, absent)


def test_a_code_is_known_where_chinese_goes_on_behind_it() -> None:
    assert asked_options("OK-RED是哪一款", KETTLE).wanted == (("Colour", "Red"),)


SPEAKER = Product(
    "speaker", "Wren Speaker", "en",
    (
        variant("Colour=Blue,Battery=20 hours,Water resistant=yes", "90"),
        variant("Colour=Blue,Battery=10 hours,Water resistant=no", "70"),
        variant("Colour=Black,Battery=10 hours,Water resistant=yes", "80", stock=0),
    ),
)  # fmt: skip
BOOK = Product("book", "Wren Notebook", "en", (variant("Size=A4,Cover=hard cover", "9"), variant("Size=A5,Cover=soft cover", "7")))


@pytest.mark.parametrize(
    ("question", "product", "values"),
    [
        ("the blue speaker, 20 hrs and water resistant", SPEAKER, ["Blue", "20 hours", "yes"]),
        ("one that is not water resistant", SPEAKER, ["no"]),
        ("is the speaker loud", SPEAKER, []),
        ("A5 with the soft one", BOOK, ["A5", "soft cover"]),
        ("is the paper soft", BOOK, []),
    ],
)
def test_an_option_is_asked_for_by_what_sets_it_apart_or_by_its_name(question: str, product: Product, values: list[str]) -> None:
    assert wanted(question, product) == values


JUG = Product("jug", "Swan Jug", "en", (variant("Size=12 oz", "22"), variant("Size=20 oz", "28")))
ROD = Product("rod", "Kestrel Rod", "en", (variant("Length=213 cm", "65"), variant("Length=244 cm", "84"), variant("Length=274 cm", "89")))


@pytest.mark.parametrize(
    ("question", "product", "values"),
    [
        ("price of the smaller jug", JUG, ["12 oz"]),
        ("the bigger one please", JUG, ["20 oz"]),
        ("the longest rod", ROD, ["274 cm"]),
        ("the shorter rod", ROD, []),  # of three: which one?
        ("is the jug smaller than the rod", JUG, []),
        ("the 7ft rod", ROD, ["213 cm"]),
        ("and the 8 foot one?", ROD, ["244 cm"]),
    ],
)
def test_the_least_the_greatest_and_other_units_are_versions(question: str, product: Product, values: list[str]) -> None:
    assert wanted(question, product) == values


def test_what_was_asked_for_before_stays_where_there_is_such_a_version() -> None:
    assert carried("and in black?", SPEAKER, "is the blue one with 10 hours there") == "and in black? 10 hours"
    assert carried("and in black?", SPEAKER, "is the blue one with 20 hours there") == "and in black?"
    assert carried("is it loud?", SPEAKER, "is the blue one with 10 hours there") == "is it loud?"


def test_one_side_of_a_comparison_asks_loosely() -> None:
    assert asked_options("the soft notebook", BOOK).wanted == ()
    assert asked_options("the soft notebook", BOOK, loosely=True).wanted == (("Cover", "soft cover"),)
