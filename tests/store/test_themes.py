from __future__ import annotations

import itertools
import shutil
import subprocess
import sys
import tomllib
from dataclasses import fields
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from rich.color import Color, ColorSystem
from textual.theme import Theme as TextualTheme

from dqmtui.model.theme import Glyphs, Roles, Theme, ThemeKeyError, UiColors, nearest_name
from dqmtui.render.cells import one_cell_text
from dqmtui.render.colors import ANSI_16, ansi_index, contrast, linear_rgb, oklab, rgb, xterm_index
from dqmtui.store.themes import ThemeError, available_themes, load_theme

SHIPPED = sorted(available_themes())
DARK_FILE = available_themes()["dqm-dark"]
TEXT_ROLES = (
    "current", "reference", "good", "bad", "unknown", "masked", "excluded", "note", "empty", "absent",
    "loading", "cursor", "label", "title",
)  # fmt: skip
TEXT_COLORS = ("primary", "secondary", "accent", "foreground", "success", "warning", "error")
# What stands side by side in one plot or one column.
APART = [
    ("current", "reference"),
    ("good", "bad"),
    ("good", "unknown"),
    ("bad", "unknown"),
    ("good", "masked"),
    ("good", "excluded"),
    ("bad", "masked"),
    ("bad", "excluded"),
    ("heat_zero", "heat_absent"),
    ("heat_zero", "heat_never"),
    ("heat_absent", "heat_never"),
]
# Dichromats see linear light through these (G. M. Machado et al., IEEE TVCG 15 (2009) 1291, severity 1).
MACHADO = {
    "full colour vision": np.eye(3),
    "deuteranopia": np.array(
        [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]]
    ),
    "protanopia": np.array(
        [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]]
    ),
}
SEPARATE = 0.07  # in OKLab, where 0.02 is just visible side by side


def seen(color: str, vision: str) -> np.ndarray:
    return oklab(np.clip(linear_rgb(rgb(color)) @ MACHADO[vision].T, 0, 1))


def difference(first: str, second: str, vision: str) -> float:
    return float(np.linalg.norm(seen(first, vision) - seen(second, vision)))


def rich_index(color: str, system: ColorSystem) -> int | None:
    return Color.parse(color).downgrade(system).number


@pytest.fixture(params=SHIPPED)
def theme(request: pytest.FixtureRequest) -> Theme:
    return load_theme(available_themes()[request.param])


def dark_data() -> dict[str, Any]:
    return tomllib.loads(DARK_FILE.read_text(encoding="utf-8"))


