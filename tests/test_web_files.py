"""The files of web/ over HTTP: the widget as one gzipped file, validators, and what is not given out."""

from __future__ import annotations

import gzip

import pytest

from tests.open_shop import OpenShop


def test_the_widget_is_one_file_for_any_page(shop: OpenShop) -> None:
    answer = shop.client.get("/web/widget.js", headers={"Accept-Encoding": "gzip"})
    assert answer.headers["content-encoding"] == "gzip"
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
    assert int(answer.headers["content-length"]) == len(gzip.compress(answer.content, 9, mtime=0)) <= 25 * 1024
    assert "customElements" in answer.text
    assert shop.client.get("/web/widget.js", headers={"Accept-Encoding": "identity"}).text == answer.text


def test_what_a_browser_has_already_is_not_sent_again(shop: OpenShop) -> None:
    for path in ("/web/widget.js", "/web/styles.js"):
        first = shop.client.get(path)
        again = shop.client.get(path, headers={"If-None-Match": first.headers["etag"]})
        assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
        assert again.headers["access-control-allow-origin"] == "*"


@pytest.mark.parametrize(
    "path", ["bundle.py", "__init__.py", "../pyproject.toml", "..%2fpyproject.toml", "tests/link.test.js", "", "nothing.js", "a%00.js"]
)
def test_only_what_pages_need_is_given_out(shop: OpenShop, path: str) -> None:
    assert shop.client.get(f"/web/{path}").status_code == 404
