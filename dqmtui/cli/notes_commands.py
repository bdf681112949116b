"""What a person can type to review: notes, certification masks, reference runs."""

from __future__ import annotations

from pathlib import Path

import click

from dqmtui.cli.command import CONTEXT_SETTINGS, CommandGroup, OfflineCommand, WorkCommand
from dqmtui.cli.options import dataset_option, golden_option, json_option, known, number, run_option
from dqmtui.cli.registry_commands import TYPES, golden_fetch_command, refruns_command

VERDICTS = ("good", "bad", "standby", "excluded", "unsure")
EXPORTS = ("text", "markdown", "anomalies", "journal")
IMPORTS = ("auto", "anomalies", "journal")
WAYS = ("or", "and", "minus", "xor")
GOOD = "dcs and not excluded"


def review_commands() -> list[click.Command]:
    """Make the commands of a review, in the order in which help lists them."""
    return [_notes(), _golden(), _refs(), refruns_command()]


def _group(
    name: str, commands: list[click.Command], help_text: str, short: tuple[str, str] | None = None
) -> click.Command:
    return CommandGroup(
        name,
        commands={command.name or "": command for command in commands},
        short=short,
        help=help_text,
        no_args_is_help=False,
        context_settings=CONTEXT_SETTINGS,
    )


# -- notes ---------------------------------------------------------------------------------------------


def _notes() -> click.Command:
    return _group(
        "notes",
        [
            OfflineCommand("list", "dqmtui.cli.notes:list_notes", "List notes.", _list_options()),
            WorkCommand(
                "add",
                "dqmtui.cli.notes_edit:add",
                "Make a note; the lumisections must exist, or --yes confirms them.",
                [_words(), run_option(required=True), *_content_options(new=True)],
            ),
            WorkCommand(
                "edit",
                "dqmtui.cli.notes_edit:edit",
                "Let a note say something else; what is not given stays.",
                [
                    click.Argument(["note"], metavar="ID"),
                    _words(),
                    *_content_options(new=False),
                ],
            ),
            OfflineCommand(
                "delete",
                "dqmtui.cli.notes:delete",
                "Delete notes; `notes undo` brings them back.",
                [click.Argument(["notes"], nargs=-1, required=True, metavar="ID..."), json_option()],
            ),
            OfflineCommand(
                "undo",
                "dqmtui.cli.notes:undo",
                "Take back the last thing that you did to notes.",
                [click.Option(["--redo"], is_flag=True, help="Do it again."), json_option()],
            ),
            WorkCommand(
                "export",
                "dqmtui.cli.notes_files:export",
                "Write notes down for others.\n\n"
                "As text for the ELOG, Markdown for a shift summary, anomalies.json of DQMExplore, or the "
                "journal that another dqmtui imports.",
                _export_options(),
            ),
            OfflineCommand(
                "import",
                "dqmtui.cli.notes_files:import_notes",
                "Take over an anomalies.json or a journal.\n\n"
                "What is noted already is passed over. That the lumisections exist counts as confirmed.",
                [
                    click.Argument(["file"], type=_file(), metavar="FILE"),
                    click.Option(
                        ["--format", "form"], type=click.Choice(IMPORTS), default="auto", help=_AUTO
                    ),
                    click.Option(
                        ["--verdict"],
                        type=click.Choice(VERDICTS),
                        default="bad",
                        help="What an anomalies.json says of the data; default: bad.",
                    ),
                    json_option(),
                ],
            ),
        ],
        "Note what is wrong with lumisections, and hand it over.",
    )


_AUTO = "Default: seen from its contents."


def _file() -> click.Path:
    return click.Path(path_type=Path, dir_okay=False)


def _words() -> click.Argument:
    return click.Argument(["text"], nargs=-1, metavar="[TEXT]")


def _output_options() -> list[click.Parameter]:
    return [
        click.Option(["--output"], type=_file(), metavar="FILE", help="Default: standard output."),
        click.Option(["--force"], is_flag=True, help="Replace a file that is there already."),
    ]


def _runs_option(help_text: str) -> click.Option:
    return click.Option(
        ["--run", "runs"],
        type=number(1),
        metavar="N",
        multiple=True,
        shell_complete=known("runs"),
        help=help_text,
    )


def _list_options() -> list[click.Parameter]:
    return [
        click.Argument(["words"], nargs=-1, metavar="[WORDS]"),
        _runs_option("Those on this run; give it once for each run."),
        click.Option(["--ls"], metavar="LS", help="Those on any of these, such as 1-35,40."),
        click.Option(
            ["--verdict", "verdicts"],
            type=click.Choice(VERDICTS),
            multiple=True,
            help="Those that say so; give it once for each.",
        ),
        click.Option(["--subsystem"], metavar="TEXT", help="Those with this in their subsystem."),
        click.Option(["--author"], metavar="TEXT", help="Those that somebody of this name wrote or changed."),
        json_option(),
    ]


