"""The measurements of the loading benchmark, each in a process of its own.

`python -m tests.bench.loading_jobs NAME` does one of them on the services that the environment names and
prints its numbers as one line of JSON.
"""

from __future__ import annotations

import asyncio
import gc
import importlib
import json
import os
import resource
import statistics
import sys
import tempfile
import time
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dqmtui.model.keys import HistogramKey, RunKey
from dqmtui.review.datalayer import DataLayer
from dqmtui.review.review import Target
from dqmtui.review.session import connected
from dqmtui.services.dials import DialsClient
from dqmtui.services.tokens import FixedToken
from dqmtui.services.transport import Transport
from dqmtui.store.settings import load_settings
from tests.bench.loop_watch import watched_loop
from tests.bench.request_counts import counted_requests

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Sequence

    from dqmtui.model.keys import MonitoringElement
    from dqmtui.review.histograms import HistogramLoad

WORKSPACE = "tracker"
DATASET = "ZeroBias"
RUN = 381065
LONG_RUN = 381208
CURSOR = 400
REPEATS = {"one": 5, "many": 2}
N_ELEMENTS = 39
N_FIRST_PLOTS = {1: 12, 2: 12}
LOADS_AT_ONCE = 4
LOOKED_AT = {1: 30, 2: 4}
SIZE = (160, 45)
UNANSWERED_S = 0.5
"""So long the service may still work on requests that were cancelled."""

Numbers = dict[str, Any]


# -- services ------------------------------------------------------------------------------------------------


def environment_in(folder: str) -> dict[str, str]:
    """Give the environment with a folder, empty so far, for everything the program keeps."""
    names = ("DQMTUI_CACHE_DIR", "DQMTUI_STATE_DIR", "XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME")
    return {**os.environ, **{name: str(Path(folder, name.lower())) for name in names}}


@asynccontextmanager
async def session() -> AsyncIterator[DataLayer]:
    """Connect as the program does, with an empty cache on disk."""
    with tempfile.TemporaryDirectory() as folder:
        async with connected(load_settings({}, environment_in(folder))) as data:
            yield data


@asynccontextmanager
async def dials_client() -> AsyncIterator[DialsClient]:
    """Give a client without a cache; it has a connection before anything is timed."""
    async with Transport() as transport:
        token = FixedToken(os.environ["DQMTUI_DIALS_TOKEN"])
        dials = DialsClient(transport, token, os.environ["DQMTUI_DIALS_URL"])
        await dials.workspaces()
        yield dials


def fresh(dials: DialsClient) -> DataLayer:
    """Give a data layer that knows nothing yet."""
    return DataLayer(dials, None, rate_path="")


async def place_of(data: DataLayer, run: int = RUN) -> tuple[RunKey, tuple[MonitoringElement, ...]]:
    """Find a run in its first dataset, and list the elements."""
    row = (await data.find_run(WORKSPACE, run))[0]
    return RunKey(WORKSPACE, row.dataset_id, run), await data.elements(WORKSPACE)


