"""The process in which the Run Registry's own client works: a request from standard input, one reply.

The client prints, waits for minutes, reads `.env` of the working directory and knows no cancelling; here it
may. What it prints of the progress of a JSON is passed on, a line each; the last line is the reply.
"""

from __future__ import annotations

import json
import os
import re
import sys
from typing import Any, TextIO
from urllib.parse import urlsplit

TIMEOUT_S = 60
WAIT_S, LOCAL_WAIT_S = 5.0, 0.1
"""Between two looks at a JSON that is being made."""

LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})
CALLS = ("get_joint_lumisection_ranges", "get_dataset_names_of_run", "create_json")

_PERCENT = re.compile(r"progress creating json: *([0-9.]+)")


def target_of(url: str) -> str:
    """Give what the client calls the Run Registry at an address."""
    host = urlsplit(url).hostname or ""
    if host in LOOPBACK:
        return "local"
    return "development" if host.startswith("dev-") else "production"


def main() -> None:
    """Do what is asked, and write what came of it: a value, or `kind` and `trouble`."""
    output = os.fdopen(os.dup(1), "w", encoding="ascii")
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, 1)
    os.dup2(nowhere, 2)
    try:
        request = json.loads(sys.stdin.read())
        reply = {"value": _answer(request, output)}
    except ImportError as error:
        reply = {"kind": "missing", "trouble": error.name or "runregistry"}
    except Exception as error:  # noqa: BLE001 - whatever the client and what it stands on raise is told
        reply = {"kind": _kind(error), "trouble": _trouble(error)}
    with output:
        json.dump(reply, output)
        output.write("\n")


class NoApplicationError(Exception):
    """There is no application that could log in."""


def _answer(request: dict[str, Any], output: TextIO) -> Any:
    url = str(request["url"]).rstrip("/")
    # its import fails for other words in this variable
    os.environ["ENVIRONMENT"] = target_of(url)
    from runregistry import runregistry  # noqa: PLC0415 - only now does standard output lead nowhere

    runregistry.api_url = url
    runregistry.REQUESTS_TIMEOUT = TIMEOUT_S
    is_local = target_of(url) == "local"
    runregistry.JSON_CREATION_SLEEP_TIME = LOCAL_WAIT_S if is_local else WAIT_S
    if not is_local and not (runregistry.client_id and runregistry.client_secret):
        raise NoApplicationError("no application")
    call = request["call"]
    if call not in CALLS:
        raise ValueError(f"{call} is not asked of the Run Registry")
    sys.stdout = _Progress(output)  # the text stream that `print` of the client writes to
    return getattr(runregistry, call)(**request["arguments"])


class _Progress:
    """A stream that passes on how far a JSON is, and nothing else."""

    def __init__(self, output: TextIO) -> None:
        self._output = output

    def write(self, text: str) -> int:
        """Pass on a number."""
        found = _PERCENT.search(text)
        if found is not None:
            json.dump({"progress": found[1]}, self._output)
            self._output.write("\n")
            self._output.flush()
        return len(text)

    def flush(self) -> None:
        """Do nothing: what is passed on is on its way."""


def _kind(error: Exception) -> str:
    """Tell what went wrong by the class of the error: its modules need not be there to be named."""
    names = {one.__name__ for one in type(error).__mro__}
    if isinstance(error, NoApplicationError) or "getting token" in str(error):
        return "login"
    if "JSONDecodeError" in names:
        return "reply"
    return "down" if "RequestException" in names else "refused"


def _trouble(error: Exception) -> str:
    """Give words for an error; those of the HTTP library are long, and the class says as much."""
    words = " ".join(str(error).split())
    return words if words and _kind(error) == "refused" else type(error).__name__


if __name__ == "__main__":
    main()
