"""Text ↔ token ids of one model, and where its texts end.

Reads tokenizer.json and tokenizer_config.json as they are; transformers is asked only for a model that has no tokenizer.json.
Invariant: the content of a message is data: its text can never become one of the template's special tokens, because it is encoded by a
tokenizer that has none.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tokenizers import Tokenizer

from chatbot.engine import ChatMessage
from chatbot.engines.chat_template import ChatTemplate
from chatbot.errors import EngineError, EngineUnavailable

_MARK = "\ue000{}\ue001"  # stands for the content of message number {} while the template is rendered
_NAMES = ("bos_token", "eos_token", "unk_token", "pad_token", "sep_token", "cls_token", "mask_token")


@dataclass(frozen=True, slots=True)
class TokenFiles:
    """What a model folder says about its tokens. `names`: eos_token and its like, as texts."""

    tokenizer: Tokenizer
    template: str
    names: Mapping[str, str]


class Tokens:
    """`name` is the model's, for errors. May be used from any thread."""

    def __init__(self, name: str, files: TokenFiles, declared: Iterable[int]) -> None:
        self.name = name
        self._whole = files.tokenizer
        self._plain = without_special_tokens(files.tokenizer)
        self._template = ChatTemplate(files.template, files.names)
        special = {number for number, token in files.tokenizer.get_added_tokens_decoder().items() if token.special}
        usual = files.tokenizer.token_to_id(files.names["eos_token"]) if "eos_token" in files.names else None
        self.ends = frozenset({*declared, *special} | ({usual} if usual is not None else set()))
        if not self.ends:
            raise EngineUnavailable(f"{name}: has no token that ends a text; an instruction-tuned model is needed")
        self.end: int = min(self.ends) if usual is None else usual  # how an answer usually ends

    def encode(self, text: str) -> list[int]:
        """The ids of data; `<|im_start|>` in it becomes several ordinary tokens."""
        ids: list[int] = self._plain.encode(text, add_special_tokens=False).ids
        return ids

    def decode(self, ids: Sequence[int]) -> str:
        text: str = self._whole.decode(list(ids), skip_special_tokens=True)
        return text

    def pieces(self) -> list[bytes]:
        """The bytes that each token id stands for, in a text; empty for special tokens and for ids without a token."""
        whole = self._whole
        special = {number for number, token in whole.get_added_tokens_decoder().items() if token.special}
        names = {number: name for name, number in whole.get_vocab().items() if number not in special}
        spelt = _byte_level if "ByteLevel" in str(whole.decoder) else _sentence_piece
        return [spelt(names[number]) if number in names else b"" for number in range(max(names, default=-1) + 1)]

    def prompt(self, messages: Sequence[ChatMessage]) -> list[int]:
        """The ids of a conversation that waits for the assistant. Raises EngineError when the template refuses it."""
        ids: list[int] = []
        for number, part in enumerate(_split(self._render(tuple(message.role for message in messages)))):
            if number % 2:
                ids += self.encode(messages[int(part)].content)
            else:
                ids += self._whole.encode(part, add_special_tokens=False).ids
        return ids

    @functools.lru_cache(maxsize=64)  # noqa: B019 - one model per process, and rendering costs as much as a token
    def _render(self, roles: tuple[str, ...]) -> str:
        marked = [{"role": role, "content": _MARK.format(number)} for number, role in enumerate(roles)]
        try:
            text = self._template.render(marked)
        except Exception as error:  # templates raise what they like
            raise EngineError(f"{self.name}: its chat template refuses the roles {', '.join(roles)} ({error})") from error
        if missing := [role for number, role in enumerate(roles) if _MARK.format(number) not in text]:
            raise EngineError(f"{self.name}: its chat template leaves out the messages of {', '.join(missing)}")
        return text


@functools.cache
def _byte_alphabet() -> dict[int, int]:
    """The letters that stand for bytes in a byte-level vocabulary (Radford et al. 2019): printable ones for themselves, others from 256."""
    printable = [*range(33, 127), *range(161, 173), *range(174, 256)]
    others = [byte for byte in range(256) if byte not in printable]
    return {byte: byte for byte in printable} | {256 + place: byte for place, byte in enumerate(others)}


def _byte_level(name: str) -> bytes:
    try:
        return name.translate(_byte_alphabet()).encode("latin-1")
    except UnicodeEncodeError:  # an added token, which is written as it is
        return name.encode()


def _sentence_piece(name: str) -> bytes:
    if len(name) == 6 and name.startswith("<0x") and name.endswith(">"):
        return bytes([int(name[3:5], 16)])
    return name.replace("▁", " ").encode()


def read_tokens(folder: Path, config: Mapping[str, Any]) -> Tokens:
    """Raises EngineUnavailable when the folder has no chat template or a tokenizer that is not safe."""
    files = _files(folder) if (folder / "tokenizer.json").is_file() else _through_transformers(folder)
    if not files.template:
        raise EngineUnavailable(f"{folder}: has no chat template; an instruction-tuned model is needed")
    return Tokens(folder.name, files, _declared_ends(folder, config))


def _files(folder: Path) -> TokenFiles:
    about = _json(folder / "tokenizer_config.json") | _json(folder / "special_tokens_map.json")
    own = folder / "chat_template.jinja"
    template = own.read_text("utf-8") if own.is_file() else about.get("chat_template") or ""
    if isinstance(template, list):  # several, by name
        template = next((one["template"] for one in template if one["name"] == "default"), "")
    names = {name: text for name in _NAMES if (text := _text(about.get(name)))}
    return TokenFiles(Tokenizer.from_file(str(folder / "tokenizer.json")), template, names)


def _through_transformers(folder: Path) -> TokenFiles:
    from transformers import AutoTokenizer

    found: Any = AutoTokenizer.from_pretrained(folder, local_files_only=True)
    names = {name: text for name in _NAMES if (text := getattr(found, name, None))}
    return TokenFiles(found.backend_tokenizer, found.chat_template or "", names)


def _json(file: Path) -> dict[str, Any]:
    found = json.loads(file.read_text("utf-8")) if file.is_file() else {}
    if not isinstance(found, dict):
        raise EngineUnavailable(f"{file}: expected an object, got {type(found).__name__}")
    return found


def _text(token: Any) -> str:
    """A special token is written as its text or as an object with its text in `content`."""
    found = token.get("content") if isinstance(token, dict) else token
    return found if isinstance(found, str) else ""


def _declared_ends(folder: Path, config: Mapping[str, Any]) -> set[int]:
    given = [config.get("eos_token_id"), _json(folder / "generation_config.json").get("eos_token_id")]
    flat = [token for entry in given for token in (entry if isinstance(entry, list) else [entry])]
    return {token for token in flat if isinstance(token, int)}


def without_special_tokens(tokenizer: Tokenizer) -> Tokenizer:
    """A tokenizer of the same vocabulary that knows no added tokens. Raises EngineUnavailable if one can still come out of text."""
    description = json.loads(tokenizer.to_str())
    added = description["added_tokens"]
    description["added_tokens"] = []
    description["post_processor"] = None
    plain = Tokenizer.from_str(json.dumps(description))
    for token in added:
        if token["special"] and token["id"] in plain.encode(token["content"], add_special_tokens=False).ids:
            raise EngineUnavailable(f"the tokenizer turns the text {token['content']!r} into a special token; it cannot be used safely")
    return plain


def _split(rendered: str) -> list[str]:
    """Template, number of a message, template, number …, template."""
    parts: list[str] = []
    for piece in rendered.split("\ue000"):
        parts += piece.split("\ue001", 1)
    return parts
