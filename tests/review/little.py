"""A small DIALS, with OMS behind its proxy, whose content and misbehaviour a test writes."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, TypeVar

from dqmtui.model.keys import HistogramKey, MonitoringElement, RunKey
from dqmtui.review.datalayer import DataLayer
from dqmtui.review.kept import KeptAnswers
from dqmtui.review.loads import MEMORY_BUDGET
from dqmtui.services.dials import DialsClient
from dqmtui.services.oms import OmsClient, ProxyRoute
from dqmtui.services.tokens import FixedToken
from dqmtui.services.transport import Transport
from dqmtui.store.cache import Cache
from tests.services.web import Gate, Web, html_reply, json_reply, without_counts

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from datetime import datetime
    from pathlib import Path

    from starlette.requests import Request
    from starlette.responses import Response

WORKSPACE = "tracker"
ZERO_BIAS, EXPRESS = 11, 22
NAMES = {
    ZERO_BIAS: "/ZeroBias/Run2024E-PromptReco-v1/DQMIO",
    EXPRESS: "/StreamExpress/Run2024E-Express-v1/DQMIO",
}
RUN = RunKey(WORKSPACE, ZERO_BIAS, 381065)
CHARGE = MonitoringElement(5, "PixelPhase1/Tracks/charge_PXLayer_1", 1)
SIZE = MonitoringElement(6, "PixelPhase1/Tracks/size_PXLayer_1", 1)
MAP = MonitoringElement(7, "PixelPhase1/Phase1_MechanicalView/clusters_map", 2)
CHARGE_KEY, SIZE_KEY, MAP_KEY = (HistogramKey(RUN, element.me_id) for element in (CHARGE, SIZE, MAP))

T = TypeVar("T")
Rule = Callable[["Request"], "Response | Awaitable[Response] | None"]
Row = dict[str, Any]


def bins_of(ls: int) -> list[float]:
    """Bins that tell which LS they are of."""
    return [float(ls), 2.0 * ls, 0.0, 1.0]


def range_of(request: Request) -> tuple[int, int]:
    """The LS that a request for histograms asks for."""
    params = request.query_params
    return int(params["ls_number__gte"]), int(params["ls_number__lte"])


def is_of(request: Request, what: str) -> bool:
    """Whether a request asks for a list of DIALS, or for a resource of OMS."""
    return request.url.path.endswith(f"/{what}/") or request.query_params.get("endpoint") == what


def wants_bins(request: Request) -> bool:
    """Whether a list of histograms is to have their bins, rather than to say which there are."""
    return "data" in request.query_params.get("fields", "data").split(",")


@dataclass
class Little:
    """What the service holds and how it behaves.

    `web` is a server that is running, and from now on this service's; several may follow each other on it.
    `runs` are the LS of (dataset, run), `without` the LS in which an element has no row. A rule that gives a
    reply stands in place of the service's own one. `page_rows` is the service's largest page.
    """

    web: Web
    datasets: dict[int, str] = field(default_factory=lambda: dict(NAMES))
    runs: dict[tuple[int, int], list[int]] = field(
        default_factory=lambda: {(ZERO_BIAS, RUN.run): list(range(1, 1201))}
    )
    elements: tuple[MonitoringElement, ...] = (CHARGE, SIZE, MAP)
    without: dict[int, set[int]] = field(default_factory=dict)
    binnings: dict[int, tuple[float, float]] = field(default_factory=dict)
    files: list[Row] = field(default_factory=list)
    oms: dict[str, list[Row]] = field(default_factory=dict)
    page_rows: int = 500
    rule: Rule = field(default=lambda _: None)

    def __post_init__(self) -> None:
        self.web.handler = self._answer
        self.web.aside = without_counts

    # -- what was asked -----------------------------------------------------------------------------------

    def asked(self, what: str) -> list[Request]:
        return [request for request in self.web.requests if is_of(request, what)]

    def ranges(self, what: str = "th1") -> list[tuple[int, int]]:
        """The LS of the requests for histograms in the order they came, pages after the first left out."""
        return [range_of(each) for each in self.asked(what) if "next_token" not in each.query_params]

    # -- misbehaving --------------------------------------------------------------------------------------

    def fail(self, *what: str, status: int = 503) -> None:
        """Let requests for these, or all, fail."""
        self.rule = lambda request: (
            html_reply("broken", status) if not what or any(is_of(request, each) for each in what) else None
        )

    def refuse_login(self, *what: str) -> None:
        """Take the token for none any more in requests for these, or in all."""
        refusal = {"detail": "expired", "code": "access_token_expired"}
        self.rule = lambda request: (
            json_reply(refusal, 403) if not what or any(is_of(request, each) for each in what) else None
        )

    def mend(self) -> None:
        """Behave well from now on."""
        self.rule = lambda _: None

    # -- answering ----------------------------------------------------------------------------------------

    def _answer(self, request: Request) -> Response | Awaitable[Response]:
        return self.rule(request) or self.reply(request)

    def reply(self, request: Request) -> Response:
        """Answer as a service in good health."""
        match request.url.path.removeprefix("/api/v1/"):
            case "auth/workspaces/":
                return json_reply({"workspaces": [WORKSPACE, "ecal"]})
            case "auth/user-default-workspace/":
                return json_reply({"workspace": WORKSPACE})
            case "mes/":
                return json_reply([_element_row(element) for element in self.elements])
            case "oms-proxy/":
                return self._oms(request)
            case "th1/" | "th2/" as path:
                return self._histograms(request, is_map=path == "th2/")
            case path:
                return self._paged(request, self._rows(path, request), dict)

    def _rows(self, path: str, request: Request) -> list[Row]:
        of_run = [
            {"dataset_id": number, "dataset": self.datasets[number], "run_number": run}
            for number, run in sorted(self.runs)
        ]
        match path:
            case "dataset-index/":
                rows = [
                    {"dataset_id": number, "dataset": name} for number, name in sorted(self.datasets.items())
                ]
            case "file-index/":
                return self.files
            case "run/":
                rows = [{**row, "ls_count": len(self._ls(row))} for row in of_run]
            case "lumisection/":
                counts = {"th1_count": 2, "th2_count": 1}
                rows = [{**row, "ls_number": ls, **counts} for row in of_run for ls in self._ls(row)]
            case _:
                raise KeyError(path)
        for name in ("dataset_id", "run_number"):
            if name in request.query_params:
                rows = [row for row in rows if row[name] == int(request.query_params[name])]
        return rows

    def _ls(self, row: Row) -> list[int]:
        return self.runs[row["dataset_id"], row["run_number"]]

    def _histograms(self, request: Request, *, is_map: bool) -> Response:
        params = request.query_params
        me_id, key = int(params["me_id"]), (int(params["dataset_id"]), int(params["run_number"]))
        first, last = range_of(request)
        missing = self.without.get(me_id, set())
        numbers = [ls for ls in self.runs.get(key, []) if first <= ls <= last and ls not in missing]
        common = {"dataset_id": key[0], "run_number": key[1], "me_id": me_id, "file_id": 1}
        return self._paged(request, numbers, lambda ls: {**common, **self._histogram(ls, is_map=is_map)})

    def _histogram(self, ls: int, *, is_map: bool) -> Row:
        low, high = self.binnings.get(ls, (0.0, 4.0))
        bins = bins_of(ls)
        row: Row = {"ls_number": ls, "entries": 10 * ls, "x_min": low, "x_max": high}
        if is_map:
            return {**row, "x_bin": 2, "y_bin": 2, "y_min": 0.0, "y_max": 2.0, "data": [bins[:2], bins[2:]]}
        return {**row, "x_bin": 4, "data": bins}

    def _paged(self, request: Request, items: list[T], row: Callable[[T], Row]) -> Response:
        size = min(int(request.query_params["page_size"]), self.page_rows)
        start = int(request.query_params.get("next_token", "0"))
        end = start + size
        following = f"https://elsewhere/?next_token={end}" if end < len(items) else None
        return json_reply(
            {"next": following, "previous": None, "results": [row(item) for item in items[start:end]]}
        )

    def _oms(self, request: Request) -> Response:
        records = self.oms.get(request.query_params["endpoint"], [])
        for name, value in request.query_params.multi_items():
            if name.startswith("filter[run_number]"):
                runs = {int(number) for number in value.split(",")}
                records = [record for record in records if record.get("run_number") in runs]
        data = [
            {
                "id": str(index),
                "attributes": {name: value for name, value in record.items() if name != "units"},
                "meta": {"row": {name: {"units": unit} for name, unit in record.get("units", {}).items()}},
            }
            for index, record in enumerate(records)
        ]
        return json_reply({"data": data, "meta": {"totalResourceCount": len(data)}})


class Held:
    """Requests for these, or all, that are held back in the service until `open` is called.

    `waiting` counts those held back now, `left` those whose client did not wait.
    """

    def __init__(self, service: Little, *what: str, when: Callable[[Request], bool] = lambda _: True) -> None:
        self._service, self._what, self._when = service, what, when
        self._gate = Gate()
        self.waiting = self.left = 0
        service.rule = self._rule

    def _rule(self, request: Request) -> Awaitable[Response] | None:
        is_meant = not self._what or any(is_of(request, each) for each in self._what)
        return self._wait(request) if is_meant and self._when(request) else None

    async def _wait(self, request: Request) -> Response:
        reply = self._service.reply(request)
        self.waiting += 1
        try:
            await self._gate.passed()
        except asyncio.CancelledError:
            self.left += 1
            raise
        finally:
            self.waiting -= 1
        return reply

    def open(self) -> None:
        """Let go what was held, and hold nothing any more."""
        self._service.mend()
        self._gate.open()


def _element_row(element: MonitoringElement) -> Row:
    return {"me_id": element.me_id, "me": element.me, "dim": element.dim, "count": 1}


def oms_lumisections(numbers: list[int], run: int = RUN.run) -> list[Row]:
    """Records of OMS's `lumisections`."""
    return [
        {
            "run_number": run,
            "lumisection_number": ls,
            "beams_stable": ls > 1,
            "pileup": None if ls == 2 else 50.0,
        }
        for ls in numbers
    ]


