"""The tuned encoder of the reviews' benchmark: tuned once on the training part, and kept with its direction for the next run."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

from chatbot.sentiment.fitting import TunedPart
from chatbot.sentiment.head import TUNED_NAME
from chatbot.settings import Settings
from chatbot.training.review_tuning import Lesson, forget, tune
from chatbot.weights import ENCODER_TO_TUNE, fetch
from knowledge_base.encoders import MiniLMEncoder
from tests.bench.sentiment_vectors import Vectors


def tuned_part(out: Path, vectors: Vectors, texts: Sequence[str], praises: Sequence[bool]) -> TunedPart:
    """Tune as `chatbot sentiment fit --tune` does, or take what an earlier run tuned on the same texts in the same way."""
    lesson = Lesson()
    told = f"{lesson}\0" + "\0".join(f"{praise:d}{text}" for text, praise in zip(texts, praises, strict=True))
    folder = out / f"tuned-{hashlib.sha256(told.encode('utf-8', 'replace')).hexdigest()[:12]}"
    kept = folder.with_suffix(".npz")
    if not kept.is_file():
        columns = (TextColumn("{task.description}"), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
        with Progress(*columns) as bars:
            task = bars.add_task("Tuning", total=None)
            source = fetch(ENCODER_TO_TUNE, Settings().cache)
            tuned = tune(source, texts, praises, folder, lesson, lambda at: bars.update(task, completed=at.step, total=at.steps))
        np.savez(kept, direction=tuned.direction, bias=tuned.bias)
        forget(folder)
    with np.load(kept) as found:
        part = TunedPart(MiniLMEncoder(folder, name=TUNED_NAME), found["direction"], float(found["bias"]))
    vectors.know(part.encoder)
    return part
