"""Every action of the program: one table behind bindings, footer, help, palette and `dqmtui keys`."""

from __future__ import annotations

from dataclasses import dataclass

from dqmtui.model.keynames import ARROWS, pictured


@dataclass(frozen=True, slots=True)
class Action:
    """Something a person can do: `id` is its long name, `handler` the screen's method without `action_`.

    `keys` are Textual's key names (none: reached by palette and prompt alone), those here the default ones; a
    Keymap has the actions with a person's own. `hint` is the word in the footer (none: not shown there); a
    number typed before a `counted` action repeats it. `takes` names what may be typed behind its name at the
    prompt: the handler is then called with that text, by a key with none.
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
        return " ".join(pictured(key) for key in self.keys) or f":{self.id}"


GROUPS = ("Panes", "Lumisections", "Monitoring elements", "Runs", "Picture", "Reference", "Program")

ACTIONS: tuple[Action, ...] = (
    Action("focus.runs", ("1",), "Panes", "Go to the runs", "pane('runs')"),
    Action("focus.lumisections", ("2",), "Panes", "Go to the lumisections", "pane('lumisections')"),
    Action("focus.plot", ("3",), "Panes", "Go to the plot", "pane('plot')"),
    Action("focus.trend", ("4",), "Panes", "Go to the trend", "pane('trend')"),
    Action("focus.next", ("tab",), "Panes", "Go to the next pane", "next_pane(1)"),
    Action("focus.previous", ("shift+tab",), "Panes", "Go to the previous pane", "next_pane(-1)"),
    Action("open", ("enter",), "Panes", "Open what is under the cursor; a plot alone", "open", "open"),
    Action("cursor.up", ("up", "k"), "Panes", "One row up", "cursor(-1)", counted=True),
    Action("cursor.down", ("down", "j"), "Panes", "One row down", "cursor(1)", counted=True),
    Action("cursor.page_up", ("pageup",), "Panes", "One page up", "cursor_page(-1)", counted=True),
    Action("cursor.page_down", ("pagedown",), "Panes", "One page down", "cursor_page(1)", counted=True),
    Action("cursor.top", ("home",), "Panes", "First row", "cursor_end(-1)"),
    Action("cursor.bottom", ("end",), "Panes", "Last row", "cursor_end(1)"),
    Action("filter.edit", ("f",), "Panes", "Filter the table as you type", "edit_filter", "filter"),
    Action("filter", (), "Panes", "Filter the table; show all without one", "filter", takes="EXPRESSION"),
    Action("sort.next", ("o",), "Panes", "Sort the table by the next column", "sort_next", "sort"),
    Action("sort", (), "Panes", "Sort the table by a column; -COLUMN downwards", "sort", takes="COLUMN"),
    Action("columns", ("C",), "Panes", "Choose the columns of the table", "columns", "columns"),
    Action("table.right", ("shift+right",), "Panes", "More columns right", "scroll_columns(1)", counted=True),
    Action("table.left", ("shift+left",), "Panes", "More columns left", "scroll_columns(-1)", counted=True),
    Action("pane.zoom", ("z",), "Panes", "Zoom the pane, and back", "zoom", "zoom"),
    Action("pane.taller", ("plus",), "Panes", "Make the pane taller", "resize_height(1)", counted=True),
    Action("pane.shorter", ("minus",), "Panes", "Make the pane shorter", "resize_height(-1)", counted=True),
    Action("pane.wider", ("asterisk",), "Panes", "Make the pane wider", "resize_width(1)", counted=True),
    Action(
        "pane.narrower", ("underscore",), "Panes", "Make the pane narrower", "resize_width(-1)", counted=True
    ),
    Action("pane.sizes", ("equals_sign",), "Panes", "Give all panes their usual sizes", "reset_sizes"),
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
    Action("good.save", (), "Lumisections", "Save it under a name", "save_good", takes="NAME"),
    Action("good.forget", (), "Lumisections", "Forget a saved expression", "forget_good", takes="NAME"),
    Action("ml.real", (), "Lumisections", "Note what models flag here as real", "ml_verdict(True)"),
    Action("ml.fake", (), "Lumisections", "Note it as a false alarm", "ml_verdict(False)"),
    Action("ml.flags", (), "Lumisections", "List what anomaly models flag", "ml_flags"),
    Action("registry", (), "Lumisections", "Ask the Run Registry for its columns", "registry"),
    Action("golden", (), "Lumisections", "Golden JSON of a file; the newest without", "golden", takes="FILE"),
    Action("ls.first", ("g",), "Lumisections", "First LS", "end_ls(-1)"),
    Action("ls.last", ("G",), "Lumisections", "Last LS; after a number, that LS", "end_ls(1)"),
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
    Action("run.dataset", ("D",), "Runs", "Show the runs of one dataset, or of all", "datasets", "dataset"),
    Action("run.follow", ("F",), "Runs", "Follow a run that is being taken", "follow", "follow"),
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
    Action("plot.waterfall", ("w",), "Picture", "Waterfall of the run: LS x bin", "waterfall", "waterfall"),
    Action("plot.integral", ("i",), "Picture", "Integral of the good LS", "integral", "integral"),
    Action("reference.choose", ("r",), "Reference", "Choose the reference", "reference", "reference"),
    Action(
        "reference.list",
        (),
        "Reference",
        "Offer what CertHelper's list has, of a file or an address",
        "list_references",
        takes="PLACE",
    ),
    Action("reference.add", ("A",), "Reference", "Compare with one more", "add_reference"),
    Action("reference.show", ("R",), "Reference", "Show or hide the reference", "toggle_reference"),
    Action(
        "reference.compare", ("d",), "Reference", "Overlay, ratio, difference, pull", "compare", "compare"
    ),
    Action(
        "reference.good",
        (),
        "Reference",
        "Which LS are good in other runs",
        "good_there",
        takes="EXPRESSION",
    ),
    Action("ls.exclude", ("x",), "Lumisections", "Exclude or include this LS or range", "exclude", "exclude"),
    Action("scores", ("s",), "Lumisections", "Score the LS of this ME, and back", "scores", "score"),
    Action("scan", ("S",), "Lumisections", "Scan MEs for suspicious LS", "scan", "scan"),
    Action(
        "suspicion.next",
        ("right_square_bracket",),
        "Lumisections",
        "Next suspicious LS",
        "step_suspicion(1)",
        "suspicious",
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
    Action("note", ("m",), "Lumisections", "Note on this LS or range", "note", "note"),
    Action("notes", ("M",), "Lumisections", "List of notes", "notes"),
    Action("note.next", ("apostrophe",), "Lumisections", "Next note", "step_note(1)", counted=True),
    Action(
        "note.previous", ("quotation_mark",), "Lumisections", "Previous note", "step_note(-1)", counted=True
    ),
    Action("notes.save", (), "Program", "Save notes that are not on the disk", "save_notes", takes="FILE"),
    Action(
        "export",
        ("e",),
        "Program",
        "Write what is shown into a file; a report",
        "export",
        "export",
        takes="KIND FILE",
    ),
    Action("summary", (), "Program", "Summary for the ELOG, to be copied", "summary"),
    Action("undo", ("u",), "Program", "Undo the last edit: note, exclusion, reference", "undo"),
    Action("redo", (), "Program", "Make the edit that was taken back again", "redo"),
    Action(
        "trend.statistic",
        ("t",),
        "Picture",
        "Next statistic of the trend",
        "statistic",
        "statistic",
        takes="NAME",
    ),
    Action(
        "trend.under", ("U",), "Picture", "Next quantity under the trend", "under", "under it", takes="NAME"
    ),
    Action(
        "trend.zoom",
        ("Z",),
        "Lumisections",
        "Zoom the trend into the range, and back",
        "zoom_ls",
        "zoom LS",
        takes="FIRST-LAST",
    ),
    Action("ls.range", ("v",), "Lumisections", "Start or end a range of LS", "mark_range", "mark LS"),
    Action("go", ("colon",), "Program", "Go to an LS, a run or an action by name", "prompt", "go to"),
    Action("cancel", ("escape",), "Program", "Cancel loading, close, back", "cancel"),
    Action("reload", ("ctrl+r",), "Program", "Ask again for what is missing", "reload"),
    Action("details", ("E",), "Program", "All messages of this session, with details", "details"),
    Action("copy", ("c",), "Program", "Copy the last message", "copy"),
    Action("login", (), "Program", "Log in to DIALS", "login"),
    Action("logout", (), "Program", "Log out of DIALS", "logout"),
    Action("login.oms", (), "Program", "Log in to OMS itself", "login('OMS')"),
    Action("logout.oms", (), "Program", "Log out of OMS itself", "logout('OMS')"),
    Action(
        "screenshot",
        ("exclamation_mark",),
        "Program",
        "Write the screen to files: SVG and text",
        "screenshot",
        takes="FILE",
    ),
    Action("redraw", ("ctrl+l",), "Program", "Draw the whole screen anew", "app.redraw"),
    Action("session", (), "Program", "Go on in another session, or begin one", "session", takes="NAME"),
    Action("session.delete", (), "Program", "Delete a session", "delete_session", takes="NAME"),
    Action("theme.next", ("T",), "Program", "Next theme", "next_theme"),
    Action("theme", (), "Program", "Take a theme by its name", "theme", takes="NAME"),
    Action("palette", ("ctrl+p",), "Program", "Find anything by its name", "palette", "anything"),
    Action("help", ("question_mark", "f1"), "Program", "Keys and what they do", "help", "help"),
    Action("quit", ("q",), "Program", "Quit; ctrl+q does from anywhere", "app.quit", "quit"),
)

BY_ID = {action.id: action for action in ACTIONS}


def plain(text: str) -> str:
    """Give a text with arrows as words, for a terminal without them."""
    return "".join(ARROWS.get(char, char) for char in text)
