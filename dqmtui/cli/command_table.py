"""Everything a person can type: the commands and their options."""

from __future__ import annotations

from pathlib import Path

import click

from dqmtui.cli.command import (
    CONTEXT_SETTINGS,
    ClientsCommand,
    CommandGroup,
    LaterCommand,
    OfflineCommand,
    WorkCommand,
)
from dqmtui.cli.help_command import HelpCommand
from dqmtui.cli.keys_commands import keys_commands
from dqmtui.cli.notes_commands import review_commands
from dqmtui.cli.oms_names import RESOURCES
from dqmtui.cli.options import dataset_option, known, number, run_option
from dqmtui.cli.plot_options import compare_options, hist_options, plots_options, scan_options, trend_options
from dqmtui.cli.program_options import demo_options, place_options, screenshot_options, session_options
from dqmtui.cli.report_options import report_options


def all_commands() -> list[click.Command]:
    """Make the commands, in the order in which help lists them."""
    return [*_looking(), *_oms(), *review_commands(), *_housekeeping(), *_learning()]


def _json() -> click.Option:
    return click.Option(["--json", "as_json"], is_flag=True, help="Print JSON.")


def _looking() -> list[click.Command]:
    json = _json()
    return [
        LaterCommand(
            "demo",
            "dqmtui.cli.demo:show",
            "Start the embedded services, and the terminal program on them.\n\n"
            "They run in a process of their own on the loopback interface and end with this one.",
            [
                *place_options(),
                *session_options(),
                *demo_options(),
                click.Option(["--json", "as_json"], is_flag=True, help="With --serve: print JSON."),
            ],
        ),
        WorkCommand(
            "runs",
            "dqmtui.cli.runs:show",
            "List runs with their OMS cards, the newest first.",
            [
                dataset_option(),
                run_option(help_text="This run alone, in every dataset that has it."),
                click.Option(["--first"], type=number(1), metavar="N", help="From this run on."),
                click.Option(["--last"], type=number(1), metavar="N", help="Up to this run."),
                json,
            ],
        ),
        ClientsCommand(
            "run",
            "dqmtui.cli.card:show",
            "Show what OMS says of a run.\n\nIts card, its fill, deadtimes and prescale changes, with units.",
            [
                click.Argument(["run"], type=number(1), metavar="N", shell_complete=known("runs")),
                json,
            ],
        ),
        WorkCommand(
            "lumis",
            "dqmtui.cli.lumis:show",
            "List a run's lumisections as DIALS, OMS and the rate know them.",
            [
                run_option(required=True),
                dataset_option(),
                click.Option(
                    ["--rr", "with_registry"],
                    is_flag=True,
                    help="Also status and cause of each subsystem in the Run Registry; needs the extra rr.",
                ),
                json,
            ],
        ),
        WorkCommand(
            "mes",
            "dqmtui.cli.mes:show",
            "Find monitoring elements by name, the best fit first.",
            [
                click.Argument(["text"], nargs=-1, metavar="[TEXT]", shell_complete=known("elements")),
                run_option(help_text="Those of the first lumisection of this run."),
                dataset_option(),
                click.Option(["--dim"], type=click.Choice(["1", "2"]), help="One or two dimensions only."),
                click.Option(["--literal"], is_flag=True, help="TEXT stands in the name as it is."),
                click.Option(["--regex"], is_flag=True, help="TEXT is a regular expression."),
                json,
            ],
        ),
        WorkCommand(
            "hist",
            "dqmtui.cli.hist:show",
            "Draw the histogram of a lumisection, or of several summed up.\n\n"
            "The lumisections are all that --ls, --good, --mask and --exclude leave. What is masked, as for "
            "want of a rate, ends with exit code 3.",
            hist_options(),
        ),
        WorkCommand(
            "trend",
            "dqmtui.cli.trend:show",
            "Draw a statistic of a monitoring element along a run.",
            trend_options(),
        ),
        WorkCommand(
            "plots",
            "dqmtui.cli.plots:show",
            "Draw a set of monitoring elements, each with references and trends.\n\n"
            "A set is a layout, DQMExplore's plots_config, or what --me names. Sums are over all LS unless "
            "--ls, --good or --mask chooses; `report` takes the good ones.",
            plots_options(),
        ),
        WorkCommand(
            "compare",
            "dqmtui.cli.compare:show",
            "Test a histogram against a reference, and draw both.\n\n"
            "All tests compare shapes. A p says how often chance alone would give as much: no verdict.",
            compare_options(),
        ),
        WorkCommand(
            "report",
            "dqmtui.cli.report:show",
            "Report on runs with their notes and plots: a page, text or Markdown.\n\n"
            "Plots are over the good lumisections less what is noted, unless --ls or --mask names others.",
            report_options(),
        ),
        WorkCommand(
            "scan",
            "dqmtui.cli.scan:show",
            "Rank the lumisections of a run that look odd.\n\n"
            "Ranges that no condition of data-taking explains come first. A score is a sort key, no verdict.",
            scan_options(),
        ),
        WorkCommand(
            "models",
            "dqmtui.cli.models:show_models",
            "List the anomaly models of the workspace.",
            [json],
        ),
        WorkCommand(
            "flags",
            "dqmtui.cli.models:show_flags",
            "List the lumisections of runs that anomaly models call bad.",
            [
                click.Option(
                    ["--run", "runs"],
                    type=number(1),
                    metavar="N",
                    multiple=True,
                    required=True,
                    shell_complete=known("runs"),
                    help="A run; give it once for each run.",
                ),
                dataset_option(),
                click.Option(
                    ["--format", "form"],
                    type=click.Choice(["table", "cert-json", "golden-json"]),
                    default="table",
                    help="As DIALS gives it: all flags (cert-json), or LS without any (golden-json).",
                ),
                click.Option(
                    ["--output"],
                    type=click.Path(path_type=Path, dir_okay=False),
                    metavar="FILE",
                    help="With --format cert-json or golden-json; default: standard output.",
                ),
                click.Option(["--force"], is_flag=True, help="Replace a file that is there already."),
                click.Option(
                    ["--model", "models"],
                    metavar="TEXT",
                    shell_complete=known("models"),
                    multiple=True,
                    help="Number of a model, or a part of its name; give it once for each.",
                ),
                json,
            ],
        ),
        WorkCommand(
            "files",
            "dqmtui.cli.files:show",
            "List the files of a run.\n\nTheir status and what went wrong tell why a run is missing.",
            [run_option(required=True), dataset_option(), json],
        ),
    ]


