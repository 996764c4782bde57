"""Answers from one product's record: right whichever way the question was put."""

import pytest

from chatbot.intents import Field, read
from chatbot.options import Asked, asked_options
from chatbot.record import absent_answer, answer_field, source_of
from chatbot.record_attributes import attribute_answer, dimensions_answer
from knowledge_base.catalog import Product
from tests.toy_shop import BOOTS, KETTLE, LAMP, TEA, TENT, variant

SHIRT = Product("linen-shirt", "亚麻衬衫", "zh", (variant("尺码=S", "80"), variant("尺码=M", "80")))


@pytest.mark.parametrize(
    ("question", "product", "says"),
    [
        ("how much is the otter kettle?", KETTLE, "The price of the Otter Kettle is €49.00."),
        ("what does the heron tent cost", TENT, "The sale price of the Heron Tent is €199.00, reduced from €249.00."),
        ("price of the boots?", BOOTS, "The price of the Marten Boots is between €120.00 and €130.00, depending on the version: 40 €120.00; 41 €120.00; 42 €130.00."),
        ("how much are the boots in size 42", BOOTS, "The price of the Marten Boots in 42 is €130.00."),
        ("is the wren lamp in stock?", LAMP, "Wren Lamp: sold out at the moment."),
        ("is the wren lamp sold out?", LAMP, "Wren Lamp: sold out at the moment."),
        ("do you have the kettle in black in stock", KETTLE, "Otter Kettle in Black: sold out at the moment. In stock: Red."),
        ("are the boots available", BOOTS, "Marten Boots: in stock in 41, 42. Sold out: 40."),
        ("is the kettle on sale", KETTLE, "There is no discount on the Otter Kettle at the moment; the price is €49.00."),
        ("what colours does the kettle come in", KETTLE, "Colour of the Otter Kettle: Red, Black. Sold out at the moment: Black."),
        ("does the kettle come in pink", KETTLE, "Pink is not among the options of the Otter Kettle. Colour: Red, Black."),
        ("do the boots come in size 45", BOOTS, "That size is not among the options of the Marten Boots. Size: 40, 41 and 42."),
        ("do the boots come in size 40.5 cm", BOOTS, "That size is not among the options of the Marten Boots. Size: 40, 41 and 42."),
        ("who makes the tent", TENT, "The brand of the Heron Tent is Fellmark."),
        ("明前龙井多少钱", TEA, "明前龙井的价格在€88.00到€168.00之间，具体为：50克 €88.00；100克 €168.00。"),
        ("100克的还有货吗", TEA, "明前龙井（100克）目前已售罄。目前有货的有：50克。"),
    ],
)  # fmt: skip
def test_a_field_is_answered_from_the_record(question: str, product: Product, says: str) -> None:
    reading = read(question)
    field: Field = reading.fields[0]
    assert answer_field(field, question, product, reading.language) == says


@pytest.mark.parametrize(
    ("question", "product", "says"),
    [
        ("how heavy is the tent", TENT, "Weight of the Heron Tent: 2.4 kg."),
        ("what is the kettle made of", KETTLE, "Material of the Otter Kettle: stainless steel."),
        ("保质期多久", TEA, "明前龙井的保质期：18个月。"),
        ("does it whistle", KETTLE, None),
    ],
)
def test_an_attribute_is_answered_when_the_question_names_it(question: str, product: Product, says: str | None) -> None:
    assert attribute_answer(question, product, read(question).language) == says


def test_a_size_that_is_not_there_is_not_said_again_since_no_record_has_the_figure() -> None:
    said = absent_answer(BOOTS, Asked(absent=("40 cm",)), "en")
    assert said == "That size is not among the options of the Marten Boots. Size: 40, 41 and 42."
    assert (
        absent_answer(LAMP, Asked(absent=("40 cm",)), "en")
        == "That is not among the options of the Wren Lamp. There is one version of the Wren Lamp."
    )
    assert (
        absent_answer(LAMP, Asked(absent=("slate",)), "en")
        == "Slate is not among the options of the Wren Lamp. There is one version of the Wren Lamp."
    )
    assert absent_answer(SHIRT, Asked(absent=("尺码48",)), "zh") == "亚麻衬衫的选项里没有这个尺码。尺码：S、M。"


def test_an_option_is_not_read_into_the_title_of_the_product() -> None:
    assert asked_options("is the Otter Kettle any good", KETTLE).wanted == ()
    assert asked_options("the red one please", KETTLE).wanted == (("Colour", "Red"),)


def test_the_card_carries_the_lowest_price_and_whether_it_can_be_bought() -> None:
    card = source_of(BOOTS)
    assert (card.id, str(card.price), card.currency, card.available) == ("product:marten-boots", "120", "EUR", True)
    assert source_of(LAMP).available is False


COAT = Product(
    "wool-coat", "Wool Coat", "en",
    (variant("Colour=Navy,Size=M", "80"), variant("Colour=Navy,Size=L", "80", stock=0), variant("Colour=Grey,Size=M", "60", was="80")),
    attributes=(("Length", "104 cm"), ("Width across", "58 cm"), ("Material", "wool")),
)  # fmt: skip
XIGU = Product(
    "xigu",
    "溪谷帐篷",
    "zh",
    (variant("规格=2人", "199", was="239"), variant("规格=4人", "569")),
    attributes=(("展开尺寸", "210×140 cm"), ("材质", "涤纶")),
)


