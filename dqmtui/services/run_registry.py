"""The Run Registry, read only, through its own client, which is an extra (`pip install 'dqmtui[rr]'`)."""

from __future__ import annotations

import asyncio
import json
import os
import sys
from contextlib import suppress
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

from dqmtui.model.run_registry import RegistryError, read_ranges
from dqmtui.services.errors import BadReply, BadRequest, NotLoggedIn, ServiceDown, ServiceError
from dqmtui.services.safe_text import safe_text, without_secrets

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from dqmtui.model.run_registry import RegistryRange

PRODUCTION_URL = "https://cmsrunregistry.web.cern.ch/api"

DEADLINE_S = 90.0
"""So long an answer may take, and so long a JSON that is being made may say nothing."""

LARGEST_BYTES = 64 << 20

_CHILD = "dqmtui.services.run_registry_child"
_NEEDED = ("runregistry", "cernrequests")
_LONGEST = 200
_PACKAGE_ROOT = str(Path(__file__).resolve().parents[2])


def is_installed() -> bool:
    """Return whether the client of the Run Registry is there."""
    return all(find_spec(name) is not None for name in _NEEDED)


class RunRegistry:
    """The Run Registry at an address; every method raises ServiceError.

    The client works in a process of its own, which ends with the request: what it prints goes nowhere, and
    cancelling really cancels. Its application is that of SSO_CLIENT_ID and SSO_CLIENT_SECRET, of the
    environment or of a `.env` in the working directory. An address on this machine needs none.
    """

    def __init__(
        self,
        url: str = PRODUCTION_URL,
        *,
        ca_bundle: Path | None = None,
        deadline_s: float = DEADLINE_S,
    ) -> None:
        self.url = url
        self._deadline_s = deadline_s
        self._environment = {} if ca_bundle is None else {"REQUESTS_CA_BUNDLE": str(ca_bundle)}

    async def datasets(self, run: int) -> list[str]:
        """Return the names of the datasets in which a run is certified."""
        reply = await self._ask("get_dataset_names_of_run", {"run_number": run})
        if not isinstance(reply, list) or not all(isinstance(name, str) for name in reply):
            raise self._bad("it is no list of names")
        return reply

    async def ranges(self, run: int, dataset: str) -> list[RegistryRange]:
        """Return what is said of the lumisections of a run in a dataset, by number."""
        arguments = {"run_number": run, "dataset_name": dataset}
        reply = await self._ask("get_joint_lumisection_ranges", arguments)
        try:
            return read_ranges(reply)
        except RegistryError as error:
            raise self._bad(str(error)) from error

    async def make_json(
        self, rule: object, dataset: str, progress: Callable[[str], None] = lambda _: None
    ) -> Mapping[str, Any]:
        """Let it make a certification JSON by a rule in JSON logic; `generated_json` has the ranges.

        `progress` gets how far it is, as the Run Registry says it.
        """
        arguments = {"json_logic": rule, "dataset_name_filter": dataset}
        reply = await self._ask("create_json", arguments, progress)
        if not isinstance(reply, dict) or not isinstance(reply.get("generated_json"), dict):
            raise self._bad("it has no generated_json")
        return reply

    async def _ask(
        self, call: str, arguments: Mapping[str, Any], progress: Callable[[str], None] = lambda _: None
    ) -> Any:
        if not is_installed():
            raise BadRequest(
                "The Run Registry's client is not installed. Install the extra: `pip install 'dqmtui[rr]'`.",
                service="Run Registry",
            )
        request = {"url": self.url, "call": call, "arguments": arguments}
        path = os.pathsep.join(filter(None, [_PACKAGE_ROOT, os.environ.get("PYTHONPATH")]))
        child = await asyncio.create_subprocess_exec(
            *(sys.executable, "-P", "-m", _CHILD),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.DEVNULL,
            env={**os.environ, **self._environment, "PYTHONPATH": path},
            start_new_session=True,
            limit=LARGEST_BYTES,
        )
        try:
            return await self._reply(child, request, progress)
        finally:
            with suppress(ProcessLookupError):
                child.kill()
            await child.wait()

    async def _reply(
        self,
        child: asyncio.subprocess.Process,
        request: Mapping[str, Any],
        progress: Callable[[str], None],
    ) -> Any:
        """Write the request, and read lines up to the reply."""
        if child.stdin is None or child.stdout is None:
            raise self._bad("its client could not be started")
        with suppress(BrokenPipeError, ConnectionResetError):
            child.stdin.write(json.dumps(request).encode())
            await child.stdin.drain()
        child.stdin.close()
        while True:
            try:
                async with asyncio.timeout(self._deadline_s):
                    line = await child.stdout.readline()
            except TimeoutError:
                within = f"{self._deadline_s:g} s"
                raise self._down(f"did not answer within {within}") from None
            except ValueError as error:
                raise self._bad(f"it is larger than {LARGEST_BYTES / 1e6:.0f} MB") from error
            try:
                said = json.loads(line)
            except ValueError as error:
                raise self._bad("its client ended without one") from error
            if "progress" in said:
                progress(safe_text(str(said["progress"]), _LONGEST))
            elif "value" in said:
                return said["value"]
            else:
                raise self._failure(str(said.get("kind")), str(said.get("trouble")))

    def _failure(self, kind: str, trouble: str) -> ServiceError:
        why = safe_text(without_secrets(trouble), _LONGEST).rstrip(".")
        match kind:
            case "missing":
                message = f"The Run Registry's client lacks {why}. Install `pip install 'dqmtui[rr]'` again."
                return BadRequest(message, service="Run Registry")
            case "login":
                message = (
                    "The Run Registry takes only applications, and this is none that it knows. Set "
                    "SSO_CLIENT_ID and SSO_CLIENT_SECRET, in the environment or a .env file."
                )
                return NotLoggedIn(message, service="Run Registry", url=self.url)
            case "down":
                return self._down(f"cannot be reached ({why})")
            case "reply":
                return self._bad("it is no JSON")
            case _:
                return BadRequest(f"The Run Registry refuses: {why}.", service="Run Registry", url=self.url)

    def _down(self, why: str) -> ServiceDown:
        message = f"The Run Registry {why}. Check your network and rr_url."
        return ServiceDown(message, service="Run Registry", url=self.url)

    def _bad(self, why: str) -> BadReply:
        message = f"The answer of the Run Registry makes no sense: {why}."
        return BadReply(message, service="Run Registry", url=self.url)
