"""The histograms of a service that a test writes, and reading them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from dqmtui.model.keys import MonitoringElement
from tests.services import rows
from tests.services.web import html_reply, json_reply

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from dqmtui.services.dials import DialsClient
    from dqmtui.services.records import HistogramPage

ONE, TWO = MonitoringElement(3, "charge", 1), MonitoringElement(3, "map", 2)


class Table:
    """The th1 or th2 of a service: filtered and paged as asked, failing for a page with a bad LS."""

    def __init__(self, *table: Any, bad: Any = (), cap: Any = 500) -> None:
        self.table = sorted(table, key=lambda row: row["ls_number"])
        self.bad, self.cap = set(bad), cap

    def __call__(self, request: Request) -> Response:
        asked = request.query_params
        if request.url.path.endswith("dataset-index/"):
            return json_reply(rows.page([]))
        first = max(int(asked.get("ls_number__gte", 0)), int(asked.get("next_token", 0)))
        last = int(asked.get("ls_number__lte", 10**9))
        found = [row for row in self.table if first <= row["ls_number"] <= last]
        size = min(int(asked["page_size"]), self.cap)
        page, rest = found[:size], found[size:]
        if "data" in asked["fields"].split(",") and any(row["ls_number"] in self.bad for row in page):
            return html_reply("", 500)
        return json_reply(rows.page(page, str(rest[0]["ls_number"]) if rest else None))


async def pages_of(client: DialsClient, me: Any = ONE, **how: Any) -> list[HistogramPage]:
    pages = client.histogram_pages("tracker", rows.DATASET_ID, rows.RUN, me, **how)
    return [page async for page in pages]


def covered(pages: Any) -> list[tuple[int, int, bool]]:
    return [(page.first_ls, page.last_ls, page.complete) for page in pages]
