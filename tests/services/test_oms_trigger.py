"""What OMS says about the trigger and data taking, as it came."""

from __future__ import annotations

import copy
from typing import TYPE_CHECKING, Any

import numpy as np
import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from dqmtui.services import oms_trigger_decode
from dqmtui.services.decode import Malformed
from dqmtui.services.errors import BadReply
from dqmtui.services.oms import DirectRoute, OmsClient
from dqmtui.services.oms_records import Deadtime, Era, PrescaleChange
from dqmtui.services.tokens import FixedToken
from tests.services import rows
from tests.services.conftest import SECRET
from tests.services.test_decoders import check_kinds, damaged, of_oms
from tests.services.web import json_reply

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from starlette.requests import Request
    from starlette.responses import Response

    from dqmtui.services.transport import Transport
    from tests.services.web import Web


@pytest.fixture
def client(transport: Transport, web: Web) -> OmsClient:
    return OmsClient(transport, FixedToken(SECRET), DirectRoute(f"{web.url}/agg/api/v1"))


def l1(ls: Any, units: Any = None, **changes: Any) -> dict[str, Any]:
    attributes: dict[str, Any] = {
        "run_number": rows.RUN,
        "first_lumisection_number": ls,
        "last_lumisection_number": ls,
        "l1a_total": {"counter": 569191, "rate": 24418.342},
        "physics_generated_fdl_gt": {"counter": None, "rate": None},
        "percentage_physics_triggers_lost": 27.7,
        "start_time": "2017-06-16T20:51:27Z",
    }
    return rows.record("l1triggerrates", f"{rows.RUN}_{ls}", units, **(attributes | changes))


DEADTIMES = rows.record(
    "deadtimes",
    str(rows.RUN),
    run_number=rows.RUN,
    beamactive_total_deadtime={"counter": 44037690901, "percent": 5.7134},
    overall_total_deadtime={"counter": None, "percent": None},
)


def change(ls: int, **changes: Any) -> dict[str, Any]:
    attributes: dict[str, Any] = {
        "run_number": rows.RUN,
        "lumisection_number": ls,
        "old_prescale_index": None,
        "new_prescale_index": 7,
        "new_prescale_name": "2p0E34+ZeroBias",
    }
    return rows.record("prescalechanges", f"{rows.RUN}_{ls}", **(attributes | changes))


ERA: dict[str, Any] = rows.record("eras", "2024F", start_fill=9719, end_fill=None)
ERA["attributes"]["name"] = "2024F"


def lists(*records: Any) -> Callable[[Request], Response]:
    return lambda _: json_reply(rows.records(list(records)))


async def test_level_1_totals_are_asked_by_ls_and_come_as_arrays_with_gaps(
    client: OmsClient, web: Web
) -> None:
    web.handler = lists(l1(3), l1(1, l1a_total={"counter": 7, "rate": None}), l1(2, l1a_total=None))
    found = await client.l1_rates(rows.RUN)
    (request,) = web.requests
    assert request.query_params["group[granularity]"] == "lumisection"
    assert found.ls.tolist() == [1, 2, 3]
    np.testing.assert_array_equal(found.rate["l1a_total"], [np.nan, np.nan, 24418.342])
    np.testing.assert_array_equal(found.counter["l1a_total"], [7, np.nan, 569191])
    assert np.isnan(found.rate["physics_generated_fdl_gt"]).all()
    assert set(found.rate) == {"l1a_total", "physics_generated_fdl_gt"}


async def test_the_unit_of_a_level_1_rate_is_the_one_of_its_record(client: OmsClient, web: Web) -> None:
    web.handler = lists(l1(1, {"l1a_total": "Hz"}), l1(2, {"l1a_total": "kHz"}), l1(3))
    found = await client.l1_rates(rows.RUN)
    assert found.units["l1a_total"] == ("Hz", "kHz", None)


async def test_a_total_of_several_ls_is_not_taken_for_one(client: OmsClient, web: Web) -> None:
    web.handler = lists(l1(1, last_lumisection_number=849))
    with pytest.raises(BadReply, match="no single LS"):
        await client.l1_rates(rows.RUN)


async def test_a_run_without_any_of_it(client: OmsClient, web: Web) -> None:
    web.handler = lists()
    assert (await client.l1_rates(rows.RUN)).ls.size == 0
    assert await client.deadtimes(rows.RUN) == {}
    assert await client.prescale_changes(rows.RUN) == []
    assert await client.hlt_paths(rows.RUN, "HLT_") == []


