"""The embedded services from their parent's side: start the process, learn its addresses, end it.

Only the standard library is imported here: a program that starts the services starts with this module.
"""

from __future__ import annotations

import contextlib
import json
import os
import selectors
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

READY_DEADLINE_S = 20.0
END_DEADLINE_S = 3.0
STDERR_TAIL_BYTES = 4000


REFUSED_STATUS = 64
"""What the child ends with when it can make nothing of its options or of the files they name."""


class DemoError(RuntimeError):
    """The embedded services did not start; the message holds what they wrote to standard error.

    `is_refusal` tells that it is what was asked of them that is wrong, which the message says.
    """

    def __init__(self, message: str, *, is_refusal: bool = False) -> None:
        super().__init__(message)
        self.is_refusal = is_refusal


class DemoServices:
    """One child process with the embedded services; it ends when `stop` is called and when its parent dies.

    `begin` returns at once and leaves the waiting to `wait_ready`; `start` does both. Once ready, these are
    set: `dials_url` (ends in "/", everything is below its api/v1/), `oms_url` (up to and with agg/api/v1),
    `auth_url` (Keycloak, ends in "/auth/"), `certhelper_url` (the list of reference runs), `rr_url` (the Run
    Registry), `token` (a bearer token for DIALS that does not run out), `client_id` and `client_secret` (an
    application that may ask for tokens).
    """

    port: int
    dials_url: str
    oms_url: str
    auth_url: str
    certhelper_url: str
    rr_url: str
    token: str
    client_id: str
    client_secret: str

    def __init__(self, arguments: Sequence[str] = ()) -> None:
        """Start the child with these options of `python -m dqmtui.demo.web.server`; raises OSError."""
        package_root = str(Path(__file__).resolve().parents[2])
        path = os.pathsep.join(filter(None, [package_root, os.environ.get("PYTHONPATH")]))
        self._ready = False
        self._line = b""
        self._stderr = tempfile.TemporaryFile()  # noqa: SIM115 - closed by stop
        # what is kept of these services is of no use once they are gone: their next address is another one
        self._cache = tempfile.TemporaryDirectory(prefix="dqmtui-demo-", ignore_cleanup_errors=True)
        self._child = subprocess.Popen(  # noqa: S603 - our own module, under our own interpreter
            # -P: a module of the working directory must not shadow one of ours.
            [sys.executable, "-P", "-m", "dqmtui.demo.web.server", *self._own_options(), *arguments],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._stderr,
            # One thread for linear algebra that is never used; starting more takes longer than all the rest.
            env={**os.environ, "PYTHONPATH": path, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"},
            # A session of its own: Ctrl-C and Ctrl-Z of the terminal are for the parent.
            start_new_session=True,
        )

    def _own_options(self) -> tuple[str, ...]:
        """Give the options that tie the child to this process: it also tidies up when we are killed."""
        return "--parent-pipe", "--cache-dir", self._cache.name

    @classmethod
    def begin(cls, arguments: Sequence[str] = ()) -> Self:
        """Start the child and return at once."""
        return cls(arguments)

    @classmethod
    def start(cls, arguments: Sequence[str] = (), *, deadline_s: float = READY_DEADLINE_S) -> Self:
        """Start the child and wait until it is ready; raises DemoError when it is not within the deadline."""
        return cls(arguments).wait_ready(deadline_s)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """Process id of the child."""
        return self._child.pid

    @property
    def running(self) -> bool:
        """Whether the child is alive."""
        return self._child.poll() is None

    def wait_ready(self, deadline_s: float = READY_DEADLINE_S) -> Self:
        """Wait for the child's addresses; without them in time it ends the child and raises DemoError."""
        if not self._ready:
            until = time.monotonic() + deadline_s
            while not self._line.endswith(b"\n"):
                if not self._read_more(until - time.monotonic()):
                    status = self._child.poll()
                    how = f"are not ready after {deadline_s:g} s" if status is None else f"ended ({status})"
                    raise self._failure(f"the embedded services {how}")
            try:
                vars(self).update(json.loads(self._line))
            except ValueError as error:
                raise self._failure("the embedded services did not say where they are") from error
            self._ready = True
        return self

    def environment(self) -> dict[str, str]:
        """Environment that points this program, and any client that reads these names, at the services.

        The cache of the program is a directory that ends with the services, unless one was named already.
        """
        return {
            "DQMTUI_CACHE_DIR": os.environ.get("DQMTUI_CACHE_DIR") or self._cache.name,
            "DQMTUI_DIALS_URL": self.dials_url,
            "DQMTUI_OMS_URL": self.oms_url,
            "DQMTUI_AUTH_URL": self.auth_url,
            "DQMTUI_CERTHELPER_URL": self.certhelper_url,
            "DQMTUI_RR_URL": self.rr_url,
            "DQMTUI_DIALS_TOKEN": self.token,
            "API_CLIENT_ID": self.client_id,
            "API_CLIENT_SECRET": self.client_secret,
        }

    def own_environment(self) -> dict[str, str]:
        """Environment that points this program at the services with a login that can be renewed."""
        environment = self.environment()
        del environment["DQMTUI_DIALS_TOKEN"]
        login = {"DQMTUI_CLIENT_ID": self.client_id, "DQMTUI_CLIENT_SECRET": self.client_secret}
        return {**environment, **login}

    def stop(self) -> None:
        """End the child and wait for it; a `wait_ready` in another thread fails. A repeat does nothing."""
        # The end of its standard input ends the child. Our end of its output stays open until it is gone, so
        # that a thread that waits for its addresses sees that end and not a pipe that vanished.
        if self._child.stdin is not None:
            self._child.stdin.close()
        try:
            self._child.wait(END_DEADLINE_S)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()
        if self._child.stdout is not None:
            self._child.stdout.close()
        self._stderr.close()
        self._cache.cleanup()

    def _read_more(self, timeout_s: float) -> bool:
        """Read what the child writes next; False at its end or when the time is up."""
        output = self._child.stdout
        if output is None or output.closed or timeout_s <= 0:
            return False
        with selectors.DefaultSelector() as selector:
            selector.register(output, selectors.EVENT_READ)
            if not selector.select(timeout_s):
                return False
        try:
            more = os.read(output.fileno(), 65536)
        except ValueError:
            more = b""  # closed by `stop` in another thread
        if not more:
            with contextlib.suppress(subprocess.TimeoutExpired):
                self._child.wait(END_DEADLINE_S)
        self._line += more
        return bool(more)

    def _failure(self, what: str) -> DemoError:
        said = ""
        if not self._stderr.closed:
            self._stderr.seek(0)
            said = self._stderr.read()[-STDERR_TAIL_BYTES:].decode("utf-8", "replace").strip()
        is_refusal = self._child.poll() == REFUSED_STATUS
        self.stop()
        if is_refusal and said:
            return DemoError(said, is_refusal=True)
        return DemoError(f"{what}: {said}" if said else what)
