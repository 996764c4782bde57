import pytest
import torch

from chatbot.engines.figure_spans import FIGURE, AlongEvidence, Vocabulary, figure_words
from chatbot.engines.tokens import TokenFiles, Tokens
from tests.tiny_model import TEMPLATE, tiny_tokenizer

EVIDENCE = "The Brook Mug costs €18.00, was €22.50. Returns within 30 days (14 for sale items); write to hello@brook.example or see brook.example/help. 3–5 days, SC-120."


@pytest.fixture(scope="module")
def tokens() -> Tokens:
    return Tokens("tiny", TokenFiles(tiny_tokenizer(), TEMPLATE, {"eos_token": "<|im_end|>"}), ())


@pytest.fixture(scope="module")
def vocabulary(tokens: Tokens) -> Vocabulary:
    return Vocabulary(tokens.pieces())


def allowed(vocabulary: Vocabulary, tokens: Tokens, text: str, following: str, evidence: str = EVIDENCE) -> bool:
    """Whether all of `following` may be written after `text`, token by token."""
    written, guide = tokens.encode(text), AlongEvidence(vocabulary, evidence)
    for token in tokens.encode(following):
        scores = guide(written, torch.zeros(vocabulary.size))
        if scores[token] == float("-inf"):
            return False
        written = [*written, token]
    return bool(guide(written, torch.zeros(vocabulary.size))[tokens.end] == 0)


def test_the_pieces_of_a_vocabulary_are_the_bytes_of_its_tokens(tokens: Tokens) -> None:
    pieces = tokens.pieces()
    for text in ("The tent costs 129.00 EUR – €5", "这顶帐篷多少钱？", "naïve 💡 text\n with lines"):
        assert b"".join(pieces[number] for number in tokens.encode(text)) == text.encode()
    assert pieces[tokens.end] == b""


@pytest.mark.parametrize(
    "text",
    [
        "The mug costs €18.00.", "It was €22.50, now €18.00!", "You have 30 days.", "Sale items: 14 days", "Write to hello@brook.example.",
        "See brook.example/help.", "It takes 3–5 days.", "It takes 3 days to 5 days", "Item SC-120.", "Nothing with a figure in it.", "(30 days)",
    ],
)  # fmt: skip
def test_the_figures_of_the_evidence_may_be_written(text: str, vocabulary: Vocabulary, tokens: Tokens) -> None:
    assert allowed(vocabulary, tokens, "", text)
    assert allowed(vocabulary, tokens, "Well:", f" {text}")


@pytest.mark.parametrize(
    "text",
    [
        "€19.00", "€18.50", "€1", "18,00", "31 days", "3 0 days", "300 days", "1 day", "$18.00", "30days", "a30", "help@brook.example", "hello@brook.com",
        "other.example", "SC-121", "SC-12", "30%", "x€18.00",
    ],
)  # fmt: skip
def test_other_figures_may_not(text: str, vocabulary: Vocabulary, tokens: Tokens) -> None:
    assert not allowed(vocabulary, tokens, "It is", f" {text}")


def test_without_figures_in_the_evidence_none_can_be_written(vocabulary: Vocabulary, tokens: Tokens) -> None:
    assert not allowed(vocabulary, tokens, "In", " 5 days", evidence="Returns are free.")
    assert allowed(vocabulary, tokens, "In", " few days", evidence="Returns are free.")


@pytest.mark.parametrize("seed", range(20))
def test_whatever_a_model_prefers_only_figures_of_the_evidence_come_out(seed: int, vocabulary: Vocabulary, tokens: Tokens) -> None:
    source = torch.Generator().manual_seed(seed)
    guide, written = AlongEvidence(vocabulary, EVIDENCE), list[int]()
    digits = torch.tensor([bool(FIGURE.search(piece)) or piece == b" " for piece in vocabulary.pieces])
    for _ in range(120):
        scores = torch.randn(vocabulary.size, generator=source) + 3.0 * digits
        token = int(guide(written, scores).argmax())
        if token in tokens.ends:
            token = tokens.encode(" ")[0]
        written.append(token)
    text = b"".join(vocabulary.pieces[token] for token in written).rpartition(b" ")[0]
    strange = set(figure_words(text)) - set(figure_words(EVIDENCE.encode()))
    assert not strange, strange


def test_scores_of_a_padded_vocabulary_keep_their_length(vocabulary: Vocabulary) -> None:
    guide = AlongEvidence(vocabulary, EVIDENCE)
    assert len(guide([], torch.zeros(vocabulary.size + 7))) == vocabulary.size + 7