class TestShippedThemes:
    def test_there_are_five_and_one_is_light(self) -> None:
        assert SHIPPED == ["deuteranopia", "dqm-dark", "dqm-light", "high-contrast", "sixteen"]
        assert [name for name in SHIPPED if not load_theme(available_themes()[name]).dark] == ["dqm-light"]

    def test_textual_accepts_each(self, theme: Theme) -> None:
        colors = {field.name: getattr(theme.ui, field.name) for field in fields(UiColors)}
        made = TextualTheme(name=theme.name, dark=theme.dark, variables=dict(theme.variables), **colors)
        generated = made.to_color_system().generate()
        assert set(theme.variables) <= set(generated), "a variable that Textual does not know"

    @pytest.mark.parametrize("role", TEXT_ROLES)
    def test_text_of_each_role_has_contrast_on_every_ground(self, theme: Theme, role: str) -> None:
        for ground in (theme.ui.background, theme.ui.surface):
            assert contrast(theme.role(role), ground) >= 4.5

    @pytest.mark.parametrize("name", TEXT_COLORS)
    def test_text_of_the_user_interface_has_contrast_on_every_ground(self, theme: Theme, name: str) -> None:
        for ground in (theme.ui.background, theme.ui.surface):
            assert contrast(getattr(theme.ui, name), ground) >= 4.5

    def test_text_on_coloured_grounds_has_contrast(self, theme: Theme) -> None:
        pairs = [
            ("block-cursor-foreground", "block-cursor-background"),
            ("block-cursor-blurred-foreground", "block-cursor-blurred-background"),
            ("footer-foreground", "footer-background"),
            ("footer-key-foreground", "footer-background"),
            ("footer-description-foreground", "footer-background"),
            ("input-selection-foreground", "input-selection-background"),
            ("screen-selection-foreground", "screen-selection-background"),
        ]
        for text, ground in pairs:
            assert contrast(theme.variables[text], theme.variables[ground]) >= 4.5, text
        assert contrast(theme.ui.foreground, theme.ui.panel) >= 4.5

    def test_axes_are_visible_and_calmer_than_their_labels(self, theme: Theme) -> None:
        ground = theme.ui.background
        assert 3 <= contrast(theme.roles.axis, ground) <= contrast(theme.roles.label, ground)
        assert contrast(theme.roles.label, ground) < contrast(theme.roles.title, ground)
        assert 1.2 <= contrast(theme.roles.grid, ground) < contrast(theme.roles.axis, ground)

    @pytest.mark.parametrize("pair", APART, ids="-".join)
    def test_roles_that_must_be_told_apart_differ_in_256_colours(
        self, theme: Theme, pair: tuple[str, str]
    ) -> None:
        first, second = map(theme.role, pair)
        assert xterm_index(first) != xterm_index(second)
        assert rich_index(first, ColorSystem.EIGHT_BIT) != rich_index(second, ColorSystem.EIGHT_BIT)

    @pytest.mark.parametrize(
        "pair", [pair for pair in APART if not {"masked", "excluded"} & set(pair)], ids="-".join
    )
    def test_roles_that_must_be_told_apart_differ_in_16_colours(
        self, theme: Theme, pair: tuple[str, str]
    ) -> None:
        first, second = map(theme.role, pair)
        assert ansi_index(first) != ansi_index(second)

    @pytest.mark.parametrize("vision", MACHADO)
    @pytest.mark.parametrize("pair", APART, ids="-".join)
    def test_roles_that_must_be_told_apart_differ_for_dichromats(
        self, theme: Theme, pair: tuple[str, str], vision: str
    ) -> None:
        assert difference(theme.role(pair[0]), theme.role(pair[1]), vision) >= SEPARATE

    @pytest.mark.parametrize("vision", MACHADO)
    def test_the_smallest_value_of_a_map_differs_from_zero_and_from_no_data(
        self, theme: Theme, vision: str
    ) -> None:
        for role in ("heat_zero", "heat_absent", "heat_never"):
            assert difference(theme.heat[0], theme.role(role), vision) >= SEPARATE
            assert xterm_index(theme.role(role)) not in {xterm_index(color) for color in theme.heat}

    def test_the_heat_ramp_runs_away_from_the_background_in_lightness(self, theme: Theme) -> None:
        lightness = [float(seen(color, "full colour vision")[0]) for color in theme.heat]
        steps = np.diff(lightness) * (1 if theme.dark else -1)
        assert (steps > -0.015).all()
        assert steps.sum() > 0.5

    def test_all_colours_of_the_heat_ramp_are_left_in_256_colours(self, theme: Theme) -> None:
        assert len({xterm_index(color) for color in theme.heat}) == len(theme.heat)
        assert len({rich_index(color, ColorSystem.EIGHT_BIT) for color in theme.heat}) == len(theme.heat)

    def test_at_least_six_colours_of_the_heat_ramp_are_left_in_16_colours(self, theme: Theme) -> None:
        assert len({ansi_index(color) for color in theme.heat}) >= 6

    @pytest.mark.parametrize("vision", MACHADO)
    def test_the_ends_of_the_diverging_ramp_differ_and_zero_is_in_its_middle(
        self, theme: Theme, vision: str
    ) -> None:
        assert len(theme.diverging) % 2 == 1
        middle = len(theme.diverging) // 2
        for distance in range(1, middle + 1):
            negative, positive = theme.diverging[middle - distance], theme.diverging[middle + distance]
            assert difference(negative, positive, vision) >= SEPARATE
        lightness = [float(seen(color, vision)[0]) for color in theme.diverging]
        assert lightness[middle] == (min(lightness) if theme.dark else max(lightness))

    def test_panes_are_told_apart_in_256_colours(self, theme: Theme) -> None:
        if theme.name == "sixteen":
            pytest.skip("16 colours leave no near blacks")
        grounds = [theme.ui.background, theme.ui.surface, theme.ui.panel, theme.ui.boost]
        for first, second in itertools.pairwise(grounds):
            assert rich_index(first, ColorSystem.EIGHT_BIT) != rich_index(second, ColorSystem.EIGHT_BIT)

    def test_states_differ_by_their_glyphs_alone(self, theme: Theme) -> None:
        for glyphs in (theme.glyphs, theme.glyphs_ascii):
            states = (
                "good",
                "bad",
                "unknown",
                "masked",
                "excluded",
                "note",
                "hole",
                "empty",
                "absent",
                "loading",
            )
            shown = [getattr(glyphs, state) for state in states]
            assert len(set(shown)) == len(shown)
            marks = [glyphs.over, glyphs.under]
            assert len({*marks, glyphs.absent, glyphs.hole}) == 4

    def test_every_glyph_is_one_cell_wide(self, theme: Theme) -> None:
        for glyphs in (theme.glyphs, theme.glyphs_ascii):
            text = "".join(getattr(glyphs, field.name) for field in fields(Glyphs))
            assert one_cell_text(text) == text


