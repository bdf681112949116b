"""The event loop's thread stays free while histograms come: what it does itself for a page is bounded.

Not the time is tested, which depends on the machine, but where the work is done and how much of it is done in
one go.
"""

from __future__ import annotations

import asyncio
import importlib
import sys
import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest

from dqmtui.model.histogram import HistogramStack
from dqmtui.model.keys import HistogramKey, RunKey
from dqmtui.review.histograms import LoadState
from dqmtui.review.session import connected
from dqmtui.services.histogram_decode import histogram_rows
from dqmtui.services.json_rows import parse_json
from dqmtui.services.oms_decode import columns, record_page
from dqmtui.services.transport_options import TransportOptions
from dqmtui.store.settings import load_settings

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from dqmtui.demo.process import DemoServices
    from dqmtui.model.histogram import StackRows
    from dqmtui.review.histograms import HistogramLoad

RUN = 379011
LONG_RUN = 381208
LARGEST_MAP = (
    "PixelPhase1/Phase1_MechanicalView/PXBarrel/"
    "clusters_per_SignedModuleCoord_per_SignedLadderCoord_PXLayer_4"
)
ONE_DIMENSIONAL = "PixelPhase1/Tracks/PXBarrel/charge_PXLayer_1"

MOST_BYTES_OF_A_PAGE = 1_300_000
"""Pages are cut to 1 MB by the size of the rows before them, which varies."""

MOST_BINS_IN_ONE_GO = MOST_BYTES_OF_A_PAGE // 2
"""Bins that a callback may take in: those of one page, whose JSON has a digit and a comma for each."""


@dataclass(slots=True)
class Work:
    """What was done, how large it was, and whether the loop's thread did it; in the order it was done."""

    loop_thread: int = field(default_factory=threading.get_ident)
    done: list[tuple[str, int, bool]] = field(default_factory=list)

    def note(self, what: str, size: int) -> None:
        self.done.append((what, size, threading.get_ident() == self.loop_thread))

    def of(self, what: str) -> list[tuple[int, bool]]:
        return [(size, in_loop) for name, size, in_loop in self.done if name == what]

    def watch(
        self, monkeypatch: pytest.MonkeyPatch, function: Callable[..., Any], size: Callable[..., int]
    ) -> None:
        """Note every call of a function, whichever module calls it; `size` is made of its arguments."""
        name = function.__name__

        def watched(*arguments: Any, **options: Any) -> Any:
            self.note(name, size(*arguments))
            return function(*arguments, **options)

        for module in [module for module in sys.modules if module.startswith("dqmtui.")]:
            if vars(sys.modules[module]).get(name) is function:
                monkeypatch.setattr(f"{module}.{name}", watched)


@pytest.fixture
def work(monkeypatch: pytest.MonkeyPatch) -> Work:
    """Everything that is done to the body of a reply."""
    # what the program imports late has to be there before it is watched
    importlib.import_module("dqmtui.services.http_engine")
    work = Work()
    work.watch(monkeypatch, parse_json, len)
    work.watch(monkeypatch, histogram_rows, lambda payload: len(payload["results"]))
    work.watch(monkeypatch, record_page, lambda payload: len(payload["data"]))
    work.watch(monkeypatch, columns, lambda _, records: len(records))
    return work


@pytest.fixture
def bins_by_callback(monkeypatch: pytest.MonkeyPatch) -> dict[int, int]:
    """Bins that were put into stacks, by the number of the loop's callback that did it."""
    callbacks = 0
    bins: dict[int, int] = {}
    run, fill = asyncio.Handle._run, HistogramStack.fill
    loop_thread = threading.get_ident()

    def counted_run(handle: asyncio.Handle) -> None:
        nonlocal callbacks
        # servers of other tests have loops in other threads
        if threading.get_ident() == loop_thread:
            callbacks += 1
        run(handle)

    def counted_fill(stack: HistogramStack, rows: StackRows) -> None:
        bins[callbacks] = bins.get(callbacks, 0) + rows.data.size
        fill(stack, rows)

    monkeypatch.setattr(asyncio.Handle, "_run", counted_run)
    monkeypatch.setattr(HistogramStack, "fill", counted_fill)
    return bins


