"""The embedded services in a process of their own: `python -m dqmtui.demo.web.server`.

It listens on the loopback interface only, writes one line of JSON with its addresses when it is ready, and
ends with its parent when that keeps its standard input (`--parent-pipe`).
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import socket
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Literal, NoReturn

import uvicorn
from starlette.middleware import Middleware

from dqmtui.demo.cms.growing import GrowingWorld, Growth
from dqmtui.demo.cms.recorded import RecordingError
from dqmtui.demo.cms.world import build_world
from dqmtui.demo.process import REFUSED_STATUS
from dqmtui.demo.run_registry_web import REGISTRY_PATH
from dqmtui.demo.web.app import REALM_PATH, REFERENCE_RUNS_PATH, create_app
from dqmtui.demo.web.cost import RealCost
from dqmtui.demo.web.oms import API_PATH
from dqmtui.demo.web.sign_in import DEMO_CLIENT_ID, DEMO_CLIENT_SECRET, DEMO_PERSON, DEVICE_INTERVAL_S, SignIn
from dqmtui.demo.web.tokens import DEFAULT_LIFETIME_S, DIALS_AUDIENCE, Issuer

if TYPE_CHECKING:
    import asyncio
    from collections.abc import Sequence
    from types import FrameType

    from dqmtui.demo.cms.world import World
    from dqmtui.demo.web.faults_spec import FaultSpec

HOST = "127.0.0.1"
LOOPBACK_HOSTS = frozenset({HOST, "localhost"})
PARENT_TOKEN_LIFETIME_S = 30 * 24 * 3600
"""Lifetime of the ready-made token, which nobody renews."""
KEEP_ALIVE_S = 75
FAULTS_VARIABLE = "DQMTUI_DEMO_FAULTS"


def _arguments(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m dqmtui.demo.web.server", description=__doc__)
    parser.add_argument("--host", default=HOST, help="must be a loopback address")
    parser.add_argument("--port", type=int, default=0, help="0: any free port")
    parser.add_argument("--oms-data", type=Path, help="recorded OMS lumisections to build the runs around")
    parser.add_argument("--oms-rates", type=Path, help="recorded OMS trigger rates, likewise")
    parser.add_argument("--token-lifetime", type=int, default=DEFAULT_LIFETIME_S, metavar="S")
    parser.add_argument(
        "--auto-approve", type=float, metavar="S", help="approve device sign-ins after S seconds"
    )
    parser.add_argument("--device-interval", type=float, default=DEVICE_INTERVAL_S, metavar="S")
    parser.add_argument("--cost", choices=("none", "real"), default="none")
    parser.add_argument(
        "--faults", metavar="SPEC", help=f"misbehave, such as 500=0.05,mix=0.2; default: ${FAULTS_VARIABLE}"
    )
    parser.add_argument(
        "--growing", action="store_true", help="let one run gain lumisections as time goes by"
    )
    parser.add_argument("--parent-pipe", action="store_true", help="end when standard input does")
    parser.add_argument("--cache-dir", type=Path, metavar="DIR", help="of the parent: removed at the end")
    options = parser.parse_args(arguments)
    if options.host not in LOOPBACK_HOSTS:
        parser.error(f"the embedded services listen on {HOST} only, not on {options.host}")
    return options


def _faults(typed: str | None) -> FaultSpec | None:
    """Read what was typed, else the environment; ends the process with a sentence for what makes no sense."""
    given, source = (
        (typed, "--faults") if typed is not None else (os.getenv(FAULTS_VARIABLE), FAULTS_VARIABLE)
    )
    if not given:
        return None
    from dqmtui.demo.web.faults_spec import FaultSpecError, parse_faults  # noqa: PLC0415 - for those who ask

    try:
        return parse_faults(given) or None
    except FaultSpecError as error:
        _refuse(f"{source}: {error}")


def _refuse(what: str) -> NoReturn:
    """End the process with the sentence and the status that say that what was asked for is wrong."""
    sys.stderr.write(f"{what}\n")
    raise SystemExit(REFUSED_STATUS)


def _misbehaving(faults: FaultSpec) -> tuple[Middleware, type[asyncio.Protocol]]:
    """Give the layer that does these faults, and the protocol that lets it."""
    from dqmtui.demo.web.faults import Faults  # noqa: PLC0415 - as above
    from dqmtui.demo.web.faults_cut import ResettableProtocol  # noqa: PLC0415 - as above

    return Middleware(Faults, faults), ResettableProtocol


def _end(_signal: int, _frame: FrameType | None) -> None:
    raise SystemExit(0)


def _end_with_parent(cache: Path | None) -> None:
    """Wait for the end of standard input, which comes when the parent closes it or dies in any way."""
    while os.read(sys.stdin.fileno(), 4096):
        pass
    _remove(cache)
    # At once: nobody is left to read a reply, and the parent may be waiting to end, too.
    os._exit(0)


def _remove(cache: Path | None) -> None:
    """Remove the parent's directory, as the parent does as well unless it was killed."""
    if cache is not None:
        shutil.rmtree(cache, ignore_errors=True)


