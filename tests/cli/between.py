"""A server between dqmtui and the embedded services, which answers some requests itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import httpx
from starlette.responses import Response

from tests.services.web import html_reply, json_reply

if TYPE_CHECKING:
    from collections.abc import Callable

    from starlette.requests import Request

    from dqmtui.demo.process import DemoServices

MAINTENANCE = html_reply("<html>under maintenance</html>")


class InBetween:
    """A handler that passes requests on, but for those that `picks` picks: they get `answer`.

    With `edit`, they get what it makes of the JSON that the embedded services answered.
    """

    def __init__(
        self,
        demo: DemoServices,
        picks: Callable[[Request], bool],
        answer: Response = MAINTENANCE,
        *,
        edit: Callable[[Any], Any] | None = None,
    ) -> None:
        self._demo = demo
        self._picks = picks
        self._answer = answer
        self._edit = edit
        self.picked = 0

    def __call__(self, request: Request) -> Response:
        picked = self._picks(request)
        self.picked += picked
        if picked and self._edit is None:
            return self._answer
        url = f"{self._demo.dials_url.rstrip('/')}{request.url.path}?{request.url.query}"
        headers = {"Authorization": f"Bearer {self._demo.token}"}
        if "workspace" in request.headers:
            headers["Workspace"] = request.headers["workspace"]
        reply = httpx.get(url, headers=headers, timeout=60)
        if picked and self._edit is not None:
            return json_reply(self._edit(reply.json()))
        return Response(reply.content, reply.status_code, media_type=reply.headers["content-type"])
