"""Ways to say how much each token of an answer rests on each token of the text: what `tests.bench.attribution` compares.

Each is a function from a reader and a laid-out reading to weights (answer tokens, text tokens). Captum's own are called as its documentation
has it; those that would need a backward pass for each token of the answer take one for each of its words.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from chatbot.engines.attribution import Laid, Reader

Matrix = NDArray[np.float32]
Words = Sequence[int]  # to which word a token belongs, -1 to none
STEPS = 8  # of integrated gradients


def likelihoods(reader: Reader, laid: Laid) -> Tensor:
    """The log-probability of each token of the answer, with nothing kept from before."""
    with torch.inference_mode():
        return _spoken(reader, torch.tensor([laid.prompt + laid.answer]), laid)[0]


def _spoken(reader: Reader, ids: Tensor, laid: Laid) -> Tensor:
    """(texts, answer tokens)."""
    logits = reader.model(input_ids=ids, logits_to_keep=len(laid.answer) + 1).logits[:, :-1]
    chosen = torch.tensor(laid.answer).expand(len(ids), -1).unsqueeze(2)
    return logits.log_softmax(-1).gather(2, chosen)[..., 0]


def _matrix(weights: Tensor, laid: Laid) -> Matrix:
    return np.asarray(weights.detach()[:, laid.stretch].numpy(), dtype=np.float32)


def mean_attention(reader: Reader, laid: Laid, answer: Words, text: Words) -> Matrix:
    """What the answer's positions attend to, the mean of all layers and heads."""
    _, attentions = reader.read(laid)
    return _matrix(torch.stack([layer[0].mean(0) for layer in attentions]).mean(0), laid)


def roll_out(reader: Reader, laid: Laid, answer: Words, text: Words) -> Matrix:
    """Attention roll-out (Abnar and Zuidema 2020): the layers' mean attentions, half with the residual path, multiplied."""
    with torch.inference_mode():
        attentions = reader.model(torch.tensor([laid.prompt + laid.answer]), output_attentions=True).attentions
    total = torch.eye(attentions[0].shape[-1])
    for layer in attentions:
        total = (0.5 * layer[0].mean(0) + 0.5 * torch.eye(len(total))) @ total
    start = len(laid.prompt) - 1
    return _matrix(total[start : start + len(laid.answer)], laid)


def _weighted(reader: Reader, laid: Laid, aim: Callable[[Tensor, Tensor], Tensor], handed_on: bool) -> Matrix:
    logits, attentions = reader.read(laid)
    slopes = torch.autograd.grad(aim(logits, torch.tensor(laid.answer).unsqueeze(1)), attentions)
    own = slice(len(laid.prompt) - 1, None)  # the positions that said the answer
    found = torch.zeros(attentions[0].shape[-2:])
    for attention, slope in zip(attentions, slopes, strict=True):
        layer = (attention * slope).detach().clamp(min=0)[0].mean(0)
        found = found + layer + (layer[:, own] @ found if handed_on else 0.0)
    return _matrix(found, laid)


def _likelihood(logits: Tensor, chosen: Tensor) -> Tensor:
    return logits.log_softmax(-1).gather(1, chosen).sum()


def _score(logits: Tensor, chosen: Tensor) -> Tensor:
    return (logits.gather(1, chosen)[:, 0] - logits.mean(-1)).sum()


def weighted_attention(reader: Reader, laid: Laid, answer: Words, text: Words) -> Matrix:
    """Attention times the slope of the answer's log-probability by it, where positive (Chefer, Gur and Wolf 2021)."""
    return _weighted(reader, laid, _likelihood, handed_on=False)


def weighted_by_scores(reader: Reader, laid: Laid, answer: Words, text: Words) -> Matrix:
    """The same with the slope of the chosen tokens' scores, which does not vanish where the model is sure."""
    return _weighted(reader, laid, _score, handed_on=False)


def weighted_and_handed_on(reader: Reader, laid: Laid, answer: Words, text: Words) -> Matrix:
    """With what came through earlier words of the answer, layer by layer."""
    return _weighted(reader, laid, _likelihood, handed_on=True)


def knocked_out(reader: Reader, laid: Laid, answer: Words, text: Words) -> Matrix:
    """How far the answer's log-probabilities fall when its positions may not attend to a word (Geva et al. 2023)."""
    with torch.inference_mode():
        known = reader.model(torch.tensor([laid.prompt[:-1]]), use_cache=True, logits_to_keep=1).past_key_values
        words = sorted(set(text) - {-1})
        found = torch.zeros(len(laid.answer), len(laid.prompt))
        whole = _without(reader, laid, known, [[]])[0]
        for at in range(0, len(words), 8):
            portion = words[at : at + 8]
            hidden = [[laid.start + place for place, owner in enumerate(text) if owner == word] for word in portion]
            for places, spoken in zip(hidden, _without(reader, laid, known, hidden), strict=True):
                found[:, places[0]] = whole - spoken
    return _matrix(found, laid)


