import torch
from torch import Tensor

from chatbot.engine import Sampling
from chatbot.engines.sampling import Seen, next_tokens, random_source, sampled

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
        found = next_tokens([(scores[row], asked, Seen([]), random_source(asked)) for row, asked in zip(rows, samplings, strict=True)])
        return [found[rows.index(4)], found[rows.index(3)]]

    assert drawn([3, 4]) == drawn([0, 4, 1, 3, 6, 5, 2])
    assert drawn([3, 4])[1] == int(scores[3].argmax())


def test_nobody_asking_gets_no_tokens() -> None:
    assert next_tokens([]) == []