def _oms() -> list[click.Command]:
    json = _json()
    return [
        WorkCommand(
            "rates",
            "dqmtui.cli.rates:show",
            "List the rate of a trigger path or primary dataset per LS.",
            [
                run_option(required=True),
                click.Option(
                    ["--path"],
                    metavar="NAME",
                    shell_complete=known("rate_names"),
                    help="HLT path, with or without version; default: HLT_ZeroBias.",
                ),
                click.Option(["--rate-dataset"], metavar="NAME", help="Primary dataset, such as ZeroBias."),
                click.Option(
                    ["--l1"], is_flag=True, help="Totals of the level-1 trigger, counters and rates."
                ),
                click.Option(
                    ["--paths"], metavar="TEXT", help="List the HLT paths that begin so, in place of rates."
                ),
                json,
            ],
        ),
        WorkCommand(
            "mask",
            "dqmtui.cli.mask:show",
            "Print good lumisections as a certification JSON.",
            [
                click.Option(
                    ["--run", "runs"],
                    type=number(1),
                    metavar="N",
                    multiple=True,
                    shell_complete=known("runs"),
                    help="A run; give it once for each run.",
                ),
                click.Option(["--all-runs"], is_flag=True, help="All runs that DIALS lists."),
                dataset_option(help_text="With --all-runs: those of datasets with this text in their name."),
                click.Option(
                    ["--dcs"], is_flag=True, help="Tracker ready, CMS active and beams stable, as OMS says."
                ),
                click.Option(
                    ["--caf"],
                    type=click.Choice(["golden", "muon", "dcs"]),
                    help="The newest official JSON of this kind.",
                ),
                click.Option(
                    ["--class", "class_name"], metavar="NAME", help="With --caf: such as Collisions24."
                ),
                click.Option(["--json", "as_json"], is_flag=True, help="What is printed is JSON anyway."),
            ],
        ),
        ClientsCommand(
            "oms",
            "dqmtui.cli.oms:show",
            "Ask OMS for any of its records.\n\n"
            "Attributes are checked before anything is asked: OMS may ignore a filter that it does not know.",
            [
                click.Argument(["resource"], metavar="RESOURCE", shell_complete=_complete_resource),
                click.Option(
                    ["--filter", "filters"],
                    metavar="ATTR:OP:VALUE",
                    multiple=True,
                    help="Such as run_number:GE:381065; operators EQ NEQ LT GT LE GE LIKE CT IN. All count.",
                ),
                click.Option(
                    ["--sort"], metavar="A,-B", multiple=True, help="Sort by A, then by B downwards."
                ),
                click.Option(["--fields"], metavar="A,B", multiple=True, help="These attributes alone."),
                click.Option(
                    ["--group"], type=click.Choice(["run", "lumisection"]), help="Rates by run or by LS."
                ),
                click.Option(["--limit"], type=number(1), metavar="N", help="The first N records alone."),
                click.Option(
                    ["--meta"], is_flag=True, help="List the attributes there are, in place of records."
                ),
                json,
            ],
        ),
    ]