def _without(reader: Reader, laid: Laid, known: Any, hidden: Sequence[Sequence[int]]) -> Tensor:
    """The answer's log-probabilities when some positions of the prompt are hidden from it: (cases, answer)."""
    from transformers import DynamicCache

    count, width = len(laid.answer), len(laid.prompt) + len(laid.answer) - 1
    cache = DynamicCache()
    for number, layer in enumerate(known.layers):
        cache.update(layer.keys.expand(len(hidden), -1, -1, -1), layer.values.expand(len(hidden), -1, -1, -1), number)
    allowed = torch.ones(count, width, dtype=torch.bool).tril(len(laid.prompt) - 1).expand(len(hidden), 1, -1, -1).clone()
    for case, places in enumerate(hidden):
        allowed[case, 0, :, list(places)] = False
    mask = torch.zeros(allowed.shape).masked_fill(~allowed, torch.finfo(torch.float32).min)
    ids = torch.tensor([laid.prompt[-1], *laid.answer[:-1]]).expand(len(hidden), -1)
    logits = reader.model(input_ids=ids, past_key_values=cache, attention_mask=mask).logits
    return logits.log_softmax(-1).gather(2, torch.tensor(laid.answer).expand(len(hidden), -1).unsqueeze(2))[..., 0]


def ablated(reader: Reader, laid: Laid, answer: Words, text: Words) -> Matrix:
    """Captum's FeatureAblation over words: each replaced by the token that ends a text, the whole read again."""
    from captum.attr import FeatureAblation

    ids = torch.tensor([laid.prompt + laid.answer])
    features = torch.zeros_like(ids)
    features[0, laid.stretch] = torch.tensor([owner + 1 for owner in text])  # 0 is all that is not a word of the text
    with torch.inference_mode():
        ablation = FeatureAblation(lambda texts: _spoken(reader, texts, laid))
        found = ablation.attribute(ids, baselines=reader.tokens.end, feature_mask=features, perturbations_per_eval=4)
    found = torch.as_tensor(found)[:, laid.stretch].float().numpy().copy()
    firsts = {owner: place for place, owner in reversed(list(enumerate(text)))}
    for place, owner in enumerate(text):
        if firsts[owner] != place:
            found[:, place] = 0.0  # captum gives each token of a word the effect of all of it
    return np.asarray(found, dtype=np.float32)


def _by_captum(reader: Reader, laid: Laid, answer: Words, way: Callable[[Any, Tensor], Tensor]) -> Matrix:
    """A method that attributes one number to the embeddings, for each word of the answer."""
    ids = torch.tensor([laid.prompt + laid.answer])
    found = torch.zeros(len(laid.answer), ids.shape[1])
    for word in sorted(set(answer) - {-1}):
        places = [place for place, owner in enumerate(answer) if owner == word]
        scores = way(lambda texts, places=places: _spoken(reader, texts, laid)[:, places].sum(1), ids)
        found[places] = scores.detach().sum(-1)[0]
    return _matrix(found, laid)


def gradient_times_input(reader: Reader, laid: Laid, answer: Words, text: Words) -> Matrix:
    """Captum's LayerGradientXActivation on the embeddings."""
    from captum.attr import LayerGradientXActivation

    return _by_captum(reader, laid, answer, lambda aim, ids: LayerGradientXActivation(aim, _embeddings(reader)).attribute(ids))


def integrated_gradients(reader: Reader, laid: Laid, answer: Words, text: Words) -> Matrix:
    """Captum's LayerIntegratedGradients on the embeddings, from a prompt of nothing but the token that ends a text."""
    from captum.attr import LayerIntegratedGradients

    def way(aim: Any, ids: Tensor) -> Tensor:
        return LayerIntegratedGradients(aim, _embeddings(reader)).attribute(
            ids, torch.full_like(ids, reader.tokens.end), n_steps=STEPS, internal_batch_size=2
        )

    return _by_captum(reader, laid, [0] * len(answer), way)  # once for the whole answer: for each word it would take minutes


def _embeddings(reader: Reader) -> Any:
    embeddings = reader.model.get_input_embeddings()
    embeddings.weight.requires_grad_()  # captum asks for the slope at what this layer gives
    return embeddings


METHODS: dict[str, Callable[[Reader, Laid, Words, Words], Matrix]] = {
    "mean attention": mean_attention,
    "roll-out": roll_out,
    "slope of log p": weighted_attention,
    "slope of log p + handed on": weighted_and_handed_on,
    "slope of score": weighted_by_scores,
    "gradient × input (Captum)": gradient_times_input,
    "integrated gradients (Captum)": integrated_gradients,
    "words ablated (Captum)": ablated,
    "attention knocked out": knocked_out,
}
