"""Fixtures of the drawing tests."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from dqmtui.render.charset import ASCII, UTF8, Charset
from dqmtui.store.themes import available_themes, load_theme

if TYPE_CHECKING:
    from dqmtui.model.theme import Theme


@pytest.fixture(scope="session")
def theme() -> Theme:
    return load_theme(available_themes()["dqm-dark"])


@pytest.fixture(params=[UTF8, ASCII], ids=lambda charset: charset.name)
def charset(request: pytest.FixtureRequest) -> Charset:
    chosen: Charset = request.param
    return chosen
