"""The embedded OMS: JSON:API replies, answered directly or for the DIALS proxy by the same functions."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Lock
from typing import TYPE_CHECKING, Any
from urllib.parse import quote

from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from dqmtui.demo.web.oms_attributes import ATTRIBUTES
from dqmtui.demo.web.oms_query import (
    OmsError,
    Query,
    Record,
    Selection,
    api_type,
    check_fields,
    read_query,
    sort_records,
)
from dqmtui.demo.web.oms_records import RESOURCES, Resource
from dqmtui.demo.web.replies import html_reply, json_reply
from dqmtui.demo.web.tokens import OMS_AUDIENCE, Issuer, TokenRefusedError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from starlette.requests import Request

    from dqmtui.demo.cms.world import World

API_PATH = "/agg/api/v1"
Json = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Attribute:
    """What a resource's meta says of one attribute."""

    api_type: str
    units: str | None


@dataclass(frozen=True, slots=True)
class Answer:
    """Status and JSON body of one reply."""

    status: int
    body: Json


@dataclass(frozen=True, slots=True)
class Oms:
    """Answers requests from the world as it then is; the attributes of each resource are learned once."""

    world: World
    _attributes: dict[str, dict[str, Attribute]] = field(default_factory=dict)
    _learning: Lock = field(default_factory=Lock)

    def answer(self, path: str, parameters: Iterable[tuple[str, str]], host: str) -> Answer:
        """Answer for a path below the API ("runs", "runs/381065", "runs/meta") and decoded parameters."""
        try:
            return Answer(200, self._body(path.strip("/").split("/"), read_query(parameters), host))
        except OmsError as error:
            one = {"status": str(error.status), "title": error.title, "detail": error.detail}
            return Answer(error.status, {"errors": [one]})

    def attributes(self, resource: Resource) -> Mapping[str, Attribute]:
        """Attributes of a resource, over all granularities and runs."""
        with self._learning:
            if resource.name not in self._attributes:
                self._attributes[resource.name] = self._learn(resource)
            return self._attributes[resource.name]

    def _learn(self, resource: Resource) -> dict[str, Attribute]:
        """Take what every record of OMS can have, and what those of this world have beside it."""
        known = ATTRIBUTES[resource.name]
        types: dict[str, str | None] = {}
        units: dict[str, str] = {}
        for record in resource.samples(self.world):
            units |= record.units
            for name, value in record.attributes.items():
                kind = api_type(value)
                # A column of numbers is FLOAT as soon as one of them is.
                if types.get(name) is None or kind == "FLOAT":
                    types[name] = kind
        for name, kind in known.items():
            found = types.get(name)
            # what is recorded is compared as it is, be it of another type
            types[name] = kind if found is None or (kind == "FLOAT" and found == "INTEGER") else found
        return {name: Attribute(kind or "STRING", units.get(name)) for name, kind in types.items()}

    def _body(self, segments: list[str], query: Query, host: str) -> Json:
        resource = RESOURCES.get(segments[0])
        if resource is None:
            raise OmsError(404, "Not Found", f"Resource '{segments[0]}' does not exist.")
        match segments[1:]:
            case []:
                return self._list(resource, query, host)
            case ["meta"]:
                return self._meta(resource)
            case ["datasets"] if resource.name == "datasetrates":
                return self._dataset_names(query)
            case [identity]:
                return self._one(resource, identity, query, host)
        raise OmsError(404, "Not Found", f"No repository for '{'/'.join(segments)}'.")

    def _list(self, resource: Resource, query: Query, host: str) -> Json:
        types = {name: one.api_type for name, one in self.attributes(resource).items()}
        selection = Selection(query.conditions, types)
        check_fields(query.fields or (), types)
        needed: frozenset[str] | None = None
        if query.fields:
            needed = selection.attributes.union(query.fields, (name for name, _ in query.sort))
        if query.granularity and query.granularity not in (resource.per_run or ()):
            raise OmsError(
                400, "Bad Request", f"Resource '{resource.name}' has no granularity '{query.granularity}'."
            )
        records = resource.records(
            self.world.now(), selection.accepts, granularity=query.granularity, needed=needed
        )
        found = sort_records(selection.select(records), query.sort, types)
        page = found[query.offset : query.offset + query.limit]
        return {
            "data": [_written(record, resource, query, host) for record in page],
            "links": _page_links(resource, query, len(found), host),
            "meta": {"totalResourceCount": len(found)},
        }

    def _one(self, resource: Resource, identity: str, query: Query, host: str) -> Json:
        head, world = identity.partition("_")[0], self.world.now()

        def accepts(name: str, value: object) -> bool:
            return name != "run_number" or str(value) == head

        for granularity in resource.per_run or (None,):
            for record in resource.records(world, accepts, granularity=granularity):
                if record.id == identity:
                    return {"data": _written(record, resource, query, host)}
        raise OmsError(404, "Not Found", f"{resource.name} '{identity}' does not exist.")

    def _meta(self, resource: Resource) -> Json:
        return {
            "meta": {
                "fields": {
                    name: {
                        "title": name.replace("_", " ").capitalize(),
                        "description": None,
                        "units": one.units,
                        "api_type": one.api_type,
                        "sortable": one.api_type not in {"ARRAY", "OBJECT"},
                        "searchable": one.api_type != "OBJECT",
                        "projectable": True,
                    }
                    for name, one in self.attributes(resource).items()
                }
            }
        }

    def _dataset_names(self, query: Query) -> Json:
        selection, all_runs = Selection(query.conditions, {"run_number": "INTEGER"}), self.world.now().runs
        runs = [run for run in sorted(all_runs) if selection.accepts("run_number", run)]
        names = sorted({name for run in runs for name in all_runs[run].datasets})
        identity = str(runs[0]) if len(runs) == 1 else "datasets"
        return {"data": {"id": identity, "type": "datasets", "attributes": {"datasets": names}}}


