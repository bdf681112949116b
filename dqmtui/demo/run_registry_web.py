"""The embedded Run Registry: the requests that its own client makes to read, and no others."""

from __future__ import annotations

import json
from itertools import count
from typing import TYPE_CHECKING, Any

from starlette.concurrency import run_in_threadpool
from starlette.routing import Route

from dqmtui.demo import run_registry
from dqmtui.demo.web.replies import json_reply
from dqmtui.model.json_logic import JsonLogicError

if TYPE_CHECKING:
    from starlette.requests import Request
    from starlette.responses import Response

    from dqmtui.demo.cms.world import World

REGISTRY_PATH = "/rr"
MOST_JOBS = 50
ACCEPTED = 202


def registry_routes(world: World) -> list[Route]:
    """Give the endpoints; a JSON is asked for, and is there when it is asked for a second time."""
    jobs: dict[int, tuple[object, str]] = {}
    asked: set[int] = set()
    numbers = count(1)

    def names(request: Request) -> Response:
        return json_reply(request, run_registry.datasets_of(world.now(), int(request.path_params["run"])))

    async def ranges(request: Request) -> Response:
        body = await _body(request)
        try:
            run, dataset = int(body["run_number"]), str(body["dataset_name"])
        except (KeyError, TypeError, ValueError):
            return json_reply(request, {"err": "run_number and dataset_name are needed"}, 400)
        found = await run_in_threadpool(run_registry.joint_ranges, world.now(), run, dataset)
        return json_reply(request, found)

    async def generate(request: Request) -> Response:
        body = await _body(request)
        try:
            rule, dataset = json.loads(body["json_logic"]), str(body["dataset_name_filter"])
        except (KeyError, TypeError, ValueError):
            return json_reply(request, {"err": "json_logic and dataset_name_filter are needed"}, 400)
        number = next(numbers)
        jobs[number] = (rule, dataset)
        jobs.pop(number - MOST_JOBS, None)
        asked.discard(number - MOST_JOBS)
        return json_reply(request, {"id": number})

    async def made(request: Request) -> Response:
        body = await _body(request)
        number = body.get("id_json")
        if not isinstance(number, int) or number not in jobs:
            return json_reply(request, {"err": "there is no such JSON"}, 404)
        rule, dataset = jobs[number]
        if number not in asked:
            asked.add(number)
            return json_reply(request, {"progress": 0.5}, ACCEPTED)
        try:
            content = await run_in_threadpool(run_registry.made_json, world.now(), rule, dataset)
        except JsonLogicError as error:
            return json_reply(request, {"err": str(error)}, 500)
        final = {
            "id": number,
            "dataset_name_filter": dataset,
            "json_logic": rule,
            "generated_json": content,
        }
        return json_reply(request, {"final_json": final})

    return [
        Route("/get_all_dataset_names_of_run/{run:int}", names),
        Route("/lumisections/joint_lumisection_ranges", ranges, methods=["POST"]),
        Route("/json_portal/generate", generate, methods=["POST"]),
        Route("/json_portal/json", made, methods=["POST"]),
    ]


async def _body(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(await request.body())
    except (ValueError, RecursionError):
        return {}
    return body if isinstance(body, dict) else {}
