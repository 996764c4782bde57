"""What the judge is measured beside: TF-IDF with logistic regression, VADER for English, SnowNLP for Chinese. None is needed to run a shop."""

from __future__ import annotations

import importlib.util
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
from numpy.typing import NDArray
from sklearn.feature_extraction.text import TfidfVectorizer
from sklearn.linear_model import LogisticRegression

from chatbot.sentiment.head import Floats
from knowledge_base.chinese import chinese_dictionary

Places = NDArray[np.int64]
_UNDECIDED = 1e-3  # what VADER finds nothing in counts as complaint: it is right more often so than the other way
_STRENGTH = 10.0  # 4 to 16 did better than 1 on the tenth that is for tuning
Asked = Callable[[Sequence[str]], Floats]


def tfidf(
    texts: Sequence[str], praises: NDArray[np.bool_], train: Places, parts: Sequence[Places], language: str
) -> dict[str, tuple[Floats, Floats]]:
    """Each kind of features; praise on each part."""
    kinds = {"TF-IDF of words + LR": _words(language), "TF-IDF of runs + LR": _runs(language)}
    return {name: _asked_of(make(), texts, praises, train, parts) for name, make in kinds.items()}


def _words(language: str) -> Callable[[], TfidfVectorizer]:
    if language == "zh":
        cut = partial(chinese_dictionary().cut, guess=True)
        return lambda: TfidfVectorizer(tokenizer=cut, token_pattern=None, ngram_range=(1, 2), min_df=2, sublinear_tf=True)
    return lambda: TfidfVectorizer(ngram_range=(1, 2), min_df=2, sublinear_tf=True)


def _runs(language: str) -> Callable[[], TfidfVectorizer]:
    most = 3 if language == "zh" else 5
    return lambda: TfidfVectorizer(analyzer="char", ngram_range=(1, most), min_df=3, sublinear_tf=True)


def _asked_of(
    vectorizer: TfidfVectorizer, texts: Sequence[str], praises: NDArray[np.bool_], train: Places, parts: Sequence[Places]
) -> tuple[Floats, Floats]:
    learned = vectorizer.fit_transform([texts[place] for place in train])
    asked = [vectorizer.transform([texts[place] for place in part]) for part in parts]
    model = LogisticRegression(C=_STRENGTH, solver="liblinear").fit(learned, praises[train])
    first, second = (np.asarray(model.predict_proba(rows)[:, 1], dtype=np.float32) for rows in asked)
    return first, second


def _vader(texts: Sequence[str]) -> Floats:
    from vaderSentiment.vaderSentiment import SentimentIntensityAnalyzer

    analyzer = SentimentIntensityAnalyzer()
    found = [(analyzer.polarity_scores(text)["compound"] + 1) / 2 for text in texts]
    return np.array(found, dtype=np.float32) - _UNDECIDED


def _snownlp(texts: Sequence[str]) -> Floats:
    from snownlp import SnowNLP

    return np.array([SnowNLP(text).sentiments for text in texts], dtype=np.float32)


vader: Asked | None = _vader if importlib.util.find_spec("vaderSentiment") else None
snownlp: Asked | None = _snownlp if importlib.util.find_spec("snownlp") else None
