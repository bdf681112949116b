"""`dqmtui config show`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dqmtui.cli.exits import Exit
from dqmtui.store.settings import setting_names

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

    from tests.cli.conftest import Ended


def test_every_setting_has_its_value_and_origin(
    bare: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    file = tmp_path / "config.toml"
    file.write_text('workspace = "jetmet"\noms_route = "off"\nrate_path = "HLT_Physics"\n')
    monkeypatch.setenv("DQMTUI_OMS_ROUTE", "direct")
    monkeypatch.setenv("DQMTUI_CHARSET", "ascii")
    done = bare("--config", str(file), "config", "show", "--charset", "utf8", "--json")
    rows = {row["name"]: (row["value"], row["origin"]) for row in done.json()}
    assert list(rows) == list(setting_names())
    assert rows["workspace"] == ("jetmet", f"file {file}: workspace")
    assert rows["oms_route"] == ("direct", "environment DQMTUI_OMS_ROUTE")
    assert rows["charset"] == ("utf8", "flag --charset")
    assert rows["rate_path"] == ("HLT_Physics", f"file {file}: rate_path")
    assert rows["dataset"] == (None, "default")
    assert rows["insecure"] == (False, "default")


def test_a_secret_stays_hidden(bare: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DQMTUI_DIALS_TOKEN", "swordfish")
    for line in (["config", "show"], ["config", "show", "--json"]):
        done = bare(*line)
        assert "swordfish" not in done.out + done.err
        assert "(hidden)" in done.out


def test_an_unknown_key_names_file_key_and_the_nearest(bare: Callable[..., Ended], tmp_path: Path) -> None:
    file = tmp_path / "config.toml"
    file.write_text('worksapce = "jetmet"\n')
    done = bare("--config", str(file), "config", "show")
    assert (done.code, done.out) == (Exit.USAGE, "")
    assert str(file) in done.err
    assert "worksapce" in done.err
    assert "Did you mean workspace?" in done.err


def test_what_is_not_used_is_said_on_standard_error(
    bare: Callable[..., Ended], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("DQMTUI_WORKSPAEC", "jetmet")
    done = bare("config", "show", "--json")
    assert done.code == 0
    assert "DQMTUI_WORKSPAEC is no setting and is not used. Did you mean DQMTUI_WORKSPACE?" in done.err
