"""What help says besides the command table: groups of commands, headings of options, examples."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

GROUPS: Mapping[str, Mapping[str, str]] = {
    "Runs and OMS": {
        "runs": "runs and their OMS cards",
        "run": "what OMS says of one",
        "lumis": "its lumisections",
        "files": "why a run is missing",
        "rates": "trigger rates per LS",
        "oms": "any records of OMS",
    },
    "Histograms": {
        "mes": "find elements by name",
        "hist": "one LS, or several",
        "trend": "a statistic along a run",
        "compare": "test against references",
        "scan": "what looks odd, ranked",
        "plots": "a set of them at once",
        "models": "anomaly models",
        "flags": "LS that models call bad",
    },
    "Review": {
        "notes": "note it, hand it over",
        "report": "of runs, for a browser",
        "mask": "good LS as a JSON",
        "golden": "certification JSONs",
        "refs, refruns": "reference runs",
    },
    "This program": {
        "demo": "try it, without network",
        "login, logout": "sign in at CERN, and out",
        "doctor": "what is not well here",
        "config": "where settings are from",
        "cache": "what is kept on disk",
        "keys, themes": "list them and your own",
        "screenshot": "into a file",
        "completion": "for bash, zsh, fish",
        "man": "the manual page",
    },
}
"""The commands as the first help lists them: by group, a few words for one or two; `help` stands below."""

UNLISTED = "help"

OTHERS = "Options"
DATA, LUMISECTIONS, NORMALISING = "Data", "Lumisections", "Normalising"
REFERENCES, PICTURE, OUTPUT = "References", "Picture", "Output"

HEADINGS: Mapping[str, str] = {
    **dict.fromkeys(("run", "runs", "all_runs", "me", "mes", "elements", "dataset", "layout", "dim"), DATA),
    **dict.fromkeys(("ls", "good", "exclude", "mask", "golden", "from_ls", "to_ls"), LUMISECTIONS),
    **dict.fromkeys(("norm", "norms", "rate"), NORMALISING),
    **dict.fromkeys(
        ("ref", "refs", "ref_dataset", "ref_good", "ref_exclude", "comparison", "reference"), REFERENCES
    ),
    **dict.fromkeys(
        (
            "log",
            "errors",
            "width",
            "height",
            "under",
            "statistic",
            "plots_config",
            "fig_config",
            "theme",
            "with_trends",
            "no_plot",
        ),
        PICTURE,
    ),
    **dict.fromkeys(
        ("as_json", "frame", "csv", "parquet", "html", "svg", "png", "code", "force", "output", "form"),
        OUTPUT,
    ),
}
"""Under which heading an option stands, by the name of its parameter; all others stand under OTHERS."""

ORDER = (DATA, LUMISECTIONS, NORMALISING, REFERENCES, OTHERS, PICTURE, OUTPUT)
"""The headings in the order in which they are shown."""

FEW = 7
"""Options that need no headings."""

_LAYER = "--run 379011 --me charge_PXLayer_1"

EXAMPLES: Mapping[str, tuple[str, ...]] = {
    "": ("dqmtui demo", "dqmtui --run 381115 --dataset ZeroBias --me charge_PXLayer_1"),
    "demo": ("dqmtui demo --run 379011 --me charge_PXLayer_1",),
    "runs": ("dqmtui runs --dataset ZeroBias --first 381000",),
    "run": ("dqmtui run 381115",),
    "lumis": (
        "dqmtui lumis --run 381115 --dataset ZeroBias",
        "dqmtui lumis --run 381080 --dataset ZeroBias --rr",
    ),
    "files": ("dqmtui files --run 382230",),
    "mes": ("dqmtui mes charge PXLayer",),
    "hist": (
        f"dqmtui hist {_LAYER} --ls 300",
        f"dqmtui hist {_LAYER} --good dcs --norm hz --ref rest",
    ),
    "trend": (f"dqmtui trend {_LAYER} --statistic mean",),
    "compare": (f"dqmtui compare {_LAYER} --ls 300 --ref rest",),
    "scan": ("dqmtui scan --run 379011 --me PXBarrel --csv odd.csv",),
    "plots": (
        "dqmtui plots --run 379011 --layout pixel-barrel --ref 379765 --html p.html",
        f"dqmtui plots {_LAYER} --ref rest --trends",
    ),
    "report": (
        "dqmtui report --run 380238 --layout pixel-barrel --html report.html",
        "dqmtui report --run 380238 --run 379011 --markdown",
    ),
    "models": ("dqmtui models",),
    "flags": (
        "dqmtui flags --run 381115 --dataset ZeroBias",
        "dqmtui flags --run 381115 --dataset ZeroBias --format golden-json",
    ),
    "rates": ("dqmtui rates --run 381115 --path HLT_ZeroBias",),
    "mask": ("dqmtui mask --run 381115 --dcs", "dqmtui mask --caf golden --class Collisions24"),
    "oms": ("dqmtui oms fills --filter fill_number:GE:9660 --sort -fill_number",),
    "notes": ('dqmtui notes add --run 380238 --ls 30-32 --cause "HV trip" L1 charge low',),
    "notes list": ("dqmtui notes list --run 380238 --verdict bad",),
    "notes add": ('dqmtui notes add --run 380238 --ls 30-32 --cause "HV trip" L1 charge low',),
    "notes edit": ("dqmtui notes edit 3f --verdict good it was the reference",),
    "notes export": ("dqmtui notes export --format markdown --output shift.md",),
    "notes delete": ("dqmtui notes delete 3f",),
    "notes undo": ("dqmtui notes undo",),
    "notes import": ("dqmtui notes import anomalies.json",),
    "golden": (
        "dqmtui golden make --run 380238 --notes",
        "dqmtui golden --logic rr.json --dataset /Express/Collisions2024/DQM",
    ),
    "golden make": ("dqmtui golden make --run 380238 --notes",),
    "golden fetch": ("dqmtui golden fetch --logic rr.json --dataset /Express/Collisions2024/DQM",),
    "golden merge": ("dqmtui golden merge 2023.json 2024.json --how or",),
    "golden compare": ("dqmtui golden compare golden.json dcs.json --run 380238",),
    "refs": ("dqmtui refs --run 381067 --list certhelper.json --pileup",),
    "refruns": (
        "dqmtui refruns --run 381067 --type express",
        "dqmtui refruns --output refruns.json",
    ),
    "screenshot": (f"dqmtui screenshot {_LAYER} --output shot.svg",),
    "themes": ("dqmtui themes --check mine.toml",),
    "login": ("dqmtui login", "dqmtui login --oms"),
    "logout": ("dqmtui logout",),
    "doctor": ("dqmtui doctor",),
    "config": ("dqmtui config show",),
    "config show": ("dqmtui --demo config show",),
    "cache": ("dqmtui cache list",),
    "cache list": ("dqmtui cache list --json",),
    "cache path": ("dqmtui cache path",),
    "cache clear": ("dqmtui cache clear",),
    "cache verify": ("dqmtui cache verify",),
    "keys": ("dqmtui keys list",),
    "keys list": ("dqmtui keys list --toml > ~/.config/dqmtui/keymap.toml",),
    "keys check": ("dqmtui keys check mine.toml",),
    "keys show": ("dqmtui keys show ctrl+r", "dqmtui keys show ls.next"),
    "completion": ('eval "$(dqmtui completion bash)"',),
    "man": ("dqmtui man > ~/.local/share/man/man1/dqmtui.1",),
    "help": ("dqmtui help hist",),
}
"""Lines to type, by the command's name after `dqmtui`."""
