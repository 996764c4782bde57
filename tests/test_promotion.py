"""live.json: what is promoted is whole, what is damaged is named, and a running server follows without losing a word."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import save_file
from typer.testing import CliRunner

from chatbot.__main__ import app
from chatbot.engine import Engine
from chatbot.engines.switching import SwitchingEngine
from chatbot.errors import EngineUnavailable
from chatbot.promotion import PromotionError, candidate, check, live_file, promote, read_live, roll_back, worse
from chatbot.server import live_model
from chatbot.server.app import create_app
from chatbot.server.house import open_house
from chatbot.server.live_model import LiveModel
from chatbot.server.opening import engine_or_quotes
from chatbot.settings import Settings
from tests.open_shop import shop_settings, write_content
from tests.scripted_engine import ScriptedEngine
from tests.tiny_model import build_tiny_model

FIGURES = {"facts_right": {"count": 8, "total": 10}}


def a_run(folder: Path, seed: int = 1, base: str = "owner/model") -> Path:
    """A finished run with an adapter that changes nothing that is there."""
    (folder / "adapter").mkdir(parents=True)
    (folder / "adapter" / "adapter_config.json").write_text(json.dumps({"base_model_name_or_path": base, "peft_type": "LORA"}))
    save_file({"x": torch.full((2,), float(seed))}, str(folder / "adapter" / "adapter_model.safetensors"))
    return folder


def a_whole_model(folder: Path, seed: int) -> Path:
    build_tiny_model(folder / "model")
    save_file({"seed": torch.full((1,), float(seed))}, str(folder / "model" / "extra.safetensors"))
    return folder


async def until(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110 - the server tells nobody
            await asyncio.sleep(0.02)


def settings_in(folder: Path, **changes: Any) -> Settings:
    return shop_settings(folder, engine="local", **changes)


# -- the file --------------------------------------------------------------------------------------------------------------------


def test_what_is_promoted_is_live_and_what_was_live_is_its_history(tmp_path: Path) -> None:
    assert read_live(tmp_path) is None
    assert not live_file(tmp_path).exists()
    first, second = candidate(a_run(tmp_path / "first", 1)), candidate(a_run(tmp_path / "second", 2))
    promote(tmp_path, first, FIGURES)
    stamped = promote(tmp_path, second, FIGURES)
    live = read_live(tmp_path)
    assert live == stamped
    assert live is not None
    assert (live.name, live.model, live.figures, live.sha256) == ("second", "owner/model", FIGURES, second.sha256)
    assert live.when
    assert live.settings(settings_in(tmp_path)).adapter == str(tmp_path / "second" / "adapter")
    back, unusable = roll_back(tmp_path)
    assert back is not None
    assert (back.name, unusable, back.sha256) == ("first", [], first.sha256)
    assert roll_back(tmp_path) == (None, [])
    assert read_live(tmp_path) is None
    with pytest.raises(PromotionError, match="expected a promoted model to go back from"):
        roll_back(tmp_path)


def test_a_whole_model_is_live_without_an_adapter(tmp_path: Path) -> None:
    found = candidate(a_whole_model(tmp_path / "run", 1))
    settings = found.settings(settings_in(tmp_path, adapter="some/adapter"))
    assert (settings.model, settings.adapter) == (str(tmp_path / "run" / "model"), "none")
    assert set(found.sha256) == {"model.safetensors", "extra.safetensors"}


def test_the_folder_of_an_adapter_or_a_model_alone_will_do(tmp_path: Path) -> None:
    assert candidate(a_run(tmp_path / "run") / "adapter").adapter == str(tmp_path / "run" / "adapter")
    assert candidate(build_tiny_model(tmp_path / "tiny")).model == str(tmp_path / "tiny")


def test_rolling_back_passes_over_a_model_that_is_gone(tmp_path: Path) -> None:
    for number, name in enumerate(("one", "two", "three")):
        promote(tmp_path, candidate(a_run(tmp_path / name, number)), FIGURES)
    (tmp_path / "two" / "adapter" / "adapter_model.safetensors").unlink()
    back, unusable = roll_back(tmp_path)
    assert back is not None
    assert back.name == "one"
    assert len(unusable) == 1
    assert "two" in unusable[0]


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (lambda folder: (folder / "adapter_model.safetensors").write_bytes(b"other"), "adapter_model.safetensors: expected sha256"),
        (lambda folder: save_file({"y": torch.zeros(1)}, str(folder / "more.safetensors")), "there is also more.safetensors"),
        (lambda folder: (folder / "adapter_model.safetensors").unlink(), "expected weights in"),
    ],
)
def test_altered_files_are_named(tmp_path: Path, spoil: Callable[[Path], object], says: str) -> None:
    found = candidate(a_run(tmp_path / "run"))
    spoil(tmp_path / "run" / "adapter")
    with pytest.raises(PromotionError, match=says):
        check(found)
    with pytest.raises(PromotionError, match=says):
        promote(tmp_path, found, FIGURES)
    assert read_live(tmp_path) is None


@pytest.mark.parametrize(
    "text",
    ["", "{half", "[]", "{}", '{"name": "x", "model": "", "adapter": "", "sha256": {"a": "b"}, "when": "", "figures": {}, "history": []}'],
)
def test_a_damaged_file_is_named_and_the_next_promotion_mends_it(tmp_path: Path, text: str) -> None:
    live_file(tmp_path).parent.mkdir()
    live_file(tmp_path).write_text(text)
    with pytest.raises(PromotionError, match=r"live\.json: cannot be followed"):
        read_live(tmp_path)
    promote(tmp_path, candidate(a_run(tmp_path / "run")), FIGURES)
    live = read_live(tmp_path)
    assert live is not None
    assert live.name == "run"


def test_a_folder_without_anything_to_promote_is_named(tmp_path: Path) -> None:
    with pytest.raises(PromotionError, match="expected the folder of a finished training run"):
        candidate(tmp_path)
    (tmp_path / "adapter_config.json").write_text("{}")
    with pytest.raises(PromotionError, match="base_model_name_or_path"):
        candidate(tmp_path)


def test_a_smaller_share_of_facts_is_worse_and_none_is_an_error() -> None:
    def facts(count: int, total: int) -> dict[str, Any]:
        return {"facts_right": {"count": count, "total": total}}

    assert worse(facts(7, 10), facts(8, 10))
    assert not worse(facts(8, 10), facts(8, 10))
    assert not worse(facts(4, 5), facts(8, 10))
    with pytest.raises(PromotionError, match="expected questions about facts"):
        worse(facts(0, 0), facts(8, 10))


# -- a server that follows it ----------------------------------------------------------------------------------------------------


class Shelf:
    """Opens a scripted engine for each model that is asked for; those in `broken` do not open and those in `silent` do not write."""

    def __init__(self) -> None:
        self.opened: list[str] = []
        self.broken: set[str] = set()
        self.silent: set[str] = set()
        self.closed: list[str] = []

    async def open(self, settings: Settings) -> Engine:
        name = Path(settings.adapter).parent.name if settings.adapter else "settings"
        if name in self.broken:
            raise EngineUnavailable(f"{name} does not open")
        self.opened.append(name)
        closed = self.closed

        class Kept(ScriptedEngine):
            async def close(self) -> None:
                closed.append(name)

        engine = Kept(name)
        engine.name = name
        return engine

    async def silence(self, engine: Engine) -> str:
        return "does not write" if engine.name in self.silent else ""


async def followed(folder: Path, shelf: Shelf) -> tuple[LiveModel, SwitchingEngine, str]:
    live = LiveModel(settings_in(folder), shelf.open, shelf.silence)
    engine, trouble = await live.open()
    return live, SwitchingEngine(engine), trouble


async def test_a_promotion_is_followed_and_so_is_a_rollback(tmp_path: Path) -> None:
    shelf, data = Shelf(), tmp_path / "data"
    live, engine, trouble = await followed(tmp_path, shelf)
    assert (engine.name, trouble, await live.look(engine)) == ("settings", "", False)
    promote(data, candidate(a_run(tmp_path / "first")), FIGURES)
    assert await live.look(engine)
    assert engine.name == "first (first)"
    assert not await live.look(engine)
    promote(data, candidate(a_run(tmp_path / "second", 2)), FIGURES)
    assert await live.look(engine)
    roll_back(data)
    assert await live.look(engine)
    assert engine.serving.name == "first"
    roll_back(data)
    assert await live.look(engine)
    assert engine.name == "settings (shop_reader)", "the default model with the adapter that comes with it"
    await engine.close()
    assert shelf.opened == ["settings", "first", "second", "first", "settings"]
    assert sorted(shelf.closed) == sorted(shelf.opened)


async def test_promoting_again_what_is_live_opens_nothing(tmp_path: Path) -> None:
    shelf = Shelf()
    promote(tmp_path / "data", candidate(a_run(tmp_path / "run")), FIGURES)
    live, engine, _ = await followed(tmp_path, shelf)
    assert live.name == "run"
    promote(tmp_path / "data", candidate(tmp_path / "run"), FIGURES)
    assert not await live.look(engine)
    assert shelf.opened == ["run"]
    await engine.close()


@pytest.mark.parametrize("how", ["broken", "silent", "altered", "damaged"])
async def test_a_model_that_cannot_take_over_leaves_the_one_that_serves(tmp_path: Path, how: str, caplog: pytest.LogCaptureFixture) -> None:
    shelf, data = Shelf(), tmp_path / "data"
    promote(data, candidate(a_run(tmp_path / "good")), FIGURES)
    live, engine, _ = await followed(tmp_path, shelf)
    promote(data, candidate(a_run(tmp_path / "bad", 2)), FIGURES)
    if how == "altered":
        (tmp_path / "bad" / "adapter" / "adapter_model.safetensors").write_bytes(b"x")
    elif how == "damaged":
        live_file(data).write_text("{half")
    else:
        getattr(shelf, how).add("bad")
    assert not await live.look(engine)
    assert engine.name == "good"
    assert "cannot take over, good goes on" in caplog.text
    assert shelf.closed == (["bad"] if how == "silent" else [])
    promote(data, candidate(a_run(tmp_path / "better", 3)), FIGURES)
    assert await live.look(engine)
    assert engine.serving.name == "better"
    await engine.close()


@pytest.mark.parametrize("how", ["broken", "altered", "damaged"])
async def test_at_the_start_a_model_that_cannot_be_used_is_told_and_the_settings_have_their_own(
    tmp_path: Path, how: str, caplog: pytest.LogCaptureFixture
) -> None:
    shelf, data = Shelf(), tmp_path / "data"
    promote(data, candidate(a_run(tmp_path / "bad")), FIGURES)
    if how == "altered":
        (tmp_path / "bad" / "adapter" / "adapter_model.safetensors").write_bytes(b"x")
    elif how == "damaged":
        live_file(data).write_text("{half")
    else:
        shelf.broken.add("bad")
    _, engine, trouble = await followed(tmp_path, shelf)
    assert engine.name == "settings"
    assert "the promoted model cannot be used, the settings' model stands in" in trouble
    assert trouble in caplog.text
    await engine.close()


@pytest.mark.slow
async def test_a_running_house_writes_with_what_was_promoted_without_a_restart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Real engines of a tiny model, a real house, real files."""
    monkeypatch.setattr(live_model, "LOOK_SECONDS", 0.05)
    write_content(tmp_path / "content")
    base = build_tiny_model(tmp_path / "base", window=2048)
    house = await open_house(settings_in(tmp_path, model=str(base), device="cpu", precision="fp32", slots=2, adapter="none"))
    try:
        create_app(house)
        assert house.health.engine == house.engine.name == "base"
        house.health.doing_without("a promoted model that could not be used")
        promote(house.settings.data, candidate(build_tiny_model(tmp_path / "newer", window=1024)), FIGURES)
        await until(lambda: house.health.engine != "base")
        assert house.health.engine == house.engine.name == "newer (newer)"
        assert house.engine.context_window == 1024
        assert not house.health.degraded, "what was wrong with the writer went with it"
    finally:
        await house.close()


