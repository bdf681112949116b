"""How faults are asked for, and how a mistake in that is answered."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from dqmtui.demo.web.faults_spec import RATED, SECONDS, Dice, FaultSpecError, parse_faults


def test_every_part_is_read() -> None:
    spec = parse_faults(
        "500=0.05, 503=0.06:retry-after=1, reset=0.02, slow=0.05:0.25, stall=0.01:30, forbidden=after:200,"
        "down=10:5, seed=7, only=oms, path=th[12]/\\?.*me_id=2"
    )
    assert dict(spec.rates) == {"500": 0.05, "503": 0.06, "reset": 0.02, "slow": 0.05, "stall": 0.01}
    assert spec.seconds == {**SECONDS, "slow": 0.25, "stall": 30.0}
    assert spec.retry_after_s == {"503": 1}
    assert (spec.forbidden_after, spec.down, spec.seed, spec.only) == (200, (10, 5), 7, "oms")
    assert spec.concerns("oms", "/api/v1/th1/?page_size=3&me_id=2")
    assert not spec.concerns("dials", "/api/v1/th1/?page_size=3&me_id=2")
    assert not spec.concerns("oms", "/api/v1/mes/")


def test_the_order_of_the_parts_does_not_matter() -> None:
    assert parse_faults("reset=0.1,500=0.2,mix=0.1") == parse_faults("mix=0.1,500=0.2,reset=0.1")


@pytest.mark.parametrize("name", RATED)
def test_every_fault_can_be_certain(name: str) -> None:
    spec = parse_faults(f"{name}=1")
    assert {spec.fault_of(Dice(1, number)) for number in range(1, 200)} == {name}


def test_what_is_down_or_forbidden_comes_before_what_is_random() -> None:
    spec = parse_faults("500=1,down=1:1,forbidden=after:3")
    found = [spec.fault_of(Dice(1, number), number) for number in range(1, 6)]
    assert found == ["500", "down", "500", "forbidden", "forbidden"]
    assert spec.fault_of(Dice(1, 9), 1) == "500"


@pytest.mark.parametrize(
    ("spec", "says"),
    [
        ("trucated=0.1", "trucated=0.1: there is no fault 'trucated'; did you mean truncated?"),
        ("501=0.1", "501=0.1: there is no fault '501'; did you mean 50"),
        ("zzz=0.1", "zzz=0.1: there is no fault 'zzz'; there are 500, 502,"),
        ("reset", "reset: write it as reset=RATE."),
        ("slow", "slow: write it as slow=RATE or slow=RATE:SECONDS."),
        ("reset=", "reset=: write it as reset=RATE."),
        ("500=0.1,500=0.2", "500=0.2: 500 stands there twice."),
        ("reset=often", "reset=often: 'often' is no rate from 0 to 1."),
        ("reset=1.5", "reset=1.5: '1.5' is no rate from 0 to 1."),
        ("reset=-0.1", "'-0.1' is no rate from 0 to 1."),
        ("mix=nan", "mix=nan: 'nan' is no rate from 0 to 1."),
        ("reset=0.1:3", "reset=0.1:3: reset takes a rate and nothing else."),
        ("slow=0.1:soon", "slow=0.1:soon: 'soon' is no number of seconds from 0 to 3600."),
        ("stall=0.1:inf", "stall=0.1:inf: 'inf' is no number of seconds from 0 to 3600."),
        ("503=0.1:retry=1", "503=0.1:retry=1: 'retry' is unknown; did you mean retry-after=N?"),
        ("503=0.1:retry-after=soon", "503=0.1:retry-after=soon: 'soon' is no whole number"),
        ("forbidden=200", "forbidden=200: write it as forbidden=after:N."),
        ("forbidden=after:x", "forbidden=after:x: 'x' is no whole number"),
        ("down=10", "down=10: write it as down=N:M."),
        ("down=10:-5", "down=10:-5: '-5' is no whole number"),
        ("seed=1.5", "seed=1.5: '1.5' is no whole number"),
        ("only=dial", "only=dial: there is no service 'dial'; did you mean dials?"),
        ("path=(", "path=(: this is no regular expression"),
        ("500=0.6,reset=0.6", "The rates add up to 1.2; "),
    ],
)
def test_a_mistake_is_told_with_its_part_and_what_would_be_right(spec: str, says: str) -> None:
    with pytest.raises(FaultSpecError) as caught:
        parse_faults(spec)
    message = str(caught.value)
    assert says in message
    assert "\n" not in message


@given(st.text(alphabet="0123456789.=:,-aeflmnorstux", max_size=30))
def test_any_text_is_read_or_refused_with_a_sentence(text: str) -> None:
    refused = None
    try:
        parse_faults(text)
    except FaultSpecError as error:
        refused = str(error)
    assert refused is None or refused.endswith((".", "?"))


@given(st.integers(0, 10**9), st.integers(1, 10**9), st.integers(1, 1000))
def test_dice_are_fair_to_nobody_in_particular(seed: int, number: int, count: int) -> None:
    dice = Dice(seed, number)
    assert 0 <= dice.roll("x") < 1
    assert 0 <= dice.pick("x", count) < count
    assert dice.roll("x") == Dice(seed, number).roll("x") != dice.roll("y")