@pytest.mark.parametrize(
    ("question", "product", "says"),
    [
        ("is the coat reduced in navy", COAT, "There is no discount on the Wool Coat in Navy at the moment; the price is €80.00. Reduced: Grey / M at €60.00, was €80.00."),
        ("is the coat reduced in grey", COAT, "The sale price of the Wool Coat in Grey is €60.00, reduced from €80.00."),
        ("is the coat reduced", COAT, "The price of the Wool Coat is between €60.00 and €80.00, depending on the version: Navy €80.00; Grey €60.00."),
        ("4人的打折吗", XIGU, "溪谷帐篷（4人）目前没有打折，价格是€569.00。特价的是2人：€199.00，原价€239.00。"),
        ("2人的打折吗", XIGU, "溪谷帐篷（2人）现在特价€199.00，原价€239.00。"),
        ("is the kettle reduced", KETTLE, "There is no discount on the Otter Kettle at the moment; the price is €49.00."),
    ],
)  # fmt: skip
def test_an_option_that_is_not_reduced_is_told_with_the_one_that_is(question: str, product: Product, says: str) -> None:
    assert answer_field("sale", question, product, read(question).language) == says


@pytest.mark.parametrize(
    ("question", "product", "says"),
    [
        ("how much is the coat in pink", COAT, "Pink is not among the options of the Wool Coat. Colour: Navy, Grey. The price of the Wool Coat is between €60.00 and €80.00, depending on the version: Navy €80.00; Grey €60.00."),
        ("how much is the kettle in pink", KETTLE, "Pink is not among the options of the Otter Kettle. Colour: Red, Black. The price of the Otter Kettle is €49.00."),
        ("how much is the lamp in pink", LAMP, "The price of the Wren Lamp is €35.00. Sold out at the moment."),
    ],
)  # fmt: skip
def test_the_price_of_a_colour_that_is_not_there_is_said_to_be_that_of_the_others(question: str, product: Product, says: str) -> None:
    assert answer_field("price", question, product, "en") == says


@pytest.mark.parametrize(
    ("question", "product", "says"),
    [
        ("how big is it", COAT, "Length of the Wool Coat: 104 cm. Width across of the Wool Coat: 58 cm."),
        ("what are its dimensions", COAT, "Length of the Wool Coat: 104 cm. Width across of the Wool Coat: 58 cm."),
        ("展开有多大", XIGU, "溪谷帐篷的展开尺寸：210×140 cm。"),
        ("what is it made of", COAT, None),
        ("how big a person does it fit", COAT, None),
        ("how big is it", KETTLE, None),
    ],
)
def test_how_big_a_thing_is_is_told_by_all_its_measures(question: str, product: Product, says: str | None) -> None:
    assert dimensions_answer(question, product, read(question).language) == says


EARBUDS = Product(
    "earbuds", "Wren Earbuds", "en",
    (
        variant("Colour=Black,Size=S,Waterproof=yes", "50"),
        variant("Colour=Red,Size=S,Waterproof=yes", "50"),
        variant("Colour=White,Size=L,Waterproof=no", "45"),
        variant("Colour=Red,Size=L,Waterproof=no", "45", stock=0),
    ),
)  # fmt: skip
WATCH = Product("watch", "Wren Watch", "en", (variant("Strap material=leather,Size=S", "50"), variant("Strap material=steel,Size=S", "60")))


@pytest.mark.parametrize(
    ("question", "says"),
    [
        ("are there white ones in stock that are waterproof",
         "There is no version of the Wren Earbuds in White / waterproof: yes. The closest there are: Black / S / waterproof: yes, Red / S / waterproof: yes"
         " and White / L / waterproof: no."),
        ("which colours are there in size S", "Colour of the Wren Earbuds that can be had in S: Black, Red."),
        ("which colours are there in size L",
         "Wren Earbuds in L: in stock in White / waterproof: no. Sold out: Red / waterproof: no."),
    ],
)  # fmt: skip
def test_a_version_that_does_not_exist_is_said_not_to_and_the_rest_is_told(question: str, says: str) -> None:
    assert answer_field(read(question).fields[0], question, EARBUDS, "en") == says


def test_an_option_that_is_no_size_and_no_colour_is_answered_like_an_attribute() -> None:
    assert attribute_answer("what is the strap made of", WATCH, "en") == "Strap material of the Wren Watch: leather, steel."
    assert attribute_answer("is the strap material in leather", WATCH, "en") is None


def test_the_only_thing_to_choose_is_told_whatever_it_is_called() -> None:
    train = Product("train", "Wren Train", "en", (variant("Pieces=32", "50"), variant("Pieces=54", "70")))
    assert answer_field("size", "what sizes do you do it in", train, "en") == "Pieces of the Wren Train: 32, 54."
    assert answer_field("size", "what sizes do you do it in", KETTLE, "en") is None


def test_an_attribute_is_no_answer_to_what_is_asked_of_a_part() -> None:
    assert attribute_answer("how heavy is the tent exactly", TENT, "en") == "Weight of the Heron Tent: 2.4 kg."
    assert attribute_answer("how heavy is the lantern of the tent", TENT, "en") is None
