"""What shells complete, by the protocol of the scripts and in the shells themselves."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from typing import TYPE_CHECKING

import pytest

from dqmtui.cli import completion_values
from dqmtui.cli.commands import build
from dqmtui.cli.completion import SHELLS
from dqmtui.cli.trend_rows import UNDER
from dqmtui.model.trend import STATISTICS_1D, STATISTICS_2D
from dqmtui.store.cache_names import answer_path, normalised_url
from tests.cli.conftest import clean_environment, no_tui
from tests.cli.test_imports import HEAVY

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from tests.cli.conftest import Ended

URL = "http://127.0.0.1:7001/"
BARREL = "PixelPhase1/Tracks/PXBarrel/charge_PXLayer_1"
DISK = "PixelPhase1/Tracks/PXForward/charge_PXDisk_+1"
SPACED = "Vertices/z position (cm)"
HOSTILE = "Evil/$(touch owned);`id`"
LIST = [BARREL, DISK, SPACED, HOSTILE, "Evil/\x1b[31mred", "Evil/two\nlines"]
DATASET = "/ZeroBias/Run2024E-PromptReco-v1/DQMIO"
EXPRESS = "/StreamExpress/Run2024E-Express-v1/DQMIO"


def keep(cache: Path, kind: str, about: tuple[str | int, ...], value: object, url: str = URL) -> None:
    path = cache / "v1" / answer_path(normalised_url(url), kind, about)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(json.dumps({"kind": kind, "about": about, "value": value}))


@pytest.fixture
def cache(tmp_path: Path) -> Path:
    """A cache with what a shift would have left there."""
    cache = tmp_path / "cache"
    keep(cache, "default workspace", (), "tracker")
    keep(cache, "workspaces", (), ["tracker", "jetmet"])
    keep(cache, "elements", ("tracker",), [{"me_id": 1, "me": name, "dim": 1} for name in LIST])
    keep(cache, "elements", ("jetmet",), [{"me_id": 1, "me": "JetMET/Jet/pt", "dim": 1}])
    rows = [{"dataset": DATASET, "run_number": run} for run in (381065, 381115)]
    keep(cache, "runs", ("tracker", 1), rows)
    keep(cache, "datasets", ("tracker",), [{"dataset": DATASET}, {"dataset": EXPRESS}])
    keep(cache, "datasets of a run", ("tracker", 380238), [{"dataset": EXPRESS, "run_number": 380238}])
    keep(cache, "names of rates", (381065,), {"paths": ["HLT_ZeroBias_v13"], "datasets": ["ZeroBias"]})
    keep(cache, "runs", ("tracker", 1), [{"dataset": "x", "run_number": 7}], "http://127.0.0.1:7002/")
    return cache


@pytest.fixture
def shell_environment(cache: Path, tmp_path: Path) -> dict[str, str]:
    """The environment of a person whose `dqmtui` is on the PATH."""
    bin_dir = tmp_path / "bin"
    bin_dir.mkdir()
    program = bin_dir / "dqmtui"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m dqmtui "$@"\n')
    program.chmod(0o755)
    return {
        **clean_environment(tmp_path),
        "PATH": f"{bin_dir}:{os.environ['PATH']}",
        "DQMTUI_CACHE_DIR": str(cache),
        "DQMTUI_DIALS_URL": URL,
    }


@pytest.fixture
def completed(
    bare: Callable[..., Ended], cache: Path, monkeypatch: pytest.MonkeyPatch
) -> Callable[[str], list[str]]:
    """Complete a line at its end, as the script of bash asks."""
    monkeypatch.setenv("DQMTUI_CACHE_DIR", str(cache))
    monkeypatch.setenv("DQMTUI_DIALS_URL", URL)
    monkeypatch.setenv("_DQMTUI_COMPLETE", "bash_complete")

    def complete(line: str) -> list[str]:
        words = line.split(" ")
        monkeypatch.setenv("COMP_WORDS", line)
        monkeypatch.setenv("COMP_CWORD", str(len(words) - 1))
        done = bare()
        assert (done.code, done.err) == (0, "")
        return [row.partition(",")[2] for row in done.out.splitlines()]

    return complete


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("dqmtui ma", ["mask", "man"]),
        ("dqmtui golden ", ["make", "merge", "compare"]),
        ("dqmtui help golden m", ["make", "merge"]),
        ("dqmtui golden --l", ["--logic"]),
        ("dqmtui golden --logic rr.json --me", ["--meta"]),
        ("dqmtui completion ", ["bash", "zsh", "fish"]),
        ("dqmtui hist --norm ", ["counts", "area", "hz", "event", "lumi", "pileup"]),
        ("dqmtui hist --nor", ["--norm"]),
        ("dqmtui hist --run ", ["381115", "381065", "380238"]),
        ("dqmtui hist --run 3811", ["381115"]),
        ("dqmtui hist --dataset Express --run ", ["380238"]),
        ("dqmtui --run 3810", ["381065"]),
        ("dqmtui run 3811", ["381115"]),
        ("dqmtui hist --me Pixel", [BARREL, DISK]),
        ("dqmtui hist --me=Pixel", [BARREL, DISK]),
        ("dqmtui hist --me disk_+", [DISK]),
        ("dqmtui hist --workspace jetmet --me ", ["JetMET/Jet/pt"]),
        ("dqmtui --workspace jetmet hist --me ", ["JetMET/Jet/pt"]),
        ("dqmtui --workspace j", ["jetmet"]),
        ("dqmtui lumis --dataset /Z", [DATASET]),
        ("dqmtui lumis --dataset express", [EXPRESS]),
        ("dqmtui hist --ref n", ["neighbours:10:2"]),
        ("dqmtui hist --ref 3811", ["381115"]),
        ("dqmtui hist --rate ", ["HLT_ZeroBias_v13", "ZeroBias"]),
        ("dqmtui hist --good pi", ["pixel", "pileup"]),
        ("dqmtui trend --statistic me", ["mean", "mean_error", "mean_x", "mean_y"]),
        ("dqmtui trend --under l", ["lumi"]),
        ("dqmtui --layout pixel-", ["pixel-barrel", "pixel-endcaps"]),
        ("dqmtui oms fil", ["fills"]),
        # mistakes earlier on the line are told when it is entered, not while it is typed
        ("dqmtui rnus --ru", ["--run"]),
        ("dqmtui hist --norm nonsense --run 3811", ["381115"]),
    ],
)
def test_a_line_is_completed(completed: Callable[[str], list[str]], line: str, expected: list[str]) -> None:
    found = completed(line)
    assert [value for value in found if value in expected] == expected
    if not line.endswith(("oms fil", "golden ")):
        assert found == expected


def test_themes_are_completed(completed: Callable[[str], list[str]]) -> None:
    assert {"dqm-dark", "dqm-light"} <= set(completed("dqmtui --theme "))


def test_what_lies_beside_the_configuration_of_the_line_is_completed(
    completed: Callable[[str], list[str]], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for kind in ("themes", "layouts"):
        (tmp_path / kind).mkdir()
        (tmp_path / kind / "own-one.toml").touch()
    file = tmp_path / "config.toml"
    assert completed(f"dqmtui --config {file} --theme own") == ["own-one"]
    assert completed(f"dqmtui --config {file} --layout own") == ["own-one"]
    assert not completed("dqmtui --theme own")
    monkeypatch.setenv("DQMTUI_CONFIG", str(file))
    assert completed("dqmtui --theme own") == ["own-one"]


def test_files_are_left_to_the_shell(completed: Callable[[str], list[str]]) -> None:
    assert completed("dqmtui golden make --logic rr") == ["rr"]


def test_the_demo_completes_what_any_demo_has_left(completed: Callable[[str], list[str]]) -> None:
    assert "7" not in completed("dqmtui hist --run ")
    assert completed("dqmtui hist --demo --run ") == ["381115", "381065", "380238", "7"]
    assert completed("dqmtui demo --run 38106") == ["381065"]


def test_names_that_would_not_stay_on_their_line_are_left_out(completed: Callable[[str], list[str]]) -> None:
    assert completed("dqmtui hist --me Evil") == [HOSTILE]


def test_what_cannot_be_read_is_no_completion(
    completed: Callable[[str], list[str]], cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for path in cache.rglob("*.json"):
        path.write_text("[" * 100_000)
    assert completed("dqmtui hist --me ") == []
    monkeypatch.setenv("DQMTUI_OMS_ROUTE", "nonsense")
    assert completed("dqmtui hist --run ") == []


def test_statistics_and_what_stands_under_a_trend_are_those_of_the_program() -> None:
    assert set(completion_values.STATISTICS) == {*STATISTICS_1D, *STATISTICS_2D}
    assert set(completion_values.UNDER) == set(UNDER)


def test_every_option_for_runs_elements_and_datasets_is_completed() -> None:
    names = {
        "run",
        "runs",
        "me",
        "mes",
        "dataset",
        "ref_dataset",
        "workspace",
        "layout",
        "theme",
        "statistic",
    }
    program = build(no_tui)
    pairs = [(name, command) for name, command in program.commands.items()] + [("", program)]
    lacking = [
        f"{name} --{param.name}"
        for name, command in pairs
        for param in command.params
        if param.name in names and param.param_type_name == "option" and param._custom_shell_complete is None
    ]
    assert lacking == []


def test_completing_imports_no_large_library(shell_environment: dict[str, str], tmp_path: Path) -> None:
    probe = (
        "import sys\nfrom dqmtui.cli.main import run\nrun([], None)\n"
        "print('!', *{name.partition('.')[0] for name in sys.modules})"
    )
    line = "dqmtui hist --me Pixel"
    asked = {"_DQMTUI_COMPLETE": "bash_complete", "COMP_WORDS": line, "COMP_CWORD": "3"}
    done = subprocess.run(
        [sys.executable, "-c", probe],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        env={**shell_environment, **asked},
    )
    answers, _, modules = done.stdout.rpartition("!")
    assert BARREL in answers
    assert not {*modules.split()} & HEAVY


@pytest.mark.parametrize("shell", SHELLS)
def test_the_script_of_a_shell_is_printed(bare: Callable[..., Ended], shell: str) -> None:
    done = bare("completion", shell)
    assert done.code == 0
    assert f"_DQMTUI_COMPLETE={shell}_complete" in done.out


def in_bash(environment: dict[str, str], line: str, cwd: Path) -> list[str]:
    """Complete a line in bash: the words that it would put in the place of the last one."""
    script = """
        eval "$(dqmtui completion bash)"
        COMP_LINE=$1 COMP_POINT=${#1}
        read -ra COMP_WORDS <<< "$1"
        [[ $1 == *" " ]] && COMP_WORDS+=("")
        COMP_CWORD=$(( ${#COMP_WORDS[@]} - 1 ))
        _dqmtui_completion dqmtui
        printf '%s\\n' "${COMPREPLY[@]}"
    """
    done = subprocess.run(
        [str(shutil.which("bash")), "--norc", "-c", script, "bash", line],
        capture_output=True,
        text=True,
        check=True,
        cwd=cwd,
        env=environment,
    )
    assert done.stderr == ""
    return done.stdout.splitlines()


@pytest.mark.skipif(shutil.which("bash") is None, reason="bash is not installed")
@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("dqmtui comp", ["compare", "completion"]),
        ("dqmtui hist --run 3811", ["381115"]),
        ("dqmtui hist --me Vert", [r"Vertices/z\ position\ \(cm\)"]),
        ("dqmtui hist --me Evil", [r"Evil/\$\(touch\ owned\)\;\`id\`"]),
        # within quotes nothing can be escaped, so that only harmless names are offered
        ('dqmtui hist --me "Pixel', [BARREL, DISK]),
        ('dqmtui hist --me "Evil', [""]),
    ],
)
def test_bash_completes_and_quotes(
    shell_environment: dict[str, str], tmp_path: Path, line: str, expected: list[str]
) -> None:
    assert in_bash(shell_environment, line, tmp_path) == expected
    assert not (tmp_path / "owned").exists()


@pytest.mark.skipif(shutil.which("zsh") is None, reason="zsh is not installed")
def test_zsh_takes_the_script(shell_environment: dict[str, str], tmp_path: Path) -> None:
    line = 'autoload -U compinit; compinit -u; eval "$(dqmtui completion zsh)"; print $_comps[dqmtui]'
    done = subprocess.run(
        [str(shutil.which("zsh")), "-f", "-c", line],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        env=shell_environment,
    )
    assert done.stdout == "_dqmtui_completion\n"


@pytest.mark.skipif(shutil.which("fish") is None, reason="fish is not installed")
def test_fish_completes(shell_environment: dict[str, str], tmp_path: Path) -> None:
    line = 'dqmtui completion fish | source; complete -C "dqmtui hist --run 3811"'
    done = subprocess.run(
        [str(shutil.which("fish")), "--no-config", "-c", line],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
        env=shell_environment,
    )
    assert done.stdout.split()[0] == "381115"
