from pathlib import Path

import numpy as np
import pytest

from chatbot.e5_conversion import convert_e5
from chatbot.training.lessons import Moment
from chatbot.training.review_tuning import Lesson, forget, tune
from chatbot.training.trimming import trim
from knowledge_base.bert import Bert
from knowledge_base.encoders import MiniLMEncoder
from tests.packed_e5 import PIECES, packed, tensors

PRAISE, BLAME = ["很好", "很好!", "tent很好"], ["ent", "ent!", "tent ent"]


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("base")
    (folder / "e5.bin").write_bytes(packed(tensors()))
    convert_e5(folder / "e5.bin", folder / "e5", lambda *_: None)
    return folder / "e5"


def test_a_trimmed_encoder_gives_its_texts_the_same_vectors_and_loses_no_other_text(base: Path, tmp_path: Path) -> None:
    folder = trim(base, ["很好!"], tmp_path / "trimmed")
    whole, trimmed = Bert(base, "cpu"), Bert(folder, "cpu")
    assert trimmed._words.shape[0] == len(PIECES) - 1  # "▁tent" goes, its letters stay
    assert trimmed.encode(["很好!"]) == pytest.approx(whole.encode(["很好!"]), abs=1e-6)
    assert trimmed._tokenizer.encode("tent").tokens == ["<s>", "▁", "t", "e", "n", "t", "</s>"]


@pytest.mark.slow
def test_a_tuned_encoder_and_its_direction_tell_praise_from_complaint(base: Path, tmp_path: Path) -> None:
    seen: list[Moment] = []
    texts = (PRAISE + BLAME) * 20
    tuned = tune(base, texts, ([True] * 3 + [False] * 3) * 20, tmp_path / "encoder", Lesson(passes=6, batch=8, rate=3e-3), seen.append)
    encoder = MiniLMEncoder(tuned.folder, device="cpu", name="tuned-on-reviews")
    logits = encoder.encode([*PRAISE, *BLAME], role="passage") @ tuned.direction + tuned.bias
    assert (logits[:3] > 1).all() and (logits[3:] < -1).all()
    assert encoder.name == "tuned-on-reviews"
    assert seen[-1].step == seen[-1].steps == 90
    forget(tmp_path / "encoder")
    assert not (tmp_path / "encoder.tuning").exists()


@pytest.mark.slow
def test_a_tuning_that_was_cut_off_goes_on_where_it_was(base: Path, tmp_path: Path) -> None:
    texts, praises, lesson = (PRAISE + BLAME) * 20, ([True] * 3 + [False] * 3) * 20, Lesson(passes=2, batch=8, rate=1e-3)

    class Cut(Exception):
        pass

    def cut(moment: Moment) -> None:
        if moment.step == 20:
            raise Cut

    with pytest.raises(Cut):
        tune(base, texts, praises, tmp_path / "cut", lesson, cut)
    steps: list[int] = []
    again = tune(base, texts, praises, tmp_path / "cut", lesson, lambda moment: steps.append(moment.step))
    whole = tune(base, texts, praises, tmp_path / "whole", lesson, lambda _: None)
    assert steps[0] > 1 and steps[-1] == 30
    assert np.allclose(again.direction, whole.direction, atol=0.005)  # begun anew it would be at another place by a tenth
    again_at_once: list[int] = []
    tune(base, texts, praises, tmp_path / "cut", lesson, lambda moment: again_at_once.append(moment.step))
    assert not again_at_once  # it was at its end already
    of_others: list[int] = []
    tune(base, texts[:-6], praises[:-6], tmp_path / "cut", lesson, lambda moment: of_others.append(moment.step))
    assert of_others[0] == 1  # checkpoints of other reviews are not gone on from
