"""Whatever a server calls its things, its files lie in the cache, each in a place of its own."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import unquote

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dqmtui.store.cache_names import escaped, frame_path, normalised_url, service_part, unescaped
from tests.store.cached import KEY, URL, whole

if TYPE_CHECKING:
    from dqmtui.store.cache import Cache, ServiceCache

SAFE = set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-~+=,@%")
EVIL = [
    *("", ".", "..", "/", "../../etc/passwd", "a/../b", "\\", "~", "-rf", ".tmp-x"),
    *("a\0b", "\x1b[2J", "\n", "\u202e", "%2F", "%~"),
    *("x" * 300, "/" * 300, "\U0001f4a9" * 100),
]


@given(st.text(st.characters()))
def test_a_part_is_safe_and_short_and_never_hidden(name: str) -> None:
    part = escaped(name)
    assert set(part) <= SAFE
    assert 0 < len(part) <= 180
    assert not part.startswith(".")


@given(st.one_of(st.text(), st.sampled_from(EVIL)), st.one_of(st.text(), st.sampled_from(EVIL)))
def test_different_names_have_different_parts(one: str, other: str) -> None:
    assert (escaped(one) == escaped(other)) == (one == other)


@pytest.mark.parametrize("name", ["x" * 300, "/" * 300])
def test_long_names_that_begin_alike_have_different_parts(name: str) -> None:
    assert escaped(name) != escaped(name + "x")
    assert escaped(escaped(name)) != escaped(name)
    assert unescaped(escaped(name)).endswith("...")


@given(st.text(max_size=30))
def test_a_part_can_be_decoded_by_anybody(name: str) -> None:
    if name and len(escaped(name)) != 180:
        assert unquote(escaped(name)) == unescaped(escaped(name)) == name


def test_the_layout_can_be_read_by_a_person() -> None:
    assert str(frame_path("https://cmsdials-api.web.cern.ch", KEY)).split("/")[1:] == [
        "histograms",
        "tracker",
        "%2FZeroBias%2FRun2024E-PromptReco-v1%2FDQMIO",
        "381065",
        "PixelPhase1%2FTracks%2FPXBarrel%2Fcharge_PXLayer_1.parquet",
    ]
    assert service_part("https://cmsdials-api.web.cern.ch").startswith("cmsdials-api.web.cern.ch-")


@pytest.mark.parametrize("name", EVIL)
def test_evil_names_stay_inside_and_come_back(name: str, cache: Cache, dials: ServiceCache) -> None:
    key = replace(KEY, workspace=name, dataset=name, me=name)
    assert dials.keep_histograms(whole(key=key))
    assert dials.keep_answer(name, whole().coverage.fetched_at, name, name, name)
    frame = dials.histograms(key)
    assert frame is not None
    assert frame.key == key
    answer = dials.answer(name, name, name)
    assert answer is not None
    assert answer.value == name
    assert list(cache.directory.parent.iterdir()) == [cache.directory]
    assert cache.verify().sound == 2


@pytest.mark.parametrize(
    "url", ["https://CMSDIALS-api.web.cern.ch", "https://cmsdials-api.web.cern.ch:443/", f"{URL}/"]
)
def test_spellings_of_one_url_are_one_service(url: str) -> None:
    assert normalised_url(url) == normalised_url(URL)


@pytest.mark.parametrize(
    "url",
    [
        "http://cmsdials-api.web.cern.ch/",
        "https://127.0.0.1:8000/",
        "https://[::1]:80/",
        f"{URL}demo",
        f"{URL}Demo",
    ],
)
def test_services_never_mix(url: str, cache: Cache, dials: ServiceCache) -> None:
    dials.keep_histograms(whole())
    dials.keep_answer([1], whole().coverage.fetched_at, "runs")
    other = cache.of(url)
    assert other.histograms(KEY) is None
    assert other.answer("runs") is None
    other.keep_histograms(whole((7,)))
    kept = dials.histograms(KEY)
    assert kept is not None
    assert list(kept.present) == [1, 2, 5]


@pytest.mark.parametrize("url", ["", "no url", "https://", "https://h:x/"])
def test_what_is_no_url_is_no_service(url: str, cache: Cache) -> None:
    with pytest.raises(ValueError):
        cache.of(url)
