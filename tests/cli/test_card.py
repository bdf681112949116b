"""`dqmtui run`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import orjson
import pytest

from dqmtui.cli.exits import Exit
from tests.cli.between import InBetween

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx

    from dqmtui.demo.process import DemoServices
    from tests.cli.conftest import Ended
    from tests.services.web import Web


def lines_of(out: str) -> dict[str, str]:
    return {line[:22].strip(): line[24:] for line in out.splitlines() if line.startswith("  ")}


def test_json_has_everything_as_it_came(cli: Callable[..., Ended], dials: httpx.Client) -> None:
    card = cli("run", "381065", "--json").json()

    def sent(endpoint: str, name: str, value: str) -> Any:
        params = {"endpoint": endpoint, f"filter[{name}][EQ]": value}
        return [one["attributes"] for one in dials.get("oms-proxy/", params=params).json()["data"]]

    (run,) = sent("runs", "run_number", "381065")
    assert {name: card["run"][name] for name in run} == run
    assert card["run"]["units"]["recorded_lumi"] == "pb^{-1}"
    (fill,) = sent("fills", "fill_number", "9662")
    assert {name: card["fill"][name] for name in fill} == fill
    (deadtimes,) = sent("deadtimes", "run_number", "381065")
    assert card["deadtimes"] == {name: deadtimes[name] for name in deadtimes if name != "run_number"}
    changes = sent("prescalechanges", "run_number", "381065")
    assert card["prescale_changes"] == [
        {name: change[name] for name in change if name != "run_number"} for change in changes
    ]


def test_the_card_says_what_a_shifter_looks_for_with_units(cli: Callable[..., Ended]) -> None:
    out = cli("run", "381065").out
    of_run, _, of_fill = out.partition("\nfill 9662\n")
    said = lines_of(of_run)
    assert said["fill"] == "9662"
    assert said["start (UTC)"] == "2024-05-20 05:51:08"
    assert said["duration"] == "5:29:51"
    assert said["beams"] == "protons, stable, 6800 GeV"
    assert said["B field"] == "3.8 T"
    assert said["recorded lumi"] == "346.677 pb^-1 (91.3% of delivered)"
    assert "PIXEL" in said["components (17)"]
    said = lines_of(of_fill)
    assert said["bunches colliding"] == "2340"
    assert said["beta*"] == "30 cm"
    assert ["total", "5.71", "%", "6.06", "%"] in [line.split() for line in out.splitlines()]
    assert ["138", "4", "2p0E34+ZeroBias+HLTPhysics", "7"] in [line.split() for line in out.splitlines()]


def test_a_run_that_is_still_being_taken(cli: Callable[..., Ended]) -> None:
    assert lines_of(cli("run", "382329").out)["end (UTC)"] == "still being taken"


def test_cosmics_have_no_luminosity(cli: Callable[..., Ended]) -> None:
    said = lines_of(cli("run", "381208").out)
    assert said["delivered lumi"] == "-"
    assert said["beams"].startswith("cosmics")


def test_a_run_whose_fill_is_not_known(on_web: Callable[..., Ended], web: Web, demo: DemoServices) -> None:
    def edit(reply: Any) -> Any:
        for record in reply["data"]:
            record["attributes"].pop("fill_number", None)
        return reply

    web.handler = InBetween(demo, lambda request: "endpoint=runs&" in str(request.url), edit=edit)
    assert on_web("run", "381065", "--json").json()["fill"] is None
    assert "peak lumi" not in on_web("run", "381065").out


@pytest.mark.parametrize(
    ("part", "words", "field"),
    [
        ("fills", "its fill", "fill"),
        ("deadtimes", "its deadtimes", "deadtimes"),
        ("prescalechanges", "its prescale changes", "prescale_changes"),
    ],
)
def test_what_came_of_a_card_is_printed_and_said_to_be_a_part(
    on_web: Callable[..., Ended], web: Web, demo: DemoServices, part: str, words: str, field: str
) -> None:
    web.handler = InBetween(demo, lambda request: f"endpoint={part}&" in str(request.url))
    done = on_web("run", "381065", "--json")
    came = orjson.loads(done.out)
    assert done.code == Exit.SERVICE
    assert came["run"]["run_number"] == 381065
    assert [name for name, value in came.items() if value is None] == [field]
    assert f"partial: of run 381065 did not come: {words};" in done.err
    told = on_web("run", "381065")
    assert told.code == Exit.SERVICE
    assert lines_of(told.out)["fill"] == str(came["run"]["fill_number"])
    assert "OMS has none of this run" not in told.out


def test_without_a_card_it_is_said_what_dials_has(
    on_web: Callable[..., Ended], web: Web, demo: DemoServices
) -> None:
    web.handler = InBetween(demo, lambda request: "endpoint=runs&" in str(request.url))
    done = on_web("run", "381065")
    assert (done.code, done.out) == (Exit.SERVICE, "")
    assert "`dqmtui runs --run 381065 --oms-route off` shows what DIALS has" in done.err


def test_a_run_that_oms_does_not_know(cli: Callable[..., Ended]) -> None:
    done = cli("run", "999999", "--json")
    assert (done.code, done.out) == (Exit.NOT_FOUND, "")
    assert "OMS has no run 999999" in done.err