def test_the_colour_blind_theme_separates_good_and_bad_widely() -> None:
    theme = load_theme(available_themes()["deuteranopia"])
    for vision in MACHADO:
        assert difference(theme.roles.good, theme.roles.bad, vision) >= 0.2
        assert difference(theme.ui.success, theme.ui.error, vision) >= 0.2


def test_the_high_contrast_theme_has_7_to_1() -> None:
    theme = load_theme(available_themes()["high-contrast"])
    assert all(contrast(theme.role(role), theme.ui.background) >= 7 for role in TEXT_ROLES)


def test_the_16_colour_theme_uses_only_those() -> None:
    theme = load_theme(available_themes()["sixteen"])
    colors = [getattr(theme.roles, field.name) for field in fields(Roles)]
    colors += [getattr(theme.ui, field.name) for field in fields(UiColors)]
    colors += [*theme.heat, *theme.diverging, *(v for v in theme.variables.values() if v.startswith("#"))]
    for color in colors:
        assert difference(color, ANSI_16[ansi_index(color)], "full colour vision") == 0
    for first, second in (*(pair for pair in APART if "masked" not in pair), ("reference", "note")):
        indices = {rich_index(theme.role(role), ColorSystem.STANDARD) for role in (first, second)}
        assert len(indices) == 2


class TestErrors:
    def write(self, directory: Path, old: str, new: str) -> Path:
        path = directory / "mine.toml"
        text = DARK_FILE.read_text(encoding="utf-8")
        assert old in text
        path.write_text(text.replace(old, new, 1), encoding="utf-8")
        return path

    @pytest.mark.parametrize(
        ("old", "new", "key", "message"),
        [
            ("\nreference =", "\nrefrence =", "roles.refrence", "unknown key; did you mean roles.reference?"),
            ("\n[roles]", "\n[rolls]", "rolls", "unknown key; did you mean roles?"),
            ("\nprimary =", "\nprimry =", "ui.primry", "unknown key; did you mean ui.primary?"),
            ("\nprimary =", "\nxyzzy =", "ui.xyzzy", "unknown key"),
            ('note = "◆"\n', "", "glyphs.utf8.note", "missing"),
            ("[glyphs.ascii]", "[glyphs.asci]", "glyphs.asci", "did you mean glyphs.ascii?"),
            ("dark = true", "dark = 1", "dark", "true or false"),
            ('title = "DQM dark"', 'title = ""', "title", "printable"),
            ("[ramps]\n", "[ramps]\nheet = []\n", "ramps.heet", "did you mean ramps.heat?"),
            ('"#87afd7"', '"lightblue"', "ui.secondary", "'#rrggbb', got 'lightblue'"),
            ('bad = "✗"', 'bad = "no"', "glyphs.utf8.bad", "one printable character, got 'no'"),
            ('bad = "!"', 'bad = "✗"', "glyphs.ascii.bad", "ASCII"),
            ('bad = "✗"', 'bad = "\\u001b"', "glyphs.utf8.bad", "printable"),
            ("[variables]\n", "[variables]\nx = 1\n", "variables.x", "expected a text"),
        ],
    )
    def test_a_bad_key_is_named_with_its_file(
        self, tmp_path: Path, old: str, new: str, key: str, message: str
    ) -> None:
        path = self.write(tmp_path, old, new)
        with pytest.raises(ThemeError) as caught:
            load_theme(path)
        assert (caught.value.file, caught.value.key) == (path, key)
        assert message in caught.value.message
        assert str(path) in str(caught.value)
        assert key in str(caught.value)

    def test_a_ramp_too_short_or_too_long_is_refused(self) -> None:
        for colors in (["#000000"] * 7, ["#000000"] * 25, "#000000"):
            data = dark_data()
            data["ramps"]["heat"] = colors
            with pytest.raises(ThemeKeyError, match=r"ramps\.heat.*8 to 24"):
                Theme.from_mapping("mine", data)

    def test_a_bad_colour_in_a_ramp_is_named_by_its_place(self) -> None:
        data = dark_data()
        data["ramps"]["diverging"][3] = "#12345"
        with pytest.raises(ThemeKeyError, match=r"ramps\.diverging\[3\]"):
            Theme.from_mapping("mine", data)

    @pytest.mark.parametrize("key", ["ui", "roles", "ramps", "glyphs"])
    def test_a_table_that_is_none_is_refused(self, key: str) -> None:
        with pytest.raises(ThemeKeyError, match=f"{key}: expected a table"):
            Theme.from_mapping("mine", dark_data() | {key: 3})

    def test_a_name_that_cannot_be_typed_is_refused(self) -> None:
        with pytest.raises(ThemeKeyError, match="name"):
            Theme.from_mapping("My Theme", dark_data())

    @pytest.mark.parametrize("content", [b"[roles", b"\xff\xfe", b"title = "])
    def test_a_file_that_is_not_toml_is_said_to_be(self, tmp_path: Path, content: bytes) -> None:
        path = tmp_path / "broken.toml"
        path.write_bytes(content)
        with pytest.raises(ThemeError, match=r"broken\.toml: is not TOML"):
            load_theme(path)

    def test_a_missing_file_is_said_to_be(self, tmp_path: Path) -> None:
        with pytest.raises(ThemeError, match="cannot be read"):
            load_theme(tmp_path / "none.toml")