async def test_deadtimes_have_counter_and_percent(client: OmsClient, web: Web) -> None:
    web.handler = lists(DEADTIMES)
    assert await client.deadtimes(rows.RUN) == {
        "beamactive_total_deadtime": Deadtime(44037690901, 5.7134),
        "overall_total_deadtime": Deadtime(None, None),
    }


async def test_prescale_changes_are_sorted_by_ls(client: OmsClient, web: Web) -> None:
    web.handler = lists(change(138, old_prescale_index=7, new_prescale_index=4), change(1))
    assert await client.prescale_changes(rows.RUN) == [
        PrescaleChange(1, 7, "2p0E34+ZeroBias", None),
        PrescaleChange(138, 4, "2p0E34+ZeroBias", 7),
    ]


async def test_the_era_that_goes_on_has_no_last_fill(client: OmsClient, web: Web) -> None:
    web.handler = lists(ERA)
    assert await client.eras() == [Era("2024F", 9719, None)]


async def test_paths_are_found_by_how_they_begin(client: OmsClient, web: Web) -> None:
    # "_" stands for any character in LIKE, so that OMS may send more than was asked for
    names = ("HLT_ZeroBias_v11", "HLTXZeroBias_v1", "HLT_Zero_v2")
    web.handler = lists(*(rows.record("hltpathinfo", name, path_name=name) for name in names))
    assert await client.hlt_paths(rows.RUN, "HLT_Z") == ["HLT_ZeroBias_v11", "HLT_Zero_v2"]
    assert web.requests[0].query_params["filter[path_name][LIKE]"] == "HLT_Z%"


async def test_a_recorded_level_1_reply_is_understood(client: OmsClient, web: Web, shared_data: Path) -> None:
    recorded = orjson.loads((shared_data / "oms_recorded_responses.json").read_bytes())["responses"]
    (reply,) = [one for one in recorded if one["name"] == "l1triggerrates_lumisection_run297050_ls1"]
    web.handler = lists(rows.record("l1triggerrates", "297050_1", **reply["attributes"]))
    found = await client.l1_rates(297050)
    assert found.rate["l1a_total"].tolist() == [24418.342]
    assert found.counter["l1a_physics"].tolist() == [557503]


DECODERS: dict[str, tuple[Callable[[object], object], Any]] = {
    "level-1 totals": (of_oms(oms_trigger_decode.l1_row), rows.records([l1(1, {"l1a_total": "Hz"}), l1(2)])),
    "deadtimes": (of_oms(oms_trigger_decode.deadtimes), rows.records([DEADTIMES])),
    "prescale changes": (of_oms(oms_trigger_decode.prescale_change), rows.records([change(1), change(9)])),
    "eras": (of_oms(oms_trigger_decode.era), rows.records([ERA])),
    "any record": (of_oms(oms_trigger_decode.any_record), rows.records([rows.oms_run()])),
}


@pytest.mark.parametrize("name", DECODERS)
def test_good_replies_are_decoded(name: str) -> None:
    decode, good = DECODERS[name]
    check_kinds(decode(good), decode(copy.deepcopy(good)))


@pytest.mark.parametrize("name", DECODERS)
@given(data=st.data())
def test_a_damaged_reply_gives_right_values_or_says_what_is_wrong(name: str, data: st.DataObject) -> None:
    decode, good = DECODERS[name]
    reply = orjson.loads(orjson.dumps(data.draw(damaged(good))))
    try:
        value = decode(reply)
    except Malformed as error:
        complaint = str(error)
    else:
        assert repr(value).isprintable()
        check_kinds(value, decode(good))
        return
    assert complaint.isprintable()
    assert " " in complaint


@given(data=st.data())
def test_rows_of_any_totals_become_arrays_of_one_length(data: st.DataObject) -> None:
    pairs = st.tuples(st.none() | st.integers(0, 2**62), st.none() | st.floats(0, 1e9))
    totals = st.dictionaries(st.sampled_from("abc"), pairs)
    ls = data.draw(st.lists(st.integers(1, 3000), unique=True, max_size=5))
    made = [oms_trigger_decode.L1Row(one, data.draw(totals), {}) for one in ls]
    found = oms_trigger_decode.l1_rates(1, made)
    assert found.ls.tolist() == sorted(ls)
    by_ls = {row.ls: row.totals for row in made}
    for name in found.rate:
        for at, one in enumerate(found.ls.tolist()):
            counter, rate = by_ls[one].get(name, (None, None))
            assert found.rate[name][at] == rate or (rate is None and np.isnan(found.rate[name][at]))
            assert found.counter[name][at] == counter or (
                counter is None and np.isnan(found.counter[name][at])
            )
