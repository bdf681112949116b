"""Every action of the program: one table behind bindings, footer, help and palette."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.binding import Binding

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Action:
    """Something a person can do: `id` is its long name, `handler` the screen's method without `action_`.

    `keys` are Textual's key names (none: reached by palette and prompt alone), `hint` the word in the footer
    (none: not shown there); a number typed before a `counted` action repeats it. `takes` names what may be
    typed behind its name at the prompt: the handler is then called with that text, by a key with none.
    """

    id: str
    keys: tuple[str, ...]
    group: str
    text: str
    handler: str
    hint: str = ""
    counted: bool = False
    takes: str = ""

    @property
    def shown_keys(self) -> str:
        """The keys as a person writes them; without one, what to type into the prompt."""
        return " ".join(_SHOWN.get(key, key) for key in self.keys) or f":{self.id}"


_SHOWN = {
    "right": "→",
    "left": "←",
    "up": "↑",
    "down": "↓",
    "slash": "/",
    "colon": ":",
    "full_stop": ".",
    "comma": ",",
    "greater_than_sign": ">",
    "less_than_sign": "<",
    "question_mark": "?",
    "right_square_bracket": "]",
    "left_square_bracket": "[",
    "left_curly_bracket": "{",
    "right_curly_bracket": "}",
    "left_parenthesis": "(",
    "right_parenthesis": ")",
    "escape": "esc",
    "f1": "F1",
    "shift+tab": "shift+tab",
}

_ASCII = {"→": "right", "←": "left", "↑": "up", "↓": "down"}

GROUPS = ("Panes", "Lumisections", "Monitoring elements", "Runs", "Picture", "Reference", "Program")

ACTIONS: tuple[Action, ...] = (
    Action("focus.runs", ("1",), "Panes", "Go to the runs", "digit(1)"),
    Action("focus.lumisections", ("2",), "Panes", "Go to the lumisections", "digit(2)"),
    Action("focus.plot", ("3",), "Panes", "Go to the plot", "digit(3)"),
    Action("focus.trend", ("4",), "Panes", "Go to the trend", "digit(4)"),
    Action("focus.next", ("tab",), "Panes", "Go to the next pane", "next_pane(1)"),
    Action("focus.previous", ("shift+tab",), "Panes", "Go to the previous pane", "next_pane(-1)"),
    Action("open", ("enter",), "Panes", "Open what is under the cursor; a plot alone", "open", "open"),
    Action("cursor.up", ("up", "k"), "Panes", "One row up", "cursor(-1)", counted=True),
    Action("cursor.down", ("down", "j"), "Panes", "One row down", "cursor(1)", counted=True),
    Action("cursor.page_up", ("pageup",), "Panes", "One page up", "cursor_page(-1)", counted=True),
    Action("cursor.page_down", ("pagedown",), "Panes", "One page down", "cursor_page(1)", counted=True),
    Action("cursor.top", ("home",), "Panes", "First row", "cursor_end(-1)"),
    Action("cursor.bottom", ("end",), "Panes", "Last row", "cursor_end(1)"),
    Action("pane.zoom", ("z",), "Panes", "Zoom the pane, and back", "zoom", "zoom"),
    Action(
        "ls.next", ("right", "l"), "Lumisections", "Next LS that has data", "step_ls(1)", "LS", counted=True
    ),
    Action(
        "ls.previous", ("left", "h"), "Lumisections", "Previous LS that has data", "step_ls(-1)", counted=True
    ),
    Action("ls.forward", ("L",), "Lumisections", "Ten LS on", "step_ls(10)", counted=True),
    Action("ls.back", ("H",), "Lumisections", "Ten LS back", "step_ls(-10)", counted=True),
    Action(
        "ls.play",
        ("space",),
        "Lumisections",
        "Play the LS; a number is the LS per second",
        "play",
        "play",
        counted=True,
    ),
    Action(
        "ls.group",
        ("N",),
        "Lumisections",
        "Sum N LS in the plot: 10 N; N alone ends it",
        "group_ls",
        counted=True,
        takes="N",
    ),
    Action("good.choose", ("J",), "Lumisections", "Choose which LS are good", "choose_good"),
    Action("good", (), "Lumisections", "Say by an expression which LS are good", "good", takes="EXPRESSION"),
    Action("ls.first", ("g",), "Lumisections", "First LS", "end_ls(-1)"),
    Action("ls.last", ("G",), "Lumisections", "Last LS", "end_ls(1)"),
    Action("me.find", ("slash",), "Monitoring elements", "Find an element", "find", "find ME"),
    Action(
        "me.next",
        ("full_stop",),
        "Monitoring elements",
        "Next element of the set, or found",
        "step_me(1)",
        "ME",
        counted=True,
    ),
    Action(
        "me.previous",
        ("comma",),
        "Monitoring elements",
        "Previous element of the set, or found",
        "step_me(-1)",
        counted=True,
    ),
    Action("layout", ("p",), "Monitoring elements", "Look at a set of MEs", "layout", "set", takes="NAME"),
    Action("plots.per_page", ("P",), "Monitoring elements", "Next number of plots on a page", "per_page"),
    Action("run.next", ("greater_than_sign",), "Runs", "Next run", "step_run(1)", counted=True),
    Action("run.previous", ("less_than_sign",), "Runs", "Previous run", "step_run(-1)", counted=True),
    Action("run.dataset", ("D",), "Runs", "Show the runs of one dataset, or of all", "datasets"),
    Action("run.follow", ("F",), "Runs", "Follow a run that is being taken", "follow"),
    Action("workspace", ("W",), "Runs", "Change the workspace", "workspaces"),
    Action("plot.log", ("y",), "Picture", "Linear or log y (colours of a map)", "toggle_log", "log"),
    Action("plot.range", ("Y",), "Picture", "Range of y: this LS or the whole run", "toggle_range", "range"),
    Action("plot.log_x", ("X",), "Picture", "Linear or log x", "toggle_log_x"),
    Action("plot.x", (), "Picture", "Range of x by hand, automatic without one", "plot_x", takes="LOW HIGH"),
    Action("plot.y", (), "Picture", "Range of y by hand, automatic without one", "plot_y", takes="LOW HIGH"),
    Action("plot.z", (), "Picture", "Range of a map's colours by hand", "plot_z", takes="LOW HIGH"),
    Action("plot.steps", ("B",), "Picture", "Bars or steps", "toggle_steps"),
    Action("plot.numbers", ("I",), "Picture", "Box of numbers: entries, sum, mean", "toggle_stat_box"),
    Action("plot.projections", ("O",), "Picture", "Projections of a map", "toggle_projections"),
    Action("bin.cursor", ("a",), "Picture", "Bin cursor: reads a bin", "toggle_bin_cursor", "read bin"),
    Action(
        "bin.left", ("left_curly_bracket",), "Picture", "Bin cursor left", "move_bin(-1, 0)", counted=True
    ),
    Action(
        "bin.right", ("right_curly_bracket",), "Picture", "Bin cursor right", "move_bin(1, 0)", counted=True
    ),
    Action(
        "bin.down",
        ("left_parenthesis",),
        "Picture",
        "Bin cursor down, in maps and waterfalls",
        "move_bin(0, -1)",
        counted=True,
    ),
    Action("bin.up", ("right_parenthesis",), "Picture", "Bin cursor up", "move_bin(0, 1)", counted=True),
    Action("plot.normalise", ("n",), "Picture", "Next normalisation", "normalise", "norm"),
    Action("rate", (), "Picture", "Rate to divide by: an HLT path or a dataset", "rate", takes="PATH"),
    Action("plot.errors", ("b",), "Picture", "Error bars", "toggle_errors"),
    Action("plot.waterfall", ("w",), "Picture", "Waterfall of the run: LS x bin", "waterfall"),
    Action("plot.integral", ("i",), "Picture", "Integral of the good LS", "integral"),
    Action("reference.choose", ("r",), "Reference", "Choose the reference", "reference", "reference"),
    Action("reference.add", ("A",), "Reference", "Compare with one more", "add_reference"),
    Action("reference.show", ("R",), "Reference", "Show or hide the reference", "toggle_reference"),
    Action("reference.compare", ("d",), "Reference", "Overlay, ratio, difference, pull", "compare"),
    Action(
        "reference.good",
        (),
        "Reference",
        "Which LS are good in other runs",
        "good_there",
        takes="EXPRESSION",
    ),
    Action("ls.exclude", ("x",), "Lumisections", "Exclude or include this LS or range", "exclude"),
    Action("scores", ("s",), "Lumisections", "Score the LS of this ME, and back", "scores", "score"),
    Action("scan", ("S",), "Lumisections", "Scan MEs for suspicious LS", "scan", "scan"),
    Action(
        "suspicion.next",
        ("right_square_bracket",),
        "Lumisections",
        "Next suspicious LS",
        "step_suspicion(1)",
        counted=True,
    ),
    Action(
        "suspicion.previous",
        ("left_square_bracket",),
        "Lumisections",
        "Previous suspicious LS",
        "step_suspicion(-1)",
        counted=True,
    ),
    Action("undo", ("u",), "Program", "Take the last exclusion back", "undo"),
    Action(
        "trend.statistic",
        ("t",),
        "Picture",
        "Next statistic of the trend",
        "statistic",
        "statistic",
        takes="NAME",
    ),
    Action("trend.under", ("U",), "Picture", "Next quantity under the trend", "under", takes="NAME"),
    Action(
        "trend.zoom",
        ("Z",),
        "Lumisections",
        "Zoom the trend into the range, and back",
        "zoom_ls",
        takes="FIRST-LAST",
    ),
    Action("ls.range", ("v",), "Lumisections", "Start or end a range of LS", "mark_range"),
    Action("go", ("colon",), "Program", "Go to an LS, a run or an action by name", "prompt", "go to"),
    Action("cancel", ("escape",), "Program", "Cancel loading, close, back", "cancel"),
    Action("reload", ("ctrl+r",), "Program", "Ask again for what is missing", "reload"),
    Action("details", ("E",), "Program", "Read the last messages in full", "details"),
    Action("copy", ("c",), "Program", "Copy the last message", "copy"),
    Action("login", (), "Program", "Log in to DIALS", "login"),
    Action("logout", (), "Program", "Log out of DIALS", "logout"),
    Action("login.oms", (), "Program", "Log in to OMS itself", "login('OMS')"),
    Action("logout.oms", (), "Program", "Log out of OMS itself", "logout('OMS')"),
    Action("redraw", ("ctrl+l",), "Program", "Draw the whole screen anew", "app.redraw"),
    Action("theme.next", ("T",), "Program", "Next theme", "app.next_theme"),
    Action("palette", ("ctrl+p",), "Program", "Command palette", "app.command_palette"),
    Action("help", ("question_mark", "f1"), "Program", "Keys and what they do", "help", "help"),
    Action("quit", ("q",), "Program", "Quit", "app.quit", "quit"),
)

BY_ID = {action.id: action for action in ACTIONS}


def bindings(actions: Iterable[Action] = ACTIONS) -> list[Binding]:
    """Give the bindings of all actions that have keys.

    They have priority: keys are then handled in the order in which they came, before the next one is looked
    at, so that `/charge` typed at once opens the finder first and ends up in it.
    """
    return [
        Binding(
            ",".join(action.keys), f"act({action.id!r})", action.text, show=False, priority=True, id=action.id
        )
        for action in actions
        if action.keys
    ]


def plain(text: str) -> str:
    """Give a text with arrows as words, for a terminal without them."""
    return "".join(_ASCII.get(char, char) for char in text)