def oms_rates(numbers: list[int], run: int = RUN.run) -> dict[str, list[Row]]:
    """Records of a ZeroBias path and its rates."""
    name = "HLT_ZeroBias_v11"
    return {
        "hltpathinfo": [{"run_number": run, "path_name": name}],
        "hltpathrates": [
            {
                "run_number": run,
                "path_name": name,
                "first_lumisection_number": ls,
                "last_lumisection_number": ls,
                "rate": 0.5 * ls,
                "counter": ls,
            }
            for ls in numbers
        ],
    }


async def _no_nap(_seconds: float) -> None:
    await asyncio.sleep(0)


def no_trouble(trouble: str) -> None:
    """Let a test fail that expects no trouble."""
    raise AssertionError(trouble)


def kept_in(cache: Path, little: Little, tell: Callable[[str], None]) -> KeptAnswers:
    """The part of the cache in a directory that belongs to a service."""
    part = Cache(cache, 100, tell).of(little.web.url)
    return KeptAnswers({"DIALS": part, "OMS": part})


@asynccontextmanager
async def layer_on(
    little: Little,
    *,
    with_oms: bool = True,
    memory_budget: int = MEMORY_BUDGET,
    cache: Path | None = None,
    tell: Callable[[str], None] = no_trouble,
    fall_back: Callable[[datetime], None] | None = None,
) -> AsyncIterator[DataLayer]:
    """A data layer on a service, which tries again without waiting; `cache` is a directory."""
    tokens = FixedToken("a-token")
    async with Transport(sleep=_no_nap) as transport:
        oms = OmsClient(transport, tokens, ProxyRoute(little.web.url)) if with_oms else None
        dials = DialsClient(transport, tokens, little.web.url)
        data = DataLayer(
            dials,
            oms,
            rate_path="HLT_ZeroBias",
            kept=None if cache is None else kept_in(cache, little, tell),
            fall_back=fall_back,
            memory_budget=memory_budget,
        )
        try:
            yield data
        finally:
            await data.close()
