"""One pretraining of a shop's models from its settings to its figures: which stages there are, in which order, and what each leaves behind.

`masked` fits a head and then the encoder's body; `contrastive` tunes the encoder on pairs, from the masked one where that finds held-out
pairs at least as well as the old one; `causal` adapts the writer. Every stage is measured before and after on texts that it never saw. Run
again on the same folder, it goes on where it was: finished stages are passed over, the others go on from their checkpoints with the steps
that were planned. Knows no command line. Invariant: texts and pairs about one document are all trained on or all held out.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, fields
from pathlib import Path
from typing import Any

from chatbot.training.causal import Causal, Writing
from chatbot.training.contrastive import Contrast, Found, Tuning, find
from chatbot.training.lessons import Lessons, Moment, Watch, planned_steps
from chatbot.training.masked import Masked, Masking
from chatbot.training.pairs import Pair, file_pairs, shop_pairs, split_pairs
from chatbot.training.pretrain import Objective
from chatbot.training.pretrain_folder import PretrainFolder, RunFolderError
from chatbot.training.texts import Parts, counts, fingerprint, shop_texts, split
from chatbot.training.windows import Batch, Reading, Window, carried
from knowledge_base.encoders import MiniLMEncoder

STAGES = ("masked", "contrastive", "causal")
HEAD = "head"
_HEAD_SHARE = 0.25  # of the time for masked tokens
_PAIRS_AT_ONCE = 64
_LOOKS = 6  # at what is held out, on the way, at most
_LOOKING = 0.25  # of a stage's time, at most, is spent on them
_RATES = {HEAD: 1e-3, "masked": 1e-4, "contrastive": 5e-5, "causal": 5e-4}
_FULL_RATE = 5e-5
_EPOCHS = {HEAD: 4, "masked": 8, "contrastive": 4, "causal": 4}


@dataclass(frozen=True, slots=True)
class Wanted:
    """What a run was asked for. `minutes` are for all its stages together; `steps` above 0 are for each stage instead."""

    content: str
    stages: tuple[str, ...]
    model: str
    encoder: str
    files: tuple[str, ...] = ()
    pairs: tuple[str, ...] = ()
    minutes: float = 10.0
    steps: int = 0
    batch: int = 8
    window: int = 256
    stride: int = 192
    whole_words: bool = True
    keep: float = 1.0
    blend: float = 0.7
    full: bool = False
    seed: int = 1
    device: str = "cpu"

    @property
    def reading(self) -> Reading:
        return Reading(self.window, self.stride)

    def seconds(self, share: float = 1.0) -> float:
        return 60 * self.minutes * share / max(1, len(self.stages))


def wanted_of(settings: dict[str, Any]) -> Wanted:
    """Read again what was written down; what is beside it in the settings is for people."""
    lists = {name: tuple(settings[name]) for name in ("stages", "files", "pairs")}
    return Wanted(**{field.name: settings[field.name] for field in fields(Wanted)} | lists)


@dataclass(frozen=True, slots=True)
class Data:
    """What is trained on and what measures."""

    texts: Parts
    pairs: tuple[Pair, ...]
    held_out_pairs: tuple[Pair, ...]

    def facts(self) -> dict[str, Any]:
        """What data.json says."""
        both = {"train": self.texts.train, "held_out": self.texts.held_out}
        texts = {name: {"sha256": fingerprint(part), "texts": len(part), "by_kind": counts(part)} for name, part in both.items()}
        return {"texts": texts, "pairs": {"train": len(self.pairs), "held_out": len(self.held_out_pairs)}}


def read_data(wanted: Wanted) -> Data:
    """Raises ContentError, TextFileError."""
    texts = split(shop_texts(Path(wanted.content), [Path(name) for name in wanted.files]))
    if "contrastive" not in wanted.stages:
        return Data(texts, (), ())
    pairs = [*shop_pairs(Path(wanted.content), seed=wanted.seed), *file_pairs([Path(name) for name in wanted.pairs])]
    train, held_out = split_pairs(pairs, frozenset(text.group for text in texts.held_out))
    return Data(texts, tuple(train), tuple(held_out))


def unchanged_data(folder: PretrainFolder, wanted: Wanted) -> Data:
    """The data of a run that began earlier. Raises RunFolderError where it is not what it was."""
    data = read_data(wanted)
    if data.facts() != folder.data:
        raise RunFolderError(f"{folder.path}: the texts are not those that this run began with; begin a new one")
    return data


class Run:
    """A run in its folder. `tell` gets the name of a stage and every step of it; `say` a line for people."""

    def __init__(self, folder: PretrainFolder, tell: Callable[[str, Moment], None], say: Callable[[str], None]) -> None:
        self.folder, self.wanted = folder, wanted_of(folder.settings)
        self._tell, self._say = tell, say

    def all_stages(self, data: Data) -> dict[str, Any]:
        """Everything that is not done yet; the figures of all stages."""
        making = {"masked": self._masked, "contrastive": self._contrastive, "causal": self._causal}
        for stage in STAGES:
            if stage in self.wanted.stages and "after" not in self.folder.metrics.get(stage, {}):
                making[stage](data)
        return self.folder.metrics

    def _masked(self, data: Data) -> None:
        wanted = self.wanted
        objective = Masked(Path(wanted.encoder), Masking(whole_words=wanted.whole_words, keep=wanted.keep), wanted.device)
        rows, held_out = self._rows("masked", objective, data)
        self._note("masked", "head as begun", objective, held_out)
        objective.fit_head(rows, self._of_windows(HEAD, objective, rows, held_out, _HEAD_SHARE))
        self._note("masked", "before", objective, held_out)
        objective.learn(rows, self._of_windows("masked", objective, rows, held_out, 1 - _HEAD_SHARE))
        objective.write(self.folder.path / "encoder-masked")
        self._note("masked", "after", objective, held_out)

    def _causal(self, data: Data) -> None:
        wanted = self.wanted
        objective = Causal(Path(wanted.model), Writing(full=wanted.full, seed=wanted.seed), wanted.device)
        rows, held_out = self._rows("causal", objective, data)
        self._note("causal", "before", objective, held_out)
        objective.learn(rows, self._of_windows("causal", objective, rows, held_out))
        objective.write(self.folder.path / ("model" if wanted.full else "adapter"))
        self._note("causal", "after", objective, held_out)

    def _contrastive(self, data: Data) -> None:
        old = self._found(Path(self.wanted.encoder), data)
        self.folder.add_metrics("contrastive", {"before": asdict(old)})
        start = self._start(old, data)
        contrast = Contrast(start, Tuning(blend=self.wanted.blend), self.wanted.device)
        batch = _PAIRS_AT_ONCE
        steps = self._steps("contrastive", lambda: contrast.step(data.pairs[:batch]), (len(data.pairs), batch), self.wanted.seconds())
        contrast.learn(data.pairs, self._lessons("contrastive", steps, batch))
        tuned = self._found(contrast.write(self.folder.path / "encoder"), data)
        self.folder.add_metrics("contrastive", {"after": asdict(tuned), "began_from": start.name, "steps": steps})

    def _start(self, old: Found, data: Data) -> Path:
        """The masked encoder where its vectors are no worse than the old ones."""
        masked = self.folder.path / "encoder-masked"
        if not masked.is_dir():
            return Path(self.wanted.encoder)
        found = self._found(masked, data)
        self.folder.add_metrics("contrastive", {"masked": asdict(found)})
        return masked if found.mrr >= old.mrr else Path(self.wanted.encoder)

    def _found(self, encoder: Path, data: Data) -> Found:
        passages = [pair.passage for pair in data.pairs]
        return find(MiniLMEncoder(encoder, device=self.wanted.device), data.held_out_pairs, passages)

    def _rows(self, stage: str, objective: Objective, data: Data) -> tuple[list[Window], list[Batch]]:
        """Windows to train on and batches to measure with, in the languages that the model's vocabulary carries."""
        parts = [carried(objective.tokenizer, part) for part in (data.texts.train, data.texts.held_out)]
        for language, reason in parts[0].left_out.items():
            self._say(f"{stage}: texts in {language} are left out: {reason}")
        train, held_out = (objective.rows(part.texts, self.wanted.reading) for part in parts)
        return train, objective.held_out(held_out)

    def _note(self, stage: str, when: str, objective: Objective, held_out: Sequence[Batch]) -> None:
        """Measure, but for what an interrupted run measured already."""
        if when not in self.folder.metrics.get(stage, {}):
            started = time.monotonic()
            figures = objective.measure(held_out).figures()
            self._planned(f"seconds a look, {stage}", lambda: time.monotonic() - started)
            self.folder.add_metrics(stage, {when: figures})

    def _of_windows(
        self, stage: str, objective: Objective, rows: Sequence[Window], held_out: Sequence[Batch], share: float = 1.0
    ) -> Lessons:
        batch, looks, left = self.wanted.batch, *self._looks("masked" if stage == HEAD else stage, self.wanted.seconds(share))
        steps = self._steps(stage, lambda: objective.step(rows[:batch]), (len(rows), batch), left)
        lessons = self._lessons(stage, steps, batch, share)
        if lessons.watch is not None and looks:
            lessons.watch.measuring(lambda: objective.measure(held_out).figures(), -(-steps // (looks + 1)))
        return lessons

    def _looks(self, stage: str, seconds: float) -> tuple[int, float]:
        """How often what is held out is measured on the way, and the seconds that are left to train."""
        if self.wanted.steps:
            return _LOOKS, seconds
        look = float(self.folder.metrics["plan"][f"seconds a look, {stage}"])
        looks = min(_LOOKS, int(_LOOKING * seconds / max(look, 1e-9)))
        return looks, seconds - looks * look

    def _steps(self, stage: str, step: Callable[[], None], data: tuple[int, int], seconds: float) -> int:
        """How many steps a stage has: as asked for, or as many as fit into its time. `data`: rows, and rows in a step."""
        most = max(1, -(-data[0] // data[1]) * _EPOCHS[stage])
        return int(self._planned(stage, lambda: self.wanted.steps or planned_steps(step, seconds, most)))

    def _planned(self, name: str, plan: Callable[[], float]) -> float:
        """What was planned when the run first came here, so that one that goes on does the same."""
        known = self.folder.metrics.get("plan", {})
        if name not in known:
            self.folder.add_metrics("plan", {name: plan()})
        return float(self.folder.metrics["plan"][name])

    def _lessons(self, stage: str, steps: int, batch: int, share: float = 1.0) -> Lessons:
        watch = Watch(stage, self.folder.log, lambda moment: self._tell(stage, moment))
        if not self.wanted.steps:
            watch.within(self.wanted.seconds(share))
        rate = _FULL_RATE if stage == "causal" and self.wanted.full else _RATES[stage]
        return Lessons(self.folder.checkpoints(stage), steps, batch, rate, self.wanted.seed, self.wanted.device, watch=watch)