def some(elements: Sequence[MonitoringElement], dim: int, n: int) -> list[MonitoringElement]:
    """Choose `n` elements of a dimension, spread over the list."""
    found = [element for element in elements if element.dim == dim]
    return found[:: len(found) // n][:n]


async def largest_maps(
    data: DataLayer, run: RunKey, elements: Sequence[MonitoringElement], n: int
) -> list[MonitoringElement]:
    """Choose the maps with the most bins."""
    sizes: dict[MonitoringElement, int] = {}
    for element in elements:
        if element.dim != 1:
            stack = await data.one_histogram(HistogramKey(run, element.me_id), element, CURSOR)
            sizes[element] = stack.data[0].size
    return sorted(sizes, key=lambda element: -sizes[element])[:n]


def loading(data: DataLayer, run: RunKey, element: MonitoringElement) -> HistogramLoad:
    """Begin to load an element."""
    return data.histograms(HistogramKey(run, element.me_id), element, CURSOR)


async def whole(loads: Sequence[HistogramLoad]) -> int:
    """Wait for loads; gives the number of rows that came."""
    for load in loads:
        await load.wait()
        assert load.error is None
    return sum(load.progress[0] for load in loads)


# -- the official client -------------------------------------------------------------------------------------


def official() -> Any:
    """Give the official client of 1D histograms."""
    cmsdials = importlib.import_module("cmsdials")

    class Credentials:
        @staticmethod
        def before_request(headers: dict[str, str]) -> None:
            headers["Authorization"] = f"Bearer {os.environ['DQMTUI_DIALS_TOKEN']}"

    return cmsdials.Dials(Credentials(), WORKSPACE, base_url=os.environ["DQMTUI_DIALS_URL"]).h1d


def ask_official(client: Any, run: RunKey, element: MonitoringElement, page_size: int | None) -> int:
    """Load an element as a notebook does; gives the number of rows."""
    filters = client.filter_class(
        dataset_id=run.dataset_id, run_number=run.run, me_id=element.me_id, page_size=page_size
    )
    return len(client.list_all(filters).results)


# -- how long things take ------------------------------------------------------------------------------------


async def timed(work: Callable[[], Awaitable[int]]) -> Numbers:
    """Do some work and give its time in ms, the rows it gave and the requests it took."""
    gc.collect()
    with counted_requests() as counts:
        began = time.perf_counter()
        rows = await work()
        took = 1e3 * (time.perf_counter() - began)
    return {"ms": took, "rows": rows, "requests": dict(counts)}


async def timed_in_turn(repeats: int, *works: Callable[[], Awaitable[int]]) -> Numbers:
    """Time some work, all of it again and again; gives medians, and fails unless all else is the same."""
    found: dict[str, list[Numbers]] = {work.__name__: [] for work in works}
    for _ in range(repeats):
        for work in works:
            found[work.__name__].append(await timed(work))
    summary = {}
    for name, each in found.items():
        times = [one.pop("ms") for one in each]
        assert all(one == each[0] for one in each)
        summary[name] = {"ms": statistics.median(times), "all_ms": times, **each[0]}
    return summary


async def one() -> Numbers:
    """One 1D element of the run: the official client, and ours with the list of LS and without."""
    client = official()
    async with dials_client() as dials:
        known = fresh(dials)
        run, elements = await place_of(known)
        element = some(elements, 1, 1)[0]

        async def as_it_comes() -> int:
            return ask_official(client, run, element, None)

        async def pages_of_500() -> int:
            return ask_official(client, run, element, 500)

        async def ours() -> int:
            return await whole([loading(fresh(dials), run, element)])

        async def ours_knowing_the_ls() -> int:
            return await whole([loading(known, run, element)])

        found: list[Numbers] = []
        for _ in range(REPEATS["one"]):
            known = fresh(dials)
            await known.lumisections(run)
            found.append(await timed_in_turn(1, as_it_comes, pages_of_500, ours, ours_knowing_the_ls))
    return {name: merged([each[name] for each in found]) for name in found[0]}


def merged(repeats: Sequence[Numbers]) -> Numbers:
    """Put repeats of one measurement together."""
    times = [each["ms"] for each in repeats]
    return {**repeats[0], "ms": statistics.median(times), "all_ms": times}


async def many() -> Numbers:
    """39 1D elements of the run: the official client one after the other, and ours."""
    client = official()
    async with dials_client() as dials:
        run, elements = await place_of(fresh(dials))
        chosen = some(elements, 1, N_ELEMENTS)

        async def pages_of_500() -> int:
            return sum(ask_official(client, run, element, 500) for element in chosen)

        async def ours() -> int:
            data = fresh(dials)
            return await whole([loading(data, run, element) for element in chosen])

        return await timed_in_turn(REPEATS["many"], pages_of_500, ours)


async def first_plot() -> Numbers:
    """The time from choosing an element to the histogram under the cursor, whose LS are known.

    `quiet_ms`: nothing else loads; `busy_ms`: another element was left a moment ago, before it had come.
    """
    found: Numbers = {}
    async with dials_client() as dials:
        for dim, n in N_FIRST_PLOTS.items():
            times: dict[str, list[float]] = {}
            for name, pause_s in (("quiet_ms", UNANSWERED_S), ("busy_ms", 0.0)):
                data = fresh(dials)
                run, elements = await place_of(data)
                await data.lumisections(run)
                times[name] = [
                    await first_plot_ms(data, run, element, pause_s) for element in some(elements, dim, n)
                ]
                await asyncio.sleep(UNANSWERED_S)
            found[f"{dim}d"] = {"ms": statistics.median(times["quiet_ms"]), **times}
    return found


async def first_plot_ms(data: DataLayer, run: RunKey, element: MonitoringElement, pause_s: float) -> float:
    """Choose an element after a pause, and leave it as soon as there is something to draw."""
    came = asyncio.Event()

    def look(load: HistogramLoad, _first: int, _last: int) -> None:
        if load.stack is not None and load.stack.histogram(CURSOR) is not None:
            came.set()

    await asyncio.sleep(pause_s)
    began = time.perf_counter()
    load = loading(data, run, element)
    load.listeners.add(look)
    await came.wait()
    took = 1e3 * (time.perf_counter() - began)
    load.cancel()
    return took


# -- how free the loop stays ---------------------------------------------------------------------------------


async def loop() -> Numbers:
    """The loop while the largest maps load, four at once, without a screen."""
    async with session() as data:
        run, elements = await place_of(data)
        chosen = await largest_maps(data, run, elements, LOADS_AT_ONCE)
        await data.lumisections(run)
        return await watched(lambda: [loading(data, run, element) for element in chosen])


async def screen() -> Numbers:
    """The loop of the whole program while it shows the largest map and four of them load at once."""
    from tests.tui.driving import review_app, settled

    with tempfile.TemporaryDirectory() as folder:
        target = Target(workspace=WORKSPACE, dataset=DATASET, run=RUN, ls=CURSOR)
        app = review_app(environment_in(folder), target)
        async with app.run_test(size=SIZE) as pilot:
            await settled(pilot)
            review = app.review_screen.review
            assert review is not None
            data, run = review.data, review.state.run
            assert run is not None
            first, *others = await largest_maps(data, run, review.elements, LOADS_AT_ONCE)

            def begin() -> list[HistogramLoad]:
                review.select_element(first)
                assert review.load is not None
                return [review.load, *(loading(data, run, element) for element in others)]

            return await watched(begin)


async def watched(begin: Callable[[], list[HistogramLoad]]) -> Numbers:
    """Watch the loop from the beginning of loads to their end."""
    objects = len(gc.get_objects())
    with watched_loop() as seen:
        began = time.perf_counter()
        rows = await whole(begin())
        took = time.perf_counter() - began
    return {"seconds": took, "rows": rows, "collectable_objects": objects, **seen.numbers()}


# -- memory --------------------------------------------------------------------------------------------------


async def memory() -> Numbers:
    """The elements of the longest run, one after the other as somebody looks at them."""
    importlib.import_module("dqmtui.tui.app")
    async with session() as data:
        run, elements = await place_of(data, LONG_RUN)
        maps = await largest_maps(data, run, elements, LOOKED_AT[2])
        ls = (await data.lumisections(run)).ls
        gc.collect()
        before = rss_mib()
        for element in (*some(elements, 1, LOOKED_AT[1]), *maps):
            load = loading(data, run, element)
            load.listeners.add(look_away)
            await whole([load])
            load.listeners.discard(look_away)
        return {
            "ls": int(ls.size),
            "before_mib": before,
            "growth_in_the_end_mib": rss_mib() - before,
            "growth_at_the_most_mib": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024 - before,
        }


def look_away(_load: HistogramLoad, _first: int, _last: int) -> None:
    """Listen to a load as the screen does, which keeps it in memory."""


def rss_mib() -> float:
    """Give the resident memory of this process."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * resource.getpagesize() / 2**20


JOBS = {job.__name__: job for job in (one, many, first_plot, loop, screen, memory)}


def main() -> None:
    """Do the job that is named."""
    sys.stdout.write(json.dumps(asyncio.run(JOBS[sys.argv[1]]())) + "\n")


if __name__ == "__main__":
    main()
