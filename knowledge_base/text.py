"""Text from outside made harmless and readable: invisible characters, chat-template tokens and HTML taken out.

What is left is what a person would have read. Nothing here judges the content: an order to the assistant hidden in a review stays
a sentence like any other.
"""

from __future__ import annotations

import re
import unicodedata

# Halves of characters, which no file or database can hold; zero-width and bidirectional marks, byte-order mark, soft hyphen,
# tags, fillers that show as nothing, selectors beyond those of emoji.
_INVISIBLE = re.compile(
    "[\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ufeff\uffa0\ufff0-\ufffb"
    "\ud800-\udfff"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff]"
)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")
_TEMPLATE = re.compile(
    r"<[|｜][^|｜<>\n]{1,40}[|｜]>|\[/?INST\]|<</?SYS>>|</?(?:s|think|tool_call|tool_response)>|<(?:start|end)_of_turn>|<(?:bos|eos|pad|unk)>",
    re.IGNORECASE,
)
_NESTED = 4
_MARKS = re.compile(r"[<>\[\]|｜]")
_BLOCK = frozenset(
    ["p", "div", "li", "ul", "ol", "br", "tr", "table", "h1", "h2", "h3", "h4", "h5", "h6", "section", "article", "blockquote", "dt", "dd"]
)
_LOOKS_LIKE_HTML = re.compile(r"<(?:/?[a-zA-Z][^<>]*|!--.*?--)>|&(?:[a-zA-Z]{2,8}|#\d{2,5});")


def clean_text(text: str) -> str:
    """NFC, without characters nobody can see and without the control tokens of chat templates; white space at the ends goes."""
    text = unicodedata.normalize("NFC", _CONTROL.sub(" ", _INVISIBLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))))
    for _ in range(_NESTED):  # "<|im_<|x|>start|>" must not reassemble
        if (cleaner := _TEMPLATE.sub(" ", text)) == text:
            return text.strip()
        text = cleaner
    return _MARKS.sub(" ", text).strip()  # deeper than any text a person wrote: leave nothing to build a token from


def html_to_text(html: str) -> str:
    """The words of an HTML fragment, a line per block and list item; plain text comes back as it is."""
    if not _LOOKS_LIKE_HTML.search(html):
        return clean_text(html)
    from bs4 import BeautifulSoup

    soup = BeautifulSoup(html, "html.parser")
    for element in soup(["script", "style", "template", "iframe", "object"]):
        element.decompose()
    for element in soup.find_all(True):
        if element.name in _BLOCK:
            element.insert_before("\n")
            element.append("\n")
        elif element.name in ("td", "th"):
            element.append(" ")
    lines = (" ".join(line.split()) for line in soup.get_text().splitlines())
    return clean_text("\n".join(line for line in lines if line))


def slug(text: str) -> str:
    """A short id from a title: "Otter Kettle (1.8 l)" → "otter-kettle-1-8-l"; Chinese stays as it is."""
    plain = unicodedata.normalize("NFKC", text).lower()
    return re.sub(r"[^\w]+", "-", plain).strip("-_")[:80] or "item"
