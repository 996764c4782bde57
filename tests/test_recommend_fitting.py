"""What a fit measures and keeps, and the commands around it."""

from __future__ import annotations

import json
import os
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from typer.testing import CliRunner

from chatbot.__main__ import app
from chatbot.recommend.catalogue import Catalogue
from chatbot.recommend.fitting import fit
from chatbot.recommend.measuring import Figures
from chatbot.recommend.purchases import Purchases
from chatbot.recommend.ranker import Example, Ranker, train
from chatbot.recommend.signals import NAMES
from chatbot.recommend.weighing import chosen, rule
from tests.open_shop import write_content
from tests.recommend_shop import knowledge, orders


def test_a_ranker_learns_which_signal_tells_and_ignores_one_that_never_changes() -> None:
    chance = np.random.default_rng(3)
    examples = []
    for _ in range(200):
        features = chance.random((12, len(NAMES))).astype(np.float32)
        features[:, 5] = 1.0
        examples.append(Example(features, np.array([int(features[:, 2].argmax())])))
    ranker = train(examples, units=4, epochs=12)
    right = [ranker.score(example.features).argmax() == example.bought[0] for example in examples]
    assert np.mean(right) > 0.8
    changed = examples[0].features.copy()
    changed[:, 5] = 100.0
    np.testing.assert_allclose(ranker.score(changed), ranker.score(examples[0].features))


@pytest.mark.slow
def test_a_shop_with_enough_orders_is_weighed_by_its_own_where_that_is_better_than_what_sells_most() -> None:
    products, vectors = knowledge().product_vectors()
    fitted = fit(Purchases.of(orders(800)), Catalogue.of(products, vectors))
    held = fitted.report["held_out"]
    assert fitted.report["ranker"] == "own" and fitted.ranker is not None
    assert fitted.report["measured_from"] == datetime.fromtimestamp(float(fitted.log.moments[2240]), UTC).date().isoformat()
    assert held["own"]["orders"] == 160  # of 2,400, the last fifteenth
    assert held["own"]["ndcg_10"] >= held["shipped"]["ndcg_10"] and held["own"]["ndcg_10"] > held["popular"]["ndcg_10"]


def test_a_plain_rule_is_used_only_where_it_is_better_than_the_weights_by_more_than_chance() -> None:
    chance = np.random.default_rng(5)
    own = chance.random(200)

    def with_rule(gains: NDArray[np.float64]) -> tuple[str, float]:
        rest = {name: Figures(own, np.zeros(200)) for name in ("shipped", "sum", "favourites")}
        name, why = chosen({"own": Figures(own, own), "popular": Figures(own, gains)} | rest)
        return name, why["compared"]["gain"]

    lucky, better = with_rule(own + chance.normal(0.02, 0.3, 200)), with_rule(own + 0.02)
    assert lucky[0] == "own" and lucky[1] > 0
    assert better == ("popular", 0.02)


def test_plain_rules_put_first_what_sells_and_what_the_shopper_bought_most_often() -> None:
    features = np.zeros((4, len(NAMES)), dtype=np.float32)
    features[:, NAMES.index("recent")] = [5, 9, 1, 2]
    features[:, NAMES.index("had_times")] = np.log1p([0, 0, 30, 31])
    features[:, NAMES.index("had_lately")] = [0, 0, 1, 0.4]
    assert np.argsort(-rule("popular").score(features)).tolist() == [1, 0, 3, 2]
    again = Ranker.of_plain(json.loads(json.dumps(rule("favourites").plain())), "as it is kept")
    assert np.argsort(-again.score(features)).tolist() == [3, 2, 1, 0]


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    for name in list(os.environ):
        if name.startswith("CHATBOT_"):
            monkeypatch.delenv(name)
    for name, value in {"data": "data", "cache": "cache", "content": "content", "engine": "quoting", "encoder": "multilingual"}.items():
        monkeypatch.setenv(f"CHATBOT_{name.upper()}", value)
    monkeypatch.setenv("COLUMNS", "140")
    monkeypatch.chdir(tmp_path)
    return write_content(tmp_path / "content")


@pytest.mark.slow
def test_the_commands_learn_recommend_and_name_what_cannot_be_used(shop: Path) -> None:
    run = CliRunner()
    told = run.invoke(app, ["recommend", "fit"])
    assert told.exit_code == 2 and "orders.csv: expected a file of orders" in " ".join(told.output.split())
    (shop / "orders.csv").write_text(
        "order_id,email,date,sku\n1,a@example.com,2025-01-01,OK-1\n1,a@example.com,2025-01-01,HT-1\n2,b,soon,OK-1\n"
    )
    told = run.invoke(app, ["recommend", "fit"])
    assert told.exit_code == 0 and "1 new orders, learned anew" in told.output and "orders.csv:4" in told.output
    assert "expected one such as 2025-06-18" in Path("data/recommend.html").read_text()
    found = run.invoke(app, ["recommend", "--product", "HT-1"])
    assert found.exit_code == 0 and "Otter Kettle" in found.output
    wrong = run.invoke(app, ["recommend", "--product", "no-such"])
    assert wrong.exit_code == 2 and "no-such, which the catalogue does not have" in " ".join(wrong.output.split())
