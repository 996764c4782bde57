"""What many test modules share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.open_shop import OpenShop, open_shop


@pytest.fixture(scope="session")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[OpenShop]:
    """One running server of a small shop for all tests that only ask it things."""
    with open_shop(tmp_path_factory.mktemp("shop")) as opened:
        yield opened
