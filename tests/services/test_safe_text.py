"""Text of servers is harmless before anybody sees it."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dqmtui.services.errors import BadReply
from dqmtui.services.safe_text import EXCERPT_LIMIT, safe_excerpt, safe_text, safe_url, without_secrets
from tests.services.conftest import SECRET


@given(st.text())
def test_safe_text_is_printable_and_leaves_printable_text_alone(text: str) -> None:
    safe = safe_text(text)
    assert safe.isprintable()
    assert (safe == text) == text.isprintable()


@given(st.text(), st.integers(0, 50))
def test_safe_text_keeps_to_its_limit(text: str, limit: int) -> None:
    assert len(safe_text(text, limit)) <= max(limit, 3)


@pytest.mark.parametrize(
    ("text", "safe"),
    [
        ("PixelPhase1/Tracks/charge_PXDisk_+1 [a] ü", "PixelPhase1/Tracks/charge_PXDisk_+1 [a] ü"),
        ("\x1b]0;title\x07", r"\x1b]0;title\x07"),
        ("a\r\nb", r"a\r\nb"),
        ("\x9b31m", r"\x9b31m"),
        ("abc\u202edcba", r"abc\u202edcba"),
        ("\u2028\u200f\ufeff", r"\u2028\u200f\ufeff"),
    ],
)
def test_what_a_terminal_obeys_is_escaped(text: str, safe: Any) -> None:
    assert safe_text(text) == safe


@given(st.binary(max_size=2000) | st.text(max_size=2000))
def test_an_excerpt_is_short_and_on_one_line(reply: Any) -> None:
    excerpt = safe_excerpt(reply)
    assert len(excerpt) <= EXCERPT_LIMIT
    assert excerpt.isprintable()


@pytest.mark.parametrize("place", [0, 150, 250, 290, 299, 5000])
def test_an_excerpt_never_holds_a_part_of_a_secret(place: Any) -> None:
    secret = "opaque-secret-of-the-person"
    excerpt = safe_excerpt("x" * place + secret, [secret])
    assert secret[:6] not in excerpt


@pytest.mark.parametrize(
    "text",
    [
        f"Bearer {SECRET}",
        f"bearer  {SECRET[:30]}",
        SECRET,
        f'{{"access_token": "{SECRET}"}}',
        "refresh_token=abc123&x=1",
        '"client_secret": "abc123"',
        "password: abc123",
    ],
)
def test_what_looks_like_a_secret_is_removed(text: str) -> None:
    cleaned = without_secrets(text)
    assert "[removed]" in cleaned
    assert "abc123" not in cleaned
    assert SECRET[:30] not in cleaned


@pytest.mark.parametrize(
    ("url", "safe"),
    [
        ("https://h.ch/api/?a=1&b=x%2By", "https://h.ch/api/?a=1&b=x%2By"),
        ("https://me:pass@h.ch:8443/a#b", "https://h.ch:8443/a"),
        ("https://[::1]:80/a", "https://[::1]:80/a"),
        ("https://h.ch/?next_token=abc&token=abc", "https://h.ch/?next_token=abc&token=[removed]"),
        ("https://h.ch/?client_secret=abc", "https://h.ch/?client_secret=[removed]"),
        ("https://[::1", "[not a URL]"),
        ("https://h.ch:port/", "[not a URL]"),
        ("https://h.ch/\x1b[31m", r"https://h.ch/\x1b[31m"),
    ],
)
def test_urls_keep_their_query_and_lose_their_secrets(url: str, safe: Any) -> None:
    assert safe_url(url) == safe


def test_an_error_is_safe_whatever_it_is_made_of() -> None:
    error = BadReply(
        f"bad \x1b[31m {SECRET}",
        service="DIALS",
        url=f"https://me:pass@h.ch/?access_token={SECRET}",
        status=200,
        excerpt=f"\x1b]52;c;aGk=\x07 Bearer {SECRET} " + "x" * 1000,
    )
    for text in (error.message, error.url, error.excerpt, str(error), repr(error), error.details()):
        assert text.isprintable()
        assert SECRET not in text
        assert "pass@" not in text
    assert len(error.excerpt) == EXCERPT_LIMIT
    assert error.details().startswith("BadReply from DIALS; status 200; https://h.ch/")
