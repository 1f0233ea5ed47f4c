"""What makes pages light, without a build."""

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

import light
import stylesheet

HEAD = """<script>first()</script>
<link href="../_static/styles/theme.css?digest=1" rel="stylesheet" />
<link rel="stylesheet" href="../_static/vendor/fontawesome/css/all.min.css" />
<link rel="preload" as="font" href="../_static/vendor/fontawesome/a.woff2" />
<link rel="stylesheet" type="text/css" href="../_static/review.css?v=2" />
<link rel="preload" as="script" href="../_static/b.js" />
<script src="../_static/vendor/fontawesome/all.min.js"></script>
"""


@pytest.fixture
def warned(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The warnings of the extension."""
    said: list[str] = []
    monkeypatch.setattr(light.logger, "warning", lambda text, *parts: said.append(text % parts))
    return said


def rules(tmp_path: Path, css: str) -> list[stylesheet.Rule]:
    (tmp_path / "a.css").write_text(css, encoding="utf-8")
    return stylesheet.read(tmp_path, "a.css")


@pytest.mark.parametrize(
    ("css", "left"),
    [
        (".a{b:c}", ".a{b:c}"),
        (".z{b:c}", ""),
        ("#z{b:c} #a{b:c}", "#a{b:c}"),
        (".a, .z, .a > .z {b:c}", ".a{b:c}"),
        ("p .a.z{b:c} p.a:hover::before{b:c}", "p.a:hover::before{b:c}"),
        (":not(.z) p{b:c}", ":not(.z) p{b:c}"),
        (":is(.z, .a){b:c}", ":is(.z, .a){b:c}"),
        (r".w-1\/2{b:c}", ".w-1\\/2{b:c}"),
        ('[data-z=".z"]{b:c}', '[data-z=".z"]{b:c}'),
        ("@media print{.a{b:c}.z{b:c}}", "@media print{.a{b:c}}"),
        ("@media print{.z{b:c}}", ""),
        (
            "@supports (b:c){@media print{.a{b:c}}}",
            "@supports (b:c){@media print{.a{b:c}}}",
        ),
        ("@keyframes z{from{b:c}}", "@keyframes z{from{b:c}}"),
        ("/* a word */.a/* b */{b:c}/*! a licence */", ".a{b:c}\n/*! a licence */"),
    ],
)
def test_rules_that_can_apply_are_left_and_no_other(tmp_path: Path, css: str, left: str) -> None:
    names = {"a", "w-1/2"}
    assert stylesheet.text(stylesheet.used(rules(tmp_path, css), names)) == left


def test_style_sheet_is_read_with_what_it_imports_and_addresses_from_the_root(
    tmp_path: Path,
) -> None:
    (tmp_path / "static" / "styles").mkdir(parents=True)
    (tmp_path / "static" / "b.css").write_text("p{c:url('d.png')}", encoding="utf-8")
    own = '@import "../b.css";q{c:url(data:e) url("#f") url(../g/h.png)}'
    (tmp_path / "static" / "styles" / "a.css").write_text(own, encoding="utf-8")
    assert stylesheet.text(stylesheet.read(tmp_path, "static/styles/a.css")) == (
        'p{c:url(static/d.png)}\nq{c:url(data:e) url("#f") url(static/g/h.png)}'
    )


def test_style_sheet_with_a_fault_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="fault"):
        rules(tmp_path, ".a{b:c} .z")


@pytest.mark.parametrize(
    "declared",
    [
        "content:var(--pst-icon-note)",
        'content:"\\f107"',
        "font:var(--fa-font-solid)",
        r"font-family:Font Awesome\ 5 Free",
    ],
)
def test_icon_of_a_font_is_missing_until_the_same_selector_draws_it(
    tmp_path: Path, declared: str
) -> None:
    used = rules(tmp_path, f".a > .b:after, .c{{{declared}}} .d{{content:'–'}}")
    assert list(light.missing_icons(used, [], set())) == [".a>.b:after", ".c"]
    drawn = rules(tmp_path, ".a>.b::after{d:e}")
    assert list(light.missing_icons(used, drawn, set())) == [".c"]


def test_icon_of_a_class_is_missing_until_it_is_drawn(tmp_path: Path) -> None:
    drawn = rules(tmp_path, ".fa-sun, i.fa-lg{a:b}")
    names = {"fa-sun", "fa-lg", "fa-sun-o", "fast"}
    assert list(light.missing_icons([], drawn, names)) == ["fa-sun-o"]


def test_head_is_left_without_assets_and_the_sheets_are_noted_in_order(warned: list[str]) -> None:
    sheets: dict[str, None] = {}
    assert light.lighten_head(sheets, HEAD) == "<script>first()</script>\n"
    assert list(sheets) == ["_static/styles/theme.css", "_static/review.css"]
    assert warned == []


@pytest.mark.parametrize("gone", ["all.min.css", "all.min.js"])
def test_theme_that_draws_icons_in_another_way_is_noticed(warned: list[str], gone: str) -> None:
    changed = "".join(line for line in HEAD.splitlines(keepends=True) if gone not in line)
    light.lighten_head({}, changed)
    assert len(warned) == 1
    assert "icons" in warned[0]


class Script(SimpleNamespace):
    def __init__(self, filename: str | None, priority: int = 500, **attributes: str) -> None:
        super().__init__(filename=filename, priority=priority, attributes=attributes)


def scripts() -> list[Any]:
    names = ("a.js", "clipboard.min.js", "copybutton.js", "togglebutton.js", "design-tabs.js")
    pagename = Script(None, body="DOCUMENTATION_OPTIONS.pagename = 'a';")
    return [*map(Script, names), Script(None, body="let toggleHintShow = 'a';"), pagename]


@pytest.mark.parametrize(
    ("body", "kept"),
    [
        ("<p>", ["a.js"]),
        ('<div class="highlight">', ["a.js", "clipboard.min.js", "copybutton.js"]),
        ('<div class="admonition dropdown">', ["a.js", "togglebutton.js", None]),
        ('<div class="tag_toggle-input">', ["a.js"]),
        ('<div class="sd-tab-set">', ["a.js", "design-tabs.js"]),
    ],
)
def test_page_keeps_the_scripts_that_have_something_to_work_on(
    warned: list[str], body: str, kept: list[str | None]
) -> None:
    left = light.lighten_scripts(scripts(), body, defer=True)
    assert [script.filename for script in left] == kept
    assert all(script.attributes.get("defer") == "defer" for script in left if script.filename)
    assert all("defer" not in script.attributes for script in left if not script.filename)
    assert warned == []


def test_script_is_not_put_off_where_others_need_it_at_once() -> None:
    given = scripts()
    assert light.lighten_scripts(given, "", defer=False)[0].attributes == {}
    light.lighten_scripts(given, "", defer=True)
    assert given[0].attributes == {}


def test_script_that_is_no_longer_there_is_noticed(warned: list[str]) -> None:
    light.lighten_scripts(scripts()[:-1], "", defer=True)
    assert len(warned) == 1
    assert "pagename" in warned[0]


def test_each_page_gets_the_rules_that_it_uses_once(tmp_path: Path, warned: list[str]) -> None:
    static = tmp_path / "_static"
    static.mkdir()
    (static / "icons.css").write_text(".fa-sun{a:b}", encoding="utf-8")
    (static / "a.css").write_text(
        ".one{a:url(b.png)}.two{a:b}.by-script{a:b}.none{a:b}", encoding="utf-8"
    )
    (static / "a.js").write_text("element.classList.add('by-script')", encoding="utf-8")
    place = '<style data-root="{}"></style>'
    (tmp_path / "book").mkdir()
    one, two = tmp_path / "book" / "one.html", tmp_path / "two.html"
    script = '<script src="../_static/a.js?v=1"></script>'
    one.write_text(place.format("../") + script + '<p class="one">', encoding="utf-8")
    two.write_text(place.format("./") + '<p class="two fa-moon">', encoding="utf-8")
    app: Any = SimpleNamespace(outdir=tmp_path)
    sheets = dict.fromkeys(["_static/a.css"])
    light.write_rules(sheets, app, None)
    expected = "<style>\n.one{a:url(../_static/b.png)}\n.by-script{a:b}\n</style>"
    assert one.read_text(encoding="utf-8") == expected + script + '<p class="one">'
    assert two.read_text(encoding="utf-8").startswith("<style>\n.two{a:b}\n</style>")
    assert warned == ["light: icons.css has no icon for fa-moon in two.html"]
    before = one.read_bytes()
    light.write_rules(sheets, app, None)
    assert one.read_bytes() == before
