"""What a picture shows, in words, by an image-captioning model of the transformers family (BLIP and its like); off unless one is named.

A caption is a guess of a model: it becomes a fact of the picture alone ("The picture shows …") and of nothing else. Pictures are files or
http(s) addresses, up to 20 MB and 40 megapixels. Greedy, so that the same picture gives the same words.
"""

from __future__ import annotations

import io
from pathlib import Path
from typing import Any

import httpx
import torch

from chatbot.errors import WeightsError

MOST_BYTES = 20 << 20
MOST_PIXELS = 40_000_000
_WORDS = 30
_SECONDS = 20.0


class Captioner:
    """Call it with a picture. The constructor loads the model, which blocks for seconds. Raises WeightsError when it cannot."""

    def __init__(self, name: str) -> None:
        """`name`: hub id, or the folder of a saved model with its processor."""
        try:
            import PIL  # noqa: F401
            from transformers import AutoModelForImageTextToText, AutoProcessor

            self._processor: Any = AutoProcessor.from_pretrained(name)
            self._model: Any = AutoModelForImageTextToText.from_pretrained(name).eval()
        except ImportError as error:
            raise WeightsError(f"--captioner: expected Pillow to be installed (pip install pillow), got none ({error})") from error
        except (OSError, ValueError, KeyError) as error:
            raise WeightsError(f"--captioner: expected an image-captioning model, got {name!r} ({error})") from error

    def __call__(self, picture: str) -> str:
        """The words. Raises ValueError, OSError for what is no picture that can be read."""
        image = opened(read_picture(picture))
        inputs = self._processor(images=image, return_tensors="pt")
        with torch.inference_mode():
            ids = self._model.generate(**inputs, max_new_tokens=_WORDS, do_sample=False)
        return " ".join(str(self._processor.batch_decode(ids, skip_special_tokens=True)[0]).split())


def opened(data: bytes) -> Any:
    """A picture in RGB. Raises ValueError."""
    from PIL import Image, UnidentifiedImageError

    try:
        image = Image.open(io.BytesIO(data))
        if image.width * image.height > MOST_PIXELS:
            raise ValueError(f"expected at most {MOST_PIXELS:,} pixels, got {image.width} x {image.height}")
        return image.convert("RGB")
    except (UnidentifiedImageError, Image.DecompressionBombError, OSError) as error:
        raise ValueError(f"expected a picture, got something else ({error})") from error


def read_picture(place: str) -> bytes:
    """The bytes at an address or in a file. Raises OSError, ValueError."""
    if not place.startswith(("http://", "https://")):
        path = Path(place)
        if path.stat().st_size > MOST_BYTES:
            raise ValueError(f"expected at most {MOST_BYTES >> 20} MB, got {path.stat().st_size >> 20}")
        return path.read_bytes()
    data = b""
    try:
        with httpx.stream("GET", place, timeout=_SECONDS, follow_redirects=True) as answer:
            answer.raise_for_status()
            for part in answer.iter_bytes():
                data += part
                if len(data) > MOST_BYTES:
                    raise ValueError(f"expected at most {MOST_BYTES >> 20} MB, got more")
    except httpx.HTTPError as error:
        raise OSError(f"{place[:200]}: {error or type(error).__name__}") from error
    return data
