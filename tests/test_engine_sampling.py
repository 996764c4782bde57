import torch
from torch import Tensor

from chatbot.engine import Sampling
from chatbot.engines.sampling import Seen, Writing, next_tokens, nucleus, random_source, sampled

CHANCES = torch.tensor([0.0, 0.5, 0.3, 0.0, 0.15, 0.05])


def draw(scores: Tensor, sampling: Sampling, times: int) -> list[float]:
    """How often each word was drawn, as a share."""
    source = random_source(sampling)
    words = sampled(scores.expand(times, -1), [sampling] * times, [source] * times)
    return [words.count(word) / times for word in range(len(scores))]


def test_words_are_drawn_as_often_as_their_chances_say_and_impossible_ones_never() -> None:
    shares = draw(CHANCES.log(), Sampling(temperature=1.0, seed=4), 20_000)
    assert shares[0] == shares[3] == 0
    assert max(abs(share - float(chance)) for share, chance in zip(shares, CHANCES, strict=True)) < 0.015


def test_a_low_temperature_sharpens_the_chances() -> None:
    shares = draw(CHANCES.log(), Sampling(temperature=0.5, seed=4), 20_000)
    squared = CHANCES**2 / (CHANCES**2).sum()
    assert max(abs(share - float(chance)) for share, chance in zip(shares, squared, strict=True)) < 0.015


def test_top_p_leaves_only_the_fewest_words_that_reach_it() -> None:
    shares = draw(CHANCES.log(), Sampling(temperature=1.0, top_p=0.7, seed=4), 5_000)
    assert {word for word, share in enumerate(shares) if share} == {1, 2}
    assert draw(CHANCES.log(), Sampling(temperature=1.0, top_p=0.01, seed=4), 50)[1] == 1.0


def test_what_a_seed_draws_does_not_depend_on_who_is_written_for_beside_it() -> None:
    with torch.inference_mode():  # as a decoder gives them
        scores = torch.randn(7, 300, generator=torch.Generator().manual_seed(1))

    def drawn(rows: list[int]) -> list[int]:
        samplings = [Sampling(temperature=1.0, top_p=0.9, seed=row) if row % 3 else Sampling() for row in rows]
        writings = [Writing(scores[row], asked, [], row, random_source(asked)) for row, asked in zip(rows, samplings, strict=True)]
        found = next_tokens(writings, Seen(7))
        return [found[rows.index(4)], found[rows.index(3)]]

    assert drawn([3, 4]) == drawn([0, 4, 1, 3, 6, 5, 2])
    assert drawn([3, 4])[1] == int(scores[3].argmax())


def test_nobody_asking_gets_no_tokens() -> None:
    assert next_tokens([], Seen(1)) == []


def test_words_of_the_prompt_and_those_written_get_less_likely_whatever_the_sign_of_their_score() -> None:
    seen, penalised, plain = Seen(3), Sampling(repetition_penalty=2.0), Sampling()
    seen.begin(1, [0, 0])
    seen.begin(2, [0])

    def word(scores: list[float], row: int, sampling: Sampling) -> int:
        return next_tokens([Writing(torch.tensor(scores), sampling, [], row, random_source(sampling))], seen)[0]

    assert word([3.0, 2.0, 0.0], 1, penalised) == 1
    assert word([3.0, 2.0, 0.0], 2, plain) == 0
    assert word([3.0, 2.9, 1.4], 1, penalised) == 0  # both occurred by now
    assert word([-0.4, -0.6, -0.7], 1, penalised) == 2
    seen.begin(1, [2])  # another text
    assert word([3.0, 2.0, 0.0], 1, penalised) == 0


def test_texts_with_and_without_a_penalty_or_a_nucleus_are_drawn_beside_each_other() -> None:
    seen = Seen(2)
    seen.begin(0, [0])
    seen.begin(1, [0])
    asked = [Sampling(repetition_penalty=2.0), Sampling()]
    rows = [Writing(torch.tensor([3.0, 2.0]), sampling, [], row, random_source(sampling)) for row, sampling in enumerate(asked)]
    assert next_tokens(rows, seen) == [1, 0]
    chances = torch.tensor([[0.6, 0.3, 0.1], [0.6, 0.3, 0.1], [0.6, 0.3, 0.1]])
    kept = nucleus(chances, torch.tensor([0.7, 1.0, 0.01]))
    assert torch.equal(kept > 0, torch.tensor([[True, True, False], [True, True, True], [True, False, False]]))


def test_a_nucleus_that_the_likeliest_words_do_not_reach_is_looked_for_among_all() -> None:
    chances = torch.full((1, 1000), 0.001)
    assert int((nucleus(chances, torch.tensor([0.5])) > 0).sum()) == 500


def test_a_processor_changes_the_scores_of_its_own_text_only() -> None:
    calls: list[list[int]] = []

    def forbid_the_first(written: list[int], scores: Tensor) -> Tensor:
        calls.append(written)
        return scores.index_fill(0, torch.tensor([0]), float("-inf"))

    changed, plain = Sampling(processors=(forbid_the_first,)), Sampling()  # type: ignore[arg-type]
    with torch.inference_mode():
        scores = torch.tensor([2.0, 1.0])
    writings = [Writing(scores, sampling, [row + 5], row, random_source(sampling)) for row, sampling in enumerate((changed, plain))]
    assert next_tokens(writings, Seen(2)) == [1, 0]
    assert calls == [[5]]