def _content_options(*, new: bool) -> list[click.Parameter]:
    default = "; default: bad." if new else "."
    return [
        click.Option(
            ["--ls"],
            metavar="LS",
            required=new,
            help="Lumisections such as 1-35,40, 50- for all from 50 on, all for the run as a whole.",
        ),
        click.Option(
            ["--verdict"],
            type=click.Choice(VERDICTS),
            default="bad" if new else None,
            help=f"What the note says of the data{default}",
        ),
        click.Option(["--subsystem"], metavar="NAME", help="Such as tracker-pixel."),
        click.Option(["--cause"], metavar="TEXT", help="Such as HV trip."),
        click.Option(
            ["--me", "elements"],
            metavar="NAME",
            multiple=True,
            shell_complete=known("elements"),
            help="Monitoring element: its name, or a part that only one has; give it once for each.",
        ),
        click.Option(["--ref", "reference"], type=number(1), metavar="N", help="Run it was compared with."),
        dataset_option(),
        click.Option(["--yes"], is_flag=True, help="Confirm what is doubtful, and ask no service for it."),
        json_option(),
    ]


def _export_options() -> list[click.Parameter]:
    return [
        click.Option(["--format", "form"], type=click.Choice(EXPORTS), default="text", help="Default: text."),
        _runs_option("Those on this run; give it once for each run; default: all that have notes."),
        dataset_option("Those on a dataset with this in its name, and those on none; default: on any."),
        click.Option(
            ["--good"],
            metavar="EXPR",
            default=GOOD,
            shell_complete=known("expressions"),
            help=f"For text and markdown: which LS are good; default: {GOOD}.",
        ),
        golden_option(),
        *_output_options(),
        click.Option(
            ["--json", "as_json"], is_flag=True, help="Print the notes as `notes list --json` does."
        ),
    ]


_MEANT = (
    "Of which dataset notes and masks count, any part of its name; default: that of the settings, else the "
    "one worked on. How many notes on others are not counted is told."
)

# -- golden --------------------------------------------------------------------------------------------


def _golden() -> click.Command:
    return _group(
        "golden",
        [
            WorkCommand(
                "make",
                "dqmtui.cli.golden:make",
                "Make a certification JSON of the good lumisections of runs.",
                [
                    _runs_option("A run; give it once for each run; default: all that have notes."),
                    dataset_option(_MEANT),
                    click.Option(
                        ["--good"],
                        metavar="EXPR",
                        shell_complete=known("expressions"),
                        help=f"Which LS are good; default: {GOOD}.",
                    ),
                    golden_option(),
                    click.Option(
                        ["--mask", "masks"],
                        metavar="NAME=FILE",
                        multiple=True,
                        help="A certification JSON, a file or an address, that the expression calls NAME.",
                    ),
                    click.Option(
                        ["--logic"], type=_file(), metavar="FILE", help="A Run Registry rule, rr_config.json."
                    ),
                    click.Option(
                        ["--given"],
                        metavar="NAME=VALUE",
                        multiple=True,
                        help="A variable of the rule, such as lumisection.rr.dt-dt=GOOD.",
                    ),
                    click.Option(
                        ["--rr", "registry"],
                        metavar="NAME",
                        help="Statuses for the rule, of this dataset in the Run Registry; extra rr.",
                    ),
                    click.Option(
                        ["--notes", "with_notes"],
                        is_flag=True,
                        help="Take out what notes on the dataset call bad, standby or excluded; they are "
                        "also the verdicts lumisection.rr.SUBSYSTEM of the rule.",
                    ),
                    *_output_options(),
                    click.Option(["--json", "as_json"], is_flag=True, help="What is made is JSON anyway."),
                ],
            ),
            OfflineCommand(
                "merge",
                "dqmtui.cli.golden_files:merge",
                "Put certification JSONs together, files or addresses.",
                [
                    click.Argument(["places"], nargs=-1, required=True, metavar="FILE..."),
                    click.Option(
                        ["--how"],
                        type=click.Choice(WAYS),
                        default="or",
                        help="LS in any of them, in all, in the first alone, in an odd number; default: or.",
                    ),
                    *_output_options(),
                    click.Option(["--json", "as_json"], is_flag=True, help="What is made is JSON anyway."),
                ],
            ),
            golden_fetch_command(),
            OfflineCommand(
                "compare",
                "dqmtui.cli.golden_files:compare_two",
                "List the lumisections in which two certification JSONs differ.",
                [
                    click.Argument(["first"], metavar="FILE"),
                    click.Argument(["second"], metavar="FILE"),
                    _runs_option("This run alone; give it once for each run."),
                    json_option(),
                ],
            ),
        ],
        "Make, merge and compare certification JSONs.\n\n"
        "`dqmtui golden --logic FILE --dataset NAME` is short for `dqmtui golden fetch` with these options.",
        ("--logic", "fetch"),
    )


# -- references ----------------------------------------------------------------------------------------


def _refs() -> click.Command:
    return WorkCommand(
        "refs",
        "dqmtui.cli.refs:show",
        "Find runs that a run can be compared with.\n\n"
        "Those of CertHelper's list, and earlier runs, the most alike first. The score is 1 for the same "
        "conditions. It sorts; a reason stands beside it for each condition.",
        [
            run_option(required=True),
            click.Option(
                ["--type", "reconstruction"],
                type=click.Choice(TYPES),
                help="Of CertHelper's list: this type of reconstruction alone.",
            ),
            click.Option(
                ["--list", "place"],
                metavar="FILE",
                help="CertHelper's list of reference runs, a file or an address; default: CertHelper itself.",
            ),
            dataset_option(
                "Earlier runs in datasets with this text in their name; default: those of the run."
            ),
            click.Option(
                ["--limit"], type=number(1, 200), metavar="N", default="10", help="So many; default: 10."
            ),
            click.Option(
                ["--pileup"],
                is_flag=True,
                help="Compare luminosity and pileup too, for which OMS is asked run by run.",
            ),
            json_option(),
        ],
    )