def _housekeeping() -> list[click.Command]:
    json = _json()
    return [
        LaterCommand(
            "screenshot",
            "dqmtui.cli.screenshot:show",
            "Write what the terminal program would show to a file.\n\n"
            "No terminal is needed: the program opens without one, waits until all has come, and ends.",
            screenshot_options(),
        ),
        OfflineCommand(
            "themes",
            "dqmtui.cli.themes:list_themes",
            "List the themes, shipped and your own, with their files.",
            [
                click.Option(
                    ["--check"],
                    type=click.Path(path_type=Path, dir_okay=False),
                    metavar="FILE",
                    help="Only say whether a file is a theme, and what is wrong with it.",
                ),
                json,
            ],
        ),
        LaterCommand(
            "login",
            "dqmtui.cli.login:show",
            "Log in to DIALS, or to OMS itself, in a browser.\n\n"
            "The login is kept in a file of yours alone and lasts until it is refused or you log out.",
            [
                _oms_itself(),
                click.Option(
                    ["--from-cmsdials"],
                    type=click.Path(path_type=Path, dir_okay=False),
                    metavar="FILE",
                    help="Take over the login in this token file of cmsdials (.cache/creds) instead.",
                ),
                click.Option(["--json", "as_json"], is_flag=True, help="Print each state as a line of JSON."),
            ],
        ),
        OfflineCommand(
            "logout",
            "dqmtui.cli.logout:show",
            "Remove the stored login.",
            [_oms_itself(), json],
        ),
        OfflineCommand(
            "doctor",
            "dqmtui.cli.doctor:show",
            "Look for what is not well here.\n\n"
            "Settings, logins, services, certificates, terminal and files, with what to change.",
            [json],
        ),
        CommandGroup(
            "config",
            commands={
                "show": OfflineCommand(
                    "show",
                    "dqmtui.cli.config:show",
                    "Show every setting and where it came from; secrets stay hidden.",
                    [json],
                )
            },
            help="Show the settings.",
            no_args_is_help=False,
            context_settings=CONTEXT_SETTINGS,
        ),
        CommandGroup(
            "cache",
            commands={
                name: OfflineCommand(name, f"dqmtui.cli.cache:{worker}", help_text, [json])
                for name, worker, help_text in (
                    ("list", "list_contents", "List the runs that are kept, and what is kept besides."),
                    ("path", "show_path", "Print the directory of the cache."),
                    ("clear", "clear", "Remove all that is kept; it can be fetched again."),
                    ("verify", "verify", "Read every file, and set aside those that are damaged."),
                )
            },
            help="Look after what is kept on disk.",
            no_args_is_help=False,
            context_settings=CONTEXT_SETTINGS,
        ),
        keys_commands(),
    ]


def _learning() -> list[click.Command]:
    return [
        LaterCommand(
            "completion",
            "dqmtui.cli.completion:show",
            "Print what teaches a shell to complete lines.\n\n"
            "Commands, options, and from the cache runs, datasets and monitoring elements. bash and zsh: the "
            "example in their start-up file; fish: into ~/.config/fish/completions/dqmtui.fish.",
            [click.Argument(["shell"], type=click.Choice(["bash", "zsh", "fish"]), metavar="SHELL")],
        ),
        LaterCommand(
            "man",
            "dqmtui.cli.man:show",
            "Print the manual page.\n\nIt has all commands, options, keys, settings and exit codes.",
            [],
        ),
        HelpCommand(),
    ]


def _oms_itself() -> click.Option:
    return click.Option(
        ["--oms", "of_oms"], is_flag=True, help="The login to OMS itself, for oms_route direct."
    )


def _complete_resource(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """Complete the resources that are known, without asking OMS."""
    return [name for name in RESOURCES if name.startswith(incomplete)]