async def test_without_a_model_quotes_do_until_one_is_promoted(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_model, "LOOK_SECONDS", 0.05)
    settings = settings_in(tmp_path, model=str(tmp_path / "none"), adapter=str(tmp_path / "reader"), device="cpu", precision="fp32")
    engine, trouble = await engine_or_quotes(settings)
    assert engine.name == "quoting"
    assert "no model can write" in trouble
    promote(settings.data, candidate(build_tiny_model(tmp_path / "tiny", window=2048)), FIGURES)
    await until(lambda: engine.name != "quoting")
    assert engine.name == "tiny (tiny)"
    await engine.close()


# -- the commands ----------------------------------------------------------------------------------------------------------------


@pytest.fixture
def shop(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A shop's folder as the settings of this process; both models are scored by `scores`, which stands where asking would take minutes."""
    write_content(tmp_path / "content")
    for name, value in {"data": "data", "cache": "cache", "content": "content", "engine": "local", "adapter": "none"}.items():
        monkeypatch.setenv(f"CHATBOT_{name.upper()}", value)
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def scored(monkeypatch: pytest.MonkeyPatch, right: Mapping[str, int]) -> list[int]:
    """Have each adapter (by its run's name, or none) get so many of ten facts right; how many questions were asked each time."""
    asked: list[int] = []

    def score(settings: Settings, questions: Sequence[Any], *, alone: bool) -> dict[str, Any]:
        asked.append(len(questions))
        name = settings.adapter if settings.adapter == "none" else Path(settings.adapter).parent.name
        count = right[name]
        return {"facts_right": {"count": count, "total": 10, "text": f"{10 * count}.0% ({count}/10)"}, "questions": len(questions)}

    monkeypatch.setattr("chatbot.training.compare.score", score)
    return asked


def test_a_better_model_is_promoted_and_listed_and_rolled_back(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    a_run(shop / "runs" / "good")
    asked = scored(monkeypatch, {"none": 5, "good": 8})
    done = CliRunner().invoke(app, ["models", "promote", "runs/good", "--count", "12"])
    assert done.exit_code == 0, done.output
    assert "80.0% (8/10)" in done.output
    assert "50.0% (5/10)" in done.output
    assert "good is live" in done.output
    assert len(asked) == 2
    assert 0 < asked[0] == asked[1] <= 12
    live = read_live(shop / "data")
    assert live is not None
    assert live.figures["old"]["facts_right"] == {"count": 5, "total": 10}
    assert "Live: good in" in CliRunner().invoke(app, ["models", "list"]).output
    back = CliRunner().invoke(app, ["models", "rollback"])
    assert (back.exit_code, "The model of the settings is live" in back.output) == (0, True)
    again = CliRunner().invoke(app, ["models", "rollback"])
    assert again.exit_code == 1
    assert "expected a promoted model to go back from" in again.output


def test_a_worse_model_is_refused_unless_it_is_forced(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("good", "bad"):
        a_run(shop / "runs" / name)
    scored(monkeypatch, {"none": 5, "good": 8, "bad": 6})
    assert CliRunner().invoke(app, ["models", "promote", "runs/good"]).exit_code == 0
    refused = CliRunner().invoke(app, ["models", "promote", "runs/bad"])
    assert refused.exit_code == 1
    assert "60.0% (6/10)" in refused.output
    assert "80.0% (8/10)" in refused.output
    live = read_live(shop / "data")
    assert live is not None
    assert live.name == "good"
    assert CliRunner().invoke(app, ["models", "promote", "runs/bad", "--force"]).exit_code == 0
    live = read_live(shop / "data")
    assert live is not None
    assert live.name == "bad"
    assert "good is live" in CliRunner().invoke(app, ["models", "rollback"]).output


def test_a_damaged_live_file_is_shown_by_the_list(shop: Path) -> None:
    live_file(shop / "data").parent.mkdir(parents=True)
    live_file(shop / "data").write_text("{half")
    shown = CliRunner().invoke(app, ["models", "list"])
    assert "the promoted one cannot be used" in shown.output
    assert shown.exit_code == 0


def test_nothing_is_promoted_where_another_server_writes(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHATBOT_ENGINE", "quoting")
    a_run(shop / "run")
    done = CliRunner().invoke(app, ["models", "promote", "run"])
    assert done.exit_code == 2
    assert "CHATBOT_ENGINE: expected local" in done.output


def test_questions_come_from_a_file_where_one_is_named(shop: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    a_run(shop / "run")
    asked = scored(monkeypatch, {"none": 5, "run": 5})
    (shop / "questions.jsonl").write_text('{"q": "How much is the kettle?", "must": ["49"]}\n')
    assert CliRunner().invoke(app, ["models", "promote", "run", "--questions", "questions.jsonl"]).exit_code == 0
    assert asked == [1, 1]
