"""From a number to its reference in two clicks, and what is copied is what Python makes."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Locator, Page

from analysis import living, tables
from analysis.citing import items
from analysis.citing.files import FORMATS, formats
from analysis.ledger import ledger
from analysis.references import references
from tests.site.conftest import Tab, settle, wait_until
from tests.site.test_accessible import violations

CHAPTER = "spinal-cord-injury"
PRINTED = f"{CHAPTER}.bbb-last.random"
LIVING = f"{CHAPTER}.bbb-last.living"
BONE = "bone-regeneration"


def expected(identifier: str) -> dict[str, str]:
    """The reference to a result in every format."""
    found: Any = ledger().entries.get(identifier) or living.estimates()[identifier]
    return formats(items.result(identifier, found.label, found.chapter))


def paper(chapter: str) -> dict[str, str]:
    return formats(items.paper(references()[tables.review(chapter)["source"]]))


@pytest.fixture
def page(browser: Browser, served: str) -> Iterator[Page]:
    """A page that may use the clipboard, served by this machine."""
    with browser.new_context(permissions=["clipboard-read", "clipboard-write"]) as context:
        yield context.new_page()


def clipboard(page: Page) -> str:
    text: str = page.evaluate("navigator.clipboard.readText()")
    return text


def on(served: str, reference: str) -> str:
    """A reference as a page that is served gives it: with the address at which it is read."""
    return reference.replace("book/", f"{served}/book/")


def opened(page: Page, identifier: str) -> Locator:
    """A row of the ledger, opened."""
    row = page.locator(f"tr[id='{identifier}']")
    row.locator("summary").click()
    return row


def test_two_clicks_copy_the_reference_to_a_printed_number(page: Page, served: str) -> None:
    page.goto(f"{served}/book/{CHAPTER}.html")
    row = opened(page, PRINTED)
    row.get_by_role("button", name="Cite").click()
    page.get_by_role("dialog").get_by_role("button", name="Copy: this book").click()
    page.get_by_role("status").filter(has_text="Copied").wait_for(state="attached")
    assert clipboard(page) == on(served, expected(PRINTED)["apa"])


def test_two_clicks_copy_the_reference_to_a_living_estimate(page: Page, served: str) -> None:
    page.goto(f"{served}/book/{CHAPTER}.html")
    row = page.locator(f"tr[id='{LIVING}']")
    row.get_by_role("button", name="Cite").click()
    page.get_by_role("dialog").get_by_role("button", name="Copy: this book").click()
    page.get_by_role("status").filter(has_text="Copied").wait_for(state="attached")
    assert clipboard(page) == on(served, expected(LIVING)["apa"])


def test_keyboard_alone_copies_and_comes_back_to_where_it_was(page: Page, served: str) -> None:
    page.goto(f"{served}/book/{CHAPTER}.html")
    cite = page.locator(f"tr[id='{LIVING}']").get_by_role("button", name="Cite")
    cite.focus()
    page.keyboard.press("Enter")
    dialog = page.get_by_role("dialog")
    dialog.wait_for()
    page.keyboard.press("Enter")
    page.get_by_role("status").filter(has_text="Copied").wait_for(state="attached")
    assert clipboard(page) == on(served, expected(LIVING)["apa"])
    page.keyboard.press("Escape")
    assert dialog.count() == 0
    assert cite.evaluate("button => button === document.activeElement")


def test_focus_stays_in_the_dialog(page: Page, served: str) -> None:
    page.goto(f"{served}/book/{CHAPTER}.html")
    page.locator(f"tr[id='{LIVING}']").get_by_role("button", name="Cite").click()
    seen = set()
    for _ in range(14):
        page.keyboard.press("Tab")
        inside, name = page.evaluate(
            "() => { const at = document.activeElement;"
            " return [at === document.body || !!at.closest('dialog'),"
            " at.getAttribute('aria-label') ?? at.tagName]; }"
        )
        assert inside, name
        seen.add(name)
    copies = {"Copy: this book", "Copy: the paper", "Download: this book", "Download: the paper"}
    assert copies | {"SELECT"} <= seen


def filled(page: Page, identifiers: list[str]) -> dict[str, dict[str, dict[str, str]]]:
    """What the dialog shows for results, opened one by one, in every format."""
    settle(page)
    shown: dict[str, dict[str, dict[str, str]]] = page.evaluate(
        """async (ids) => {
            const shown = {};
            const dialog = document.querySelector(".cite-dialog");
            const format = dialog.querySelector("select");
            for (const id of ids) {
                const row = document.getElementById(id);
                const fold = row.querySelector("details");
                if (fold) fold.open = true;
                while (!row.querySelector(".cite-buttons")) {
                    await new Promise(requestAnimationFrame);
                }
                row.querySelector(".cite-buttons button").click();
                shown[id] = {};
                for (const { value } of format.options) {
                    format.value = value;
                    format.dispatchEvent(new Event("change"));
                    for (const text of dialog.querySelectorAll("[data-source]")) {
                        (shown[id][text.dataset.source] ??= {})[value] = text.textContent;
                    }
                }
                dialog.close();
            }
            return shown;
        }""",
        identifiers,
    )
    return shown


def odd(label: str) -> bool:
    """Whether a label has a sign that some format escapes, or that is outside ASCII."""
    return any(sign in label for sign in "\\{}&%$#_~^\"'<>:") or not label.isascii()


def test_script_makes_what_python_makes_for_results_of_every_chapter(tab: Tab, site: Path) -> None:
    entries = list(ledger().entries.values())
    chosen = [entry for chapter in tables.chapters() for entry in ledger().of(chapter)[::40]]
    chosen += [entry for entry in entries if odd(entry.label)][::7]
    identifiers = sorted({entry.id for entry in chosen})
    assert {entry.chapter for entry in chosen} == set(tables.chapters())
    tab.page.goto((site / "book" / "ledger.html").as_uri())
    shown = filled(tab.page, identifiers)
    assert len(shown) > 40
    for identifier in identifiers:
        assert shown[identifier]["book"] == expected(identifier), identifier
        assert shown[identifier]["paper"] == paper(identifier.split(".")[0]), identifier
    assert tab.errors == []


@pytest.mark.parametrize("chapter", tables.chapters())
def test_script_makes_what_python_makes_for_living_estimates(
    tab: Tab, site: Path, chapter: str
) -> None:
    identifiers = [each.id for each in living.estimates().values() if each.chapter == chapter]
    tab.page.goto((site / "book" / f"{chapter}.html").as_uri())
    shown = filled(tab.page, identifiers)
    assert {name: each["book"] for name, each in shown.items()} == {
        name: expected(name) for name in identifiers
    }


NASTY = (
    r"\ { } & % $ # _ ~ ^ all at once",
    "τ² of {β}-catenin: 50% & “more”_or \"less\" 'x' \\n",
    "外泌体, мета-анализ, Röver, µg·kg⁻¹",
    "⟦id⟧ and ⟦label⟧ and $& and $1",
    "</script><b>not bold</b>",
)


@pytest.mark.parametrize("label", NASTY)
def test_script_escapes_as_python_does(tab: Tab, site: Path, label: str) -> None:
    tab.page.goto((site / "book" / "ledger.html").as_uri())
    tab.page.evaluate(
        "([id, label]) => { const row = document.getElementById(id);"
        " row.querySelector('summary').textContent = label; }",
        [PRINTED, label],
    )
    shown = filled(tab.page, [PRINTED])[PRINTED]["book"]
    assert shown == formats(items.result(PRINTED, label, CHAPTER))


@pytest.mark.parametrize(
    ("name", "selector", "chapter", "identifier"),
    [
        (BONE, ".finding", BONE, f"{BONE}.finding.subgroups-and-total"),
        ("synthesis", "details.reasons", BONE, f"{BONE}.certainty.overall"),
        ("synthesis", "figure.chart", "synthesis", "synthesis.evidence"),
        (CHAPTER, "figure.chart", CHAPTER, f"{CHAPTER}.bbb-last-funnel"),
        ("index", "figure.chart", "index", "index.evidence"),
    ],
)
def test_findings_certainty_and_charts_are_cited_where_they_stand(
    page: Page, served: str, name: str, selector: str, chapter: str, identifier: str
) -> None:
    page.goto(f"{served}/book/{name}.html")
    settle(page)
    place = page.locator(f"{selector}[id='{identifier}']")
    place.evaluate("place => { if (place.tagName === 'DETAILS') place.open = true; }")
    named = place.locator("summary, figcaption strong, b").first.text_content() or ""
    label = " ".join(named.split()).removesuffix(".")
    place.get_by_role("button", name="Cite").click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_role("button", name="Copy: this book").click()
    page.get_by_role("status").filter(has_text="Copied").wait_for(state="attached")
    cited = items.result(identifier, label, chapter, name)
    assert clipboard(page) == on(served, formats(cited)["apa"])
    assert f"book/{name}.html#{identifier}" in clipboard(page)
    of_paper = dialog.get_by_role("button", name="Copy: the paper")
    assert of_paper.is_visible() == (chapter in tables.chapters())
    dialog.get_by_role("button", name="Close").click()
    place.get_by_role("button", name="Copy link").click()
    place.get_by_role("status").filter(has_text="Copied").wait_for(state="attached")
    assert clipboard(page) == f"{served}/book/{name}.html#{identifier}"


@pytest.mark.parametrize(
    "anchor", ["every-number", PRINTED, LIVING, "what-if?method=DL", "nowhere"]
)
def test_a_page_has_its_buttons_whatever_its_address_names(
    tab: Tab, site: Path, anchor: str
) -> None:
    address = (site / "book" / f"{CHAPTER}.html").as_uri()
    tab.page.goto(address)
    settle(tab.page)
    buttons = tab.page.locator(".cite-buttons")
    usual = buttons.count()
    assert usual > 30
    tab.page.goto("about:blank")
    tab.page.goto(f"{address}#{anchor}")
    settle(tab.page)
    assert buttons.count() == usual + (anchor == PRINTED)  # a row that is opened has its own
    assert tab.errors == []


def test_link_to_a_row_is_copied_from_the_page_of_its_chapter(page: Page, served: str) -> None:
    for name in (CHAPTER, "ledger"):
        page.goto(f"{served}/book/{name}.html")
        row = opened(page, PRINTED)
        row.get_by_role("button", name="Copy link").click()
        row.get_by_role("status").filter(has_text="Copied").wait_for(state="attached")
        assert clipboard(page) == f"{served}/book/{CHAPTER}.html#{PRINTED}"


def test_without_a_clipboard_of_the_browser_it_is_copied_as_well(page: Page, served: str) -> None:
    page.add_init_script(
        """Object.defineProperty(navigator.clipboard, "writeText",
            { value: () => Promise.reject(new Error("refused")) });"""
    )
    page.goto(f"{served}/book/{CHAPTER}.html")
    page.locator(f"tr[id='{LIVING}']").get_by_role("button", name="Cite").click()
    page.get_by_role("dialog").get_by_label("Format").select_option("bibtex")
    page.get_by_role("dialog").get_by_role("button", name="Copy: this book").click()
    page.get_by_role("status").filter(has_text="Copied").wait_for(state="attached")
    assert clipboard(page) == on(served, expected(LIVING)["bibtex"])


@pytest.mark.parametrize("name", FORMATS)
def test_each_format_is_downloaded_from_the_dialog(tab: Tab, site: Path, name: str) -> None:
    tab.page.goto((site / "book" / f"{CHAPTER}.html").as_uri())
    tab.page.locator(f"tr[id='{LIVING}']").get_by_role("button", name="Cite").click()
    dialog = tab.page.get_by_role("dialog")
    dialog.get_by_label("Format").select_option(name)
    for source, made, key in (
        ("this book", expected(LIVING), items.result(LIVING, "L", CHAPTER).key),
        ("the paper", paper(CHAPTER), "mou2025"),
    ):
        with tab.page.expect_download() as downloading:
            dialog.get_by_role("button", name=f"Download: {source}").click()
        file = downloading.value
        assert file.suggested_filename == f"{key}.{FORMATS[name].suffix}"
        assert Path(file.path()).read_bytes().decode() == made[name]


def test_formats_of_the_chapter_are_copied_and_downloaded(page: Page, served: str) -> None:
    page.goto(f"{served}/book/{CHAPTER}.html")
    settle(page)
    key = items.chapter(CHAPTER).key
    item = page.locator(f".cite-item[data-key='{key}']")
    made = {name: on(served, text) for name, text in formats(items.chapter(CHAPTER)).items()}
    for name, each in FORMATS.items():
        text = item.locator(f"[data-format={name}]")
        assert text.text_content() == made[name]
        fold = item.locator("details", has=page.locator(f"[data-format={name}]"))
        if fold.count():
            fold.locator("summary").click()
        about = f"{each.name}, {key}"
        item.get_by_role("button", name=f"Copy: {about}").click()
        item.get_by_role("status").filter(has_text="Copied").first.wait_for(state="attached")
        assert clipboard(page) == made[name]
        with page.expect_download() as downloading:
            item.get_by_role("button", name=f"Download: {about}").click()
        assert downloading.value.suggested_filename == f"{key}.{each.suffix}"
        assert Path(downloading.value.path()).read_bytes().decode() == made[name]


def test_references_stand_without_scripts(browser: Browser, site: Path) -> None:
    with browser.new_context(java_script_enabled=False) as context:
        page = context.new_page()
        for chapter in tables.chapters():
            page.goto((site / "book" / f"{chapter}.html").as_uri())
            for item in (formats(items.chapter(chapter)), paper(chapter)):
                for name in ("apa", "vancouver"):
                    assert page.get_by_text(item[name], exact=True).is_visible()
                for name in ("bibtex", "ris", "csl"):
                    shown = page.locator(f"[data-format={name}]").all_text_contents()
                    assert item[name] in shown
            folds = page.locator(".cite-item summary")
            assert folds.all_inner_texts() == ["BibTeX", "RIS", "CSL-JSON"] * 2


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("width", [390, 1280])
def test_axe_finds_nothing_while_the_dialog_is_open(
    tab: Tab, site: Path, width: int, scheme: Any
) -> None:
    tab.page.set_viewport_size({"width": width, "height": 900})
    tab.page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
    tab.page.goto((site / "book" / f"{CHAPTER}.html").as_uri())
    for fold in tab.page.locator(".cite-item details").all():
        fold.evaluate("fold => { fold.open = true; }")
    tab.page.locator("tr[data-result] details").first.evaluate("fold => { fold.open = true; }")
    tab.page.locator(f"tr[id='{LIVING}']").get_by_role("button", name="Cite").click()
    assert tab.page.get_by_role("dialog").is_visible()
    assert violations(tab.page) == []
    box = tab.page.get_by_role("dialog").bounding_box()
    assert box is not None
    assert box["x"] >= 0
    assert box["x"] + box["width"] <= width
    assert tab.page.evaluate("document.documentElement.scrollWidth") <= width


def test_every_row_of_the_ledger_gets_its_buttons_when_it_is_opened(tab: Tab, site: Path) -> None:
    tab.page.goto((site / "book" / "ledger.html").as_uri())
    assert tab.page.locator("tr[data-result] .cite-buttons").count() == 0
    tab.page.get_by_role("button", name="Open all").click()
    rows = tab.page.locator("tr[data-result]").count()
    assert rows == len(ledger().entries)
    wait_until(
        tab.page,
        "rows => document.querySelectorAll('tr[data-result] .cite-buttons').length === rows",
        rows,
    )
