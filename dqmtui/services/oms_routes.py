"""The two routes to OMS, through the proxy of DIALS and directly, and going on over the other one."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, TypeVar

from dqmtui.services import dials_grammar
from dqmtui.services.errors import (
    BadRequest,
    Forbidden,
    NotFound,
    NotLoggedIn,
    ServiceDown,
    ServiceError,
    WrongAddress,
)

if TYPE_CHECKING:
    from collections.abc import Callable

    from dqmtui.services.tokens import TokenSource
    from dqmtui.services.transport import Channel, Transport

    Params = list[tuple[str, str]]
    Decode = Callable[[object], "T"]

T = TypeVar("T")

PRODUCTION_URL = "https://cmsoms.cern.ch/agg/api/v1"
DIALS_URL = "https://cmsdials-api.web.cern.ch/"


@dataclass(frozen=True, slots=True)
class ProxyRoute:
    """OMS through DIALS, with the login of DIALS."""

    base_url: str = DIALS_URL

    def channel(self, transport: Transport, tokens: TokenSource) -> Channel:
        """Return the channel that carries the requests: they count as requests to both services."""
        address = f"{self.base_url.rstrip('/')}/{dials_grammar.API_PATH}"
        return transport.channel("OMS", address, tokens, through="DIALS")

    def address(self, resource: str, params: Params) -> tuple[str, Params]:
        """Return path and parameters of a request for a resource."""
        return dials_grammar.OMS_PROXY, [("endpoint", resource), *params]


@dataclass(frozen=True, slots=True)
class DirectRoute:
    """OMS itself, with a login of OMS."""

    base_url: str = PRODUCTION_URL

    def channel(self, transport: Transport, tokens: TokenSource) -> Channel:
        """Return the channel that carries the requests."""
        return transport.channel("OMS", self.base_url, tokens)

    def address(self, resource: str, params: Params) -> tuple[str, Params]:
        """Return path and parameters of a request for a resource."""
        return resource, params


Route: TypeAlias = ProxyRoute | DirectRoute


@dataclass(frozen=True, slots=True)
class Way:
    """A route with the channel that carries its requests; with ``asks_person`` its login is a person's."""

    route: Route
    channel: Channel
    asks_person: bool = False

    @classmethod
    def over(
        cls, route: Route, transport: Transport, tokens: TokenSource, *, asks_person: bool = False
    ) -> Way:
        """Return the way over a route with a login."""
        return cls(route, route.channel(transport, tokens), asks_person)

    @property
    def name(self) -> str:
        """What the way is called in a sentence."""
        return "OMS through DIALS" if isinstance(self.route, ProxyRoute) else "OMS directly"

    async def get(self, resource: str, params: Params, decode: Decode[T], attempts: int | None = None) -> T:
        """Return the decoded reply; raise ServiceError."""
        path, sent = self.route.address(resource, params)
        return (await self.channel.get(path, sent, decode=decode, attempts=attempts)).value

    def is_closed_by(self, error: ServiceError) -> bool:
        """Whether an error says that this way cannot be used, rather than something about the question.

        A way that is not found is one of DIALS without a proxy; a resource that is not found is none. A login
        that the person can renew is asked for, and never a reason to go another way.
        """
        if isinstance(error, NotFound | WrongAddress):
            return isinstance(self.route, ProxyRoute)
        if isinstance(error, NotLoggedIn):
            return not self.asks_person
        return isinstance(error, Forbidden | ServiceDown)


class Ways:
    """The way that was chosen and, where there is one, another to go on with once that cannot be used.

    The other way is taken for good as soon as it has answered what the chosen one could not, which ``tell``
    is told in a sentence. As long as it has not, the errors are those of the chosen way.
    """

    def __init__(
        self, chosen: Way, instead: Way | None = None, tell: Callable[[str], None] = lambda _: None
    ) -> None:
        self.now = chosen
        self._instead = instead
        self._tell = tell

    async def get(self, resource: str, params: Params, decode: Decode[T], attempts: int | None = None) -> T:
        """Return the decoded reply; raise ServiceError."""
        way = self.now
        try:
            return await way.get(resource, params, decode, attempts)
        except ServiceError as error:
            refusal = error
        instead = self._instead
        if instead is None or instead is way or not way.is_closed_by(refusal):
            raise refusal
        try:
            value = await instead.get(resource, params, decode, attempts)
        except ServiceError as error:
            # That the question is wrong is said better by who could be asked.
            failure = refusal if instead.is_closed_by(error) or not _is_about(error) else error
        else:
            self._go_on(instead, refusal)
            return value
        raise failure

    def _go_on(self, instead: Way, refusal: ServiceError) -> None:
        """Go on over the other way; of several requests that get there at once, one says so."""
        if self.now is instead:
            return
        left, self.now = self.now, instead
        self._tell(f"{left.name} cannot be used: {refusal.message} Asking {instead.name} from now on.")


def _is_about(error: ServiceError) -> bool:
    """Whether an error is about what was asked for."""
    return isinstance(error, BadRequest | NotFound)