def _base(resource: Resource, host: str) -> str:
    # The real service writes its scheme twice; clients that follow its links fail, and so they do here.
    return f"https://https://{host}{API_PATH}/{resource.name}"


def _written(record: Record, resource: Resource, query: Query, host: str) -> Json:
    own = f"{_base(resource, host)}/{record.id}"
    attributes: Mapping[str, object] = record.attributes
    if query.fields:
        attributes = {name: attributes[name] for name in query.fields if name in attributes}
    written: Json = {"id": record.id, "type": resource.name, "attributes": attributes}
    if resource.relationships and not query.fields:
        written["relationships"] = {
            name: {"links": {"self": f"{own}/relationships/{name}", "related": f"{own}/{name}"}}
            for name in resource.relationships
        }
    written["links"] = {"self": own}
    # Units come with every record that has some; include=meta adds the attributes without, as null.
    named = attributes if "meta" in query.include else (name for name in record.units if name in attributes)
    row = {name: {"units": record.units.get(name)} for name in named}
    if row:
        written["meta"] = {"row": row}
    return written


def _page_links(resource: Resource, query: Query, total: int, host: str) -> Json:
    parts = [f"page[limit]={query.limit}"]
    if query.fields:
        parts.append(f"fields[{resource.name}]={quote(','.join(query.fields), safe='')}")
    if query.sort:
        sort = ",".join(f"-{name}" if descending else name for name, descending in query.sort)
        parts.append(f"sort[{resource.name}]={quote(sort, safe='')}")
    parts += [
        f"filter[{resource.name}][{one.attribute}][{one.operator}]={quote(one.text, safe='')}"
        for one in query.conditions
    ]

    def page(offset: int) -> str:
        shown = [*parts, f"page[offset]={offset}"] if offset > 0 else parts
        return f"{_base(resource, host)}?{'&'.join(shown)}"

    following = query.offset + query.limit
    return {
        "first": page(0),
        "last": page((total - 1) // query.limit * query.limit),
        "next": page(following) if following < total else None,
        "prev": page(query.offset - query.limit) if query.offset > 0 else None,
    }


def oms_routes(oms: Oms, issuer: Issuer, login_path: str) -> list[Route]:
    """Routes of the direct API: 302 to a login page without a bearer token, 401 for one that is no good."""

    def endpoint(request: Request) -> Response:
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme != "Bearer":
            return RedirectResponse(request.url.replace(path=login_path, query=""), status_code=302)
        try:
            issuer.verify(token, audience=OMS_AUDIENCE)
        except TokenRefusedError:
            return html_reply(401, "401 Unauthorized")
        answer = oms.answer(
            request.path_params["path"], request.query_params.multi_items(), request.url.netloc
        )
        return json_reply(request, answer.body, answer.status, "application/vnd.api+json")

    return [Route("/{path:path}", endpoint)]