def test_a_theme_gives_the_colour_of_a_role_by_its_name() -> None:
    theme = load_theme(DARK_FILE)
    assert theme.role("reference") == theme.roles.reference
    with pytest.raises(ThemeKeyError, match=r"roles\.refernce.*did you mean roles\.reference"):
        theme.role("refernce")


def test_a_name_like_none_has_no_nearest() -> None:
    assert nearest_name("xyzzy", ["good", "bad"]) is None
    assert nearest_name("goood", ["good", "bad"]) == "good"


def test_colours_are_written_in_lower_case() -> None:
    data = dark_data()
    data["roles"]["good"] = "#AABBCC"
    assert Theme.from_mapping("mine", data).roles.good == "#aabbcc"


def test_a_theme_without_variables_is_complete() -> None:
    data = dark_data()
    del data["variables"]
    assert Theme.from_mapping("mine", data).variables == {}


def test_themes_of_the_user_are_found_and_win(tmp_path: Path) -> None:
    for name in ("mine", "dqm-dark"):
        shutil.copy(DARK_FILE, tmp_path / f"{name}.toml")
    (tmp_path / "notes.txt").write_text("no theme")
    (tmp_path / "directory.toml").mkdir()
    found = available_themes(tmp_path)
    assert sorted(found) == sorted({*SHIPPED, "mine"})
    assert found["dqm-dark"].parent == found["mine"].parent == tmp_path
    assert load_theme(found["mine"]).name == "mine"


def test_a_directory_of_the_user_that_does_not_exist_has_no_themes(tmp_path: Path) -> None:
    assert available_themes(tmp_path / "none") == available_themes()


def test_an_installed_package_brings_its_themes_along(tmp_path: Path) -> None:
    """As in a wheel: the themes lie inside the package and nothing beside it."""
    root = Path(__file__).resolve().parents[2]
    shutil.copytree(
        root / "dqmtui", tmp_path / "site" / "dqmtui", ignore=shutil.ignore_patterns("__pycache__")
    )
    shutil.copytree(root / "themes", tmp_path / "site" / "dqmtui" / "themes")
    program = (
        "from dqmtui.store.themes import available_themes as a; print(*(p.parent for p in a().values()))"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", program],
        capture_output=True,
        text=True,
        check=True,
        timeout=60,
        env={"PYTHONPATH": str(tmp_path / "site"), "PATH": "/usr/bin:/bin"},
    )
    assert set(done.stdout.split()) == {str(tmp_path / "site" / "dqmtui" / "themes")}
    assert len(done.stdout.split()) == len(SHIPPED)
