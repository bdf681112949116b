"""The attributes of OMS resources: the same whether or not there are records that have them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from dqmtui.demo.cms.world import World, build_world
from dqmtui.demo.web.oms import Oms
from dqmtui.demo.web.oms_attributes import ATTRIBUTES
from dqmtui.demo.web.oms_records import RESOURCES

if TYPE_CHECKING:
    from pathlib import Path

RUN = 390001


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> World:
    """One recorded run of which OMS told the least, and one column that no other has."""
    columns = {"lumisection_number": [1, 2], "pileup": [50, 51], "my_own": ["a", "b"]}
    file: Path = tmp_path_factory.mktemp("bare") / "lumis.json"
    rates = file.with_name("rates.json")
    file.write_text(json.dumps({"runs": {str(RUN): {"columns": columns}}}))
    rates.write_text(json.dumps({"runs": {str(RUN): {"paths": {}}}}))
    return build_world(file, rates)


def ask(world: World, path: str, **parameters: str) -> tuple[int, dict[str, Any]]:
    answer = Oms(world).answer(path, parameters.items(), "h")
    return answer.status, answer.body


def test_the_lists_are_those_of_the_synthetic_records() -> None:
    world = build_world()
    for name, resource in RESOURCES.items():
        found = {attribute for record in resource.samples(world) for attribute in record.attributes}
        assert found == ATTRIBUTES[name].keys()


@pytest.mark.parametrize("resource", [name for name in ATTRIBUTES if name != "eras"])
def test_a_resource_without_records_can_be_asked_for_a_run(bare: World, resource: str) -> None:
    of_run = "first_run_number" if resource == "fills" else "run_number"
    status, body = ask(bare, resource, **{f"filter[{of_run}][EQ]": str(RUN)})
    assert status == 200
    assert bool(body["data"]) == (resource in {"runs", "lumisections", "deadtimes"})


@pytest.mark.parametrize("resource", ATTRIBUTES)
def test_meta_has_them_all_and_every_one_can_be_projected(bare: World, resource: str) -> None:
    _, body = ask(bare, f"{resource}/meta")
    fields = body["meta"]["fields"]
    assert {name: one["api_type"] for name, one in fields.items()}.items() >= ATTRIBUTES[resource].items()
    assert ask(bare, resource, fields=",".join(ATTRIBUTES[resource]))[0] == 200


def test_what_only_a_recording_has_is_an_attribute_too(bare: World) -> None:
    status, body = ask(bare, "lumisections", **{"filter[my_own][EQ]": "b"})
    assert status == 200
    assert [one["attributes"]["lumisection_number"] for one in body["data"]] == [2]
    assert ask(bare, "lumisections", **{"filter[nothing][EQ]": "b"})[0] == 400


def test_a_luminosity_that_is_recorded_in_whole_numbers_is_still_no_count(bare: World) -> None:
    _, body = ask(bare, "lumisections/meta")
    assert body["meta"]["fields"]["pileup"]["api_type"] == "FLOAT"