async def loaded(demo: DemoServices, folder: Path, *names: str) -> list[HistogramLoad]:
    """Load elements of a run side by side as the program does, with nothing in its cache."""
    environ = {**demo.environment(), "DQMTUI_CACHE_DIR": str(folder)}
    async with connected(load_settings({}, environ)) as data:
        row = next(row for row in await data.find_run("tracker", RUN) if "ZeroBias" in row.dataset)
        elements = {element.me: element for element in await data.elements("tracker")}
        run = RunKey("tracker", row.dataset_id, RUN)
        loads = [
            data.histograms(HistogramKey(run, elements[name].me_id), elements[name], 200) for name in names
        ]
        for load in loads:
            await load.wait()
            assert load.state is LoadState.COMPLETE
        return loads


async def test_large_pages_are_parsed_and_decoded_in_another_thread(
    demo: DemoServices, tmp_path: Path, work: Work
) -> None:
    await loaded(demo, tmp_path, LARGEST_MAP, ONE_DIMENSIONAL)
    parsed = work.of("parse_json")
    large = [in_loop for size, in_loop in parsed if size > TransportOptions().inline_decode_bytes]
    assert len(large) > 10
    assert not any(large)
    pages = work.of("histogram_rows")
    assert sum(size for size, _ in pages) == 2 * 397
    assert not any(in_loop for _, in_loop in pages)


async def test_a_map_comes_in_many_small_pages(demo: DemoServices, tmp_path: Path, work: Work) -> None:
    await loaded(demo, tmp_path, LARGEST_MAP)
    sizes = [size for size, _ in work.of("parse_json")]
    assert sum(sizes) > 5 * MOST_BYTES_OF_A_PAGE
    assert max(sizes) <= MOST_BYTES_OF_A_PAGE


async def test_no_callback_takes_in_more_bins_than_a_page_has(
    demo: DemoServices, tmp_path: Path, bins_by_callback: dict[int, int]
) -> None:
    (load,) = await loaded(demo, tmp_path, LARGEST_MAP)
    stack = load.stack
    assert stack is not None
    assert sum(bins_by_callback.values()) == stack.data.size > 5 * MOST_BINS_IN_ONE_GO
    assert max(bins_by_callback.values()) <= MOST_BINS_IN_ONE_GO


async def test_what_the_cache_on_disk_has_is_taken_in_small_parts_too(
    demo: DemoServices, tmp_path: Path, work: Work, bins_by_callback: dict[int, int]
) -> None:
    await loaded(demo, tmp_path, LARGEST_MAP)
    came = len(work.of("histogram_rows"))
    bins_by_callback.clear()
    (load,) = await loaded(demo, tmp_path, LARGEST_MAP)
    stack = load.stack
    assert stack is not None
    assert len(work.of("histogram_rows")) == came
    assert sum(bins_by_callback.values()) == stack.data.size > 5 * MOST_BINS_IN_ONE_GO
    assert max(bins_by_callback.values()) <= MOST_BINS_IN_ONE_GO


async def test_stacks_are_filled_by_the_loops_thread_alone(
    demo: DemoServices, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    work, fill = Work(), HistogramStack.fill

    def noted(stack: HistogramStack, rows: StackRows) -> None:
        work.note("fill", rows.ls.size)
        fill(stack, rows)

    monkeypatch.setattr(HistogramStack, "fill", noted)
    await loaded(demo, tmp_path, LARGEST_MAP, ONE_DIMENSIONAL)
    filled = work.of("fill")
    assert sum(size for size, _ in filled) == 2 * 397
    assert all(in_loop for _, in_loop in filled)


async def test_the_conditions_of_a_long_run_are_decoded_in_another_thread(
    demo: DemoServices, tmp_path: Path, work: Work
) -> None:
    environ = {**demo.environment(), "DQMTUI_CACHE_DIR": str(tmp_path)}
    async with connected(load_settings({}, environ)) as data:
        assert (await data.conditions(LONG_RUN)).n_rows == 2391
    pages = [(size, in_loop) for size, in_loop in work.of("record_page") if size > 100]
    assert sum(size for size, _ in pages) == 2391
    assert work.of("columns") == [(2391, False)]
    assert not any(in_loop for _, in_loop in pages)