def _announce(port: int, token: str) -> None:
    base = f"http://{HOST}:{port}"
    ready = {
        "port": port,
        "dials_url": f"{base}/",
        "oms_url": f"{base}{API_PATH}",
        "auth_url": f"{base}{REALM_PATH.partition('realms')[0]}",
        "certhelper_url": f"{base}{REFERENCE_RUNS_PATH}",
        "rr_url": f"{base}{REGISTRY_PATH}",
        "token": token,
        "client_id": DEMO_CLIENT_ID,
        "client_secret": DEMO_CLIENT_SECRET,
    }
    sys.stdout.write(json.dumps(ready) + "\n")
    sys.stdout.flush()


class _Server(uvicorn.Server):
    """Announces itself as soon as it accepts connections."""

    def __init__(self, config: uvicorn.Config, port: int, token: str) -> None:
        super().__init__(config)
        self._port = port
        self._token = token

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start listening, then say where."""
        await super().startup(sockets)
        _announce(self._port, self._token)


def main(arguments: Sequence[str] | None = None) -> None:
    """Serve until SIGTERM, SIGINT or, with --parent-pipe, the end of standard input."""
    options = _arguments(arguments)
    # Around its own run uvicorn replaces these handlers, shuts down in order, and then calls them.
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end)
    if options.parent_pipe:
        threading.Thread(target=_end_with_parent, args=(options.cache_dir,), daemon=True).start()
    try:
        _serve(options)
    finally:
        _remove(options.cache_dir)


def _serve(options: argparse.Namespace) -> None:
    faults = _faults(options.faults)
    # With the protocol named, asyncio switches off Nagle's algorithm, which would cost 40 ms a reply.
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM, socket.IPPROTO_TCP) as listener:
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            listener.bind((HOST, options.port))
        except (OSError, OverflowError) as error:
            raise SystemExit(f"cannot listen on {HOST}:{options.port}: {error}") from error
        world = _world(options)
        issuer = Issuer(lifetime_s=options.token_lifetime)
        sign_in = SignIn(issuer, options.auto_approve, options.device_interval)
        layers = [Middleware(RealCost)] if options.cost == "real" else []
        protocol: type[asyncio.Protocol] | Literal["h11"] = "h11"
        if faults is not None:
            # Outermost, so that a spoiled reply has cost what a good one costs.
            layer, protocol = _misbehaving(faults)
            layers.insert(0, layer)
        config = uvicorn.Config(
            create_app(world, sign_in, layers),
            loop="asyncio",
            http=protocol,
            ws="none",
            lifespan="off",
            log_config=None,
            log_level="error",
            access_log=False,
            server_header=False,
            timeout_keep_alive=KEEP_ALIVE_S,
            timeout_graceful_shutdown=1,
        )
        person = {**DEMO_PERSON, "azp": DEMO_CLIENT_ID}
        token = issuer.mint(person, audience=DIALS_AUDIENCE, lifetime_s=PARENT_TOKEN_LIFETIME_S)
        _Server(config, listener.getsockname()[1], token).run([listener])


def _world(options: argparse.Namespace) -> World:
    """Build the runs; ends the process with a sentence that names the option and its file."""
    if options.growing:
        if options.oms_data is not None:
            _refuse(f"--growing: the runs of --oms-data {options.oms_data} stay as they were recorded")
        return GrowingWorld(Growth())
    try:
        return build_world(options.oms_data, options.oms_rates)
    except RecordingError as error:
        option = "--oms-data" if error.file == options.oms_data else "--oms-rates"
        _refuse(f"{option} {error}")


if __name__ == "__main__":
    main()
