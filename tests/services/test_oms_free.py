"""Free queries: nothing is asked that OMS would leave out, and everything that was asked counts."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from dqmtui.services.errors import BadReply, BadRequest
from dqmtui.services.oms import DirectRoute, OmsClient
from dqmtui.services.oms_free import Filter, FreeQuery
from dqmtui.services.oms_grammar import OmsQuery
from dqmtui.services.oms_records import AttributeMeta
from dqmtui.services.tokens import FixedToken
from tests.services import rows
from tests.services.conftest import SECRET
from tests.services.test_oms import paged, sent
from tests.services.web import json_reply

if TYPE_CHECKING:
    from dqmtui.services.transport import Transport
    from tests.services.web import Web

META = {
    "run_number": AttributeMeta(api_type="INTEGER", sortable=True, searchable=True),
    "era": AttributeMeta(api_type="STRING"),
    "stable_beam": AttributeMeta(api_type="BOOLEAN", searchable=True),
    "components": AttributeMeta(api_type="ARRAY", sortable=False, searchable=False, projectable=False),
}


@pytest.fixture
def client(transport: Transport, web: Web) -> OmsClient:
    return OmsClient(transport, FixedToken(SECRET), DirectRoute(f"{web.url}/agg/api/v1"))


@pytest.mark.parametrize(
    ("text", "read"),
    [
        ("run_number:GE:381065", Filter("run_number", "GE", "381065")),
        ("run_number:ge:381065", Filter("run_number", "GE", "381065")),
        ("start_time:LT:2024-05-20T05:51:08Z", Filter("start_time", "LT", "2024-05-20T05:51:08Z")),
        ("prescale_name:EQ:2p0E34+ZeroBias", Filter("prescale_name", "EQ", "2p0E34+ZeroBias")),
        ("era:EQ:", Filter("era", "EQ", "")),
    ],
)
def test_a_filter_is_attribute_operator_and_a_value_that_may_have_colons(text: str, read: Filter) -> None:
    assert Filter.read(text) == read


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("run_number=5", "is no filter; write attribute:OP:value"),
        ("run_number:5", "is no filter"),
        ("run_number:GTE:5", "no operator 'GTE'.*Did you mean GE?"),
        ("run_number:LIKEE:5", "Did you mean LIKE?"),
    ],
)
def test_what_is_no_filter_is_refused(text: str, says: str) -> None:
    with pytest.raises(BadRequest, match=says):
        Filter.read(text)


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ({"filters": [Filter("run_numbr", "EQ", "1")]}, "no attribute 'run_numbr'. Did you mean run_number?"),
        ({"sort": ["-run_numbr"]}, "no attribute 'run_numbr'. Did you mean run_number?"),
        ({"fields": ["eras"]}, "no attribute 'eras'. Did you mean era?"),
        ({"filters": [Filter("components", "EQ", "DAQ")]}, "cannot be filtered by components"),
        ({"sort": ["components"]}, "cannot be sorted by components"),
        ({"fields": ["components"]}, "cannot be cut down to components"),
        ({"filters": [Filter("stable_beam", "EQ", "maybe")]}, "is true or false, not 'maybe'"),
        ({"filters": [Filter("era", "EQ", "a")] * 3}, "more than twice"),
        ({"filters": [Filter("era", "EQ", "a\x1b[31m")], "sort": ["\x1b[31m"]}, r"\\x1b"),
    ],
)
def test_what_oms_does_not_list_is_refused_with_the_nearest_name(query: Any, says: str) -> None:
    with pytest.raises(BadRequest, match=says) as caught:
        FreeQuery("runs", **query).checked(META)
    assert caught.value.message.isprintable()


@pytest.mark.parametrize(
    ("operator", "typed", "value"),
    [("EQ", "True", "true"), ("EQ", "1", "true"), ("NEQ", "no", "false"), ("EQ", "null", "null")],
)
def test_true_and_false_are_sent_in_the_words_of_oms(operator: str, typed: str, value: str) -> None:
    query = FreeQuery("runs", [Filter("stable_beam", operator, typed)]).checked(META)
    assert query.filters == ((f"filter[stable_beam][{operator}]", value),)


async def test_several_filters_on_one_attribute_all_count_and_sort_keys_keep_their_order(
    client: OmsClient, web: Web
) -> None:
    web.handler = paged()
    filters = [
        Filter("run_number", "GE", "5"),
        Filter("run_number", "LE", "9"),
        Filter("era", "LIKE", "a+%&"),
    ]
    free = FreeQuery("runs", [*filters, Filter("era", "LIKE", "%b")], ["-era", "run_number"], ["era"], "run")
    await client.query(free.checked(META))
    (request,) = web.requests
    assert "a%2B%25%26" in str(request.url)
    asked = sent(request)
    del asked["page[offset]"], asked["page[limit]"]
    assert asked == {
        "filter[run_number][GE]": "5",
        "filter[run_number][LE]": "9",
        "filter[era][LIKE]": "a+%&",
        "filter[era][like]": "%b",
        "sort": "-era,run_number",
        "fields": "era",
        "group[granularity]": "run",
    }


async def test_all_records_come_by_paging(client: OmsClient, web: Web) -> None:
    web.handler = paged(*(rows.oms_lumisection(ls) for ls in range(1, 26)), cap=10)
    found = await client.query(OmsQuery("lumisections"))
    assert [one.id for one in found.records] == [f"{rows.RUN}_{ls}" for ls in range(1, 26)]
    assert (found.total, found.is_cut) == (25, False)
    assert found.records[0].units == {"delivered_lumi_per_lumisection": "pb^{-1}"}


@pytest.mark.parametrize(
    ("most", "n", "is_cut"), [(3, 3, True), (12, 12, True), (25, 25, False), (99, 25, False)]
)
async def test_a_limit_ends_the_paging_and_says_how_many_there_are(
    client: OmsClient,
    web: Web,
    most: int,
    n: int,
    is_cut: bool,  # noqa: FBT001 - the value expected
) -> None:
    web.handler = paged(*(rows.oms_lumisection(ls) for ls in range(1, 26)), cap=10)
    found = await client.query(OmsQuery("lumisections"), most)
    assert (len(found.records), found.total, found.is_cut) == (n, 25, is_cut)
    assert sent(web.requests[0])["page[limit]"] == str(most)


async def test_records_that_never_come_are_a_bad_reply(client: OmsClient, web: Web) -> None:
    web.handler = paged(rows.oms_run(1), total=5)
    with pytest.raises(BadReply, match="1 of 5 records"):
        await client.query(OmsQuery("runs"))


@pytest.mark.parametrize("identity", [None, 5, ["x"], "a\x1b[31m"])
async def test_an_id_that_is_no_text_does_no_harm(client: OmsClient, web: Web, identity: Any) -> None:
    made = rows.oms_run() | {"id": identity}
    web.handler = lambda _: json_reply(rows.records([made]))
    (one,) = (await client.query(OmsQuery("runs"))).records
    assert one.id == {None: "", 5: "5"}.get(
        identity if not isinstance(identity, list) else None, r"a\x1b[31m"
    )
