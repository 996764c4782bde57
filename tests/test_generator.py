import random
from pathlib import Path

import pytest

from chatbot.training.bank import BankError, read_bank
from chatbot.training.generator import NOT_TOLD, invented_scenes, scenes_of_shop
from chatbot.training.noise import as_typed
from chatbot.training.scenes import Ask, Scene, SceneFileError, read_scenes, write_scenes
from chatbot.training.slots import Style, Values
from knowledge_base.importers.folder import read_folder

BIKES_AND_SKIN = ("bicycle", "bike", "skincare", "moisturi", "cleanser", "serum")
SAMPLE = Path("knowledge_base/sample_shop")


@pytest.mark.slow
def test_every_answer_stands_in_its_facts_or_says_that_they_do_not_tell() -> None:
    for scene in invented_scenes(300, seed=3):
        text = " ".join(scene.facts)
        for ask in scene.asks:
            assert (ask.answer in text) != (ask.kind == "unanswerable"), (ask, text)
            assert ask.kind != "unanswerable" or ask.answer == NOT_TOLD


def test_the_same_seed_gives_the_same_scenes_whatever_came_before() -> None:
    first = list(invented_scenes(20, seed=5))
    assert list(invented_scenes(20, seed=5)) == first
    assert list(invented_scenes(20, seed=6)) != first
    assert len({scene.shop for scene in first}) == 20


def test_about_a_third_of_the_questions_has_no_answer() -> None:
    asks = [ask for scene in invented_scenes(400, seed=7) for ask in scene.asks]
    share = sum(ask.kind == "unanswerable" for ask in asks) / len(asks)
    assert 0.15 < share < 0.4
    assert {"policy", "feature", "price", "stock", "options", "unanswerable"} <= {ask.kind for ask in asks}


def test_questions_are_asked_in_many_wordings() -> None:
    asks = [ask for scene in invented_scenes(400, seed=8) for ask in scene.asks]
    assert len({ask.question.lower() for ask in asks}) > 0.8 * len(asks)


def test_the_bank_has_topics_for_shops_and_for_products_and_none_of_the_trades_of_the_exam() -> None:
    bank = read_bank()
    assert len(bank.of_shops) >= 100
    assert len(bank.kinds) >= 50
    for kind in bank.kinds:
        assert len(bank.of_kind(kind.name)) >= 4, kind.name
        assert not any(word in f"{kind.name} {kind.category}".lower() for word in BIKES_AND_SKIN)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('[[topic]]\nname = "a"\ngroup = "b"\nheading = ["H"]\nstatements = ["In {dayz}."]\nquestions = ["when"]', r"\{dayz\} is no slot"),
        ('[[topic]]\nname = "a"\ngroup = "b"\nheading = ["H"]\nstatements = ["Free."]\nquestions = ["in {days}?"]', "which not all statements have"),
        ('[[topic]]\nname = "a"\ngroup = "b"\nheading = ["H"]\nstatements = []\nquestions = ["when"]', "expected statements to be a list of texts"),
        ('[[topic]]\nname = "a"\ngroup = "b"\nstatements = ["Free."]\nquestions = ["when"]', "expected a name, a group"),
        ("[[topic]\n", "expected TOML"),
    ],
)  # fmt: skip
def test_a_topic_that_breaks_a_rule_is_refused_with_its_file(text: str, expected: str, tmp_path: Path) -> None:
    (tmp_path / "odd.toml").write_text(text)
    with pytest.raises(BankError, match=expected) as caught:
        read_bank(tmp_path)
    assert "odd.toml" in str(caught.value)


def test_a_slot_keeps_its_value_and_another_value_is_another() -> None:
    for seed in range(50):
        values = Values(random.Random(seed), Style("€", behind=False, decimals=True), "Brook Mug")
        first = values.fill("{days} days, {money}, {kg2} kg, {email}")
        assert values.fill("{days} days, {money}, {kg2} kg, {email}") == first
        assert values.fill("{days}") != values.fill("{~days}")
        assert values.fill("the {product}") == "the Brook Mug"
        assert values.fill("{days}") != values.fill("{days2}")


def test_of_a_span_the_second_value_is_the_greater() -> None:
    for seed in range(50):
        low, _, high = Values(random.Random(seed), Style()).fill("{cm} to {cm2}").partition(" to ")
        assert float(low) < float(high)


def test_money_is_written_as_the_shop_writes_it() -> None:
    assert Style("$", decimals=False).money(1200) == "$1,200"
    assert Style("$", decimals=False).money(4.95) == "$4.95"
    assert Style(" EUR", behind=True).money(49) == "49.00 EUR"


def test_typing_like_a_shopper_keeps_figures_and_short_words() -> None:
    source = random.Random(4)
    for _ in range(300):
        typed = as_typed("How much is the Brook Mug 350, and do you ship to Norway within 14 days?", source)
        assert "350" in typed and "14" in typed and "mug" in typed.lower()


@pytest.mark.slow
def test_a_shop_gets_scenes_of_its_own_content() -> None:
    scenes = scenes_of_shop(SAMPLE, 60, seed=2)
    assert scenes == scenes_of_shop(SAMPLE, 60, seed=2)
    titles = {product.title for product in read_folder(SAMPLE).products}
    assert any(title in " ".join(scene.facts) for scene in scenes for title in titles)
    for scene in scenes:
        text = " ".join(scene.facts).lower()
        assert all(ask.answer.lower().rstrip(".") in text for ask in scene.asks if ask.kind != "unanswerable"), scene
    assert any(ask.kind == "unanswerable" for scene in scenes for ask in scene.asks)


def test_scenes_are_kept_in_files(tmp_path: Path) -> None:
    scenes = [Scene(("It holds 350 ml.",), (Ask("how big", "It holds 350 ml.", "feature"),), "en", "brook")]
    assert write_scenes(tmp_path / "scenes.jsonl", scenes) == 1
    assert list(read_scenes(tmp_path / "scenes.jsonl")) == scenes


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("{", "expected a JSON object"),
        ('{"asks": []}', "expected facts to be a list, but got None"),
        ('{"facts": ["a"], "asks": []}', "asks to have at least one question"),
        ('{"facts": ["a"], "asks": [{"question": "", "answer": "b"}]}', "not empty"),
        ('{"facts": ["a"], "asks": [{"question": 3, "answer": "b"}]}', "expected question to be a text, but got 3"),
    ],
)
def test_a_bad_line_of_a_file_of_scenes_is_refused_with_its_number(line: str, expected: str, tmp_path: Path) -> None:
    file = tmp_path / "scenes.jsonl"
    file.write_text('{"facts": ["a"], "asks": [{"question": "q", "answer": "a"}]}\n' + line + "\n")
    with pytest.raises(SceneFileError, match=expected) as caught:
        list(read_scenes(file))
    assert "scenes.jsonl:2" in str(caught.value)
