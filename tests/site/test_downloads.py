"""The files beside the pages: they are there, they are the data, and programs accept them."""

import hashlib
import json
import re
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import pytest

from tests.site.conftest import ROOT, Book, Tab


@pytest.fixture(scope="module")
def page(site: Path) -> str:
    """The page of the downloads."""
    return (site / "book" / "download.html").read_text(encoding="utf-8")


def test_frictionless_finds_no_fault_in_the_package_and_its_data(built: Book) -> None:
    package = built.html / "datapackage.json"
    done = built.run("frictionless", "validate", str(package), "--json")
    report = json.loads(done.stdout)
    found = [error for task in report["tasks"] for error in task["errors"]]
    assert (done.returncode, report["errors"], found) == (0, [], [])
    described = json.loads(package.read_text(encoding="utf-8"))["resources"]
    assert len(report["tasks"]) == len(described)
    checked = {task["place"]: task["stats"] for task in report["tasks"]}
    for resource in described:
        if resource["path"].endswith(".csv"):
            assert checked[resource["path"]]["rows"] > 0
            assert checked[resource["path"]]["fields"] == len(resource["schema"]["fields"])


@pytest.mark.parametrize(
    ("file", "before", "after"),
    [
        ("data/spinal-cord-injury/studies.csv", "bbb-first,12,0.87", "bbb-first,0,0.87"),
        ("data/spinal-cord-injury/reported.csv", "flow.identified,", "flow.unknown,"),
    ],
)
def test_frictionless_finds_what_the_schemas_forbid(
    book: Book, file: str, before: str, after: str
) -> None:
    target = book.html / file
    text = target.read_text(encoding="utf-8")
    assert before in text
    target.write_text(text.replace(before, after, 1), encoding="utf-8")
    package = book.html / "datapackage.json"
    # Without their sizes and digests, which would tell as well.
    document = json.loads(package.read_text(encoding="utf-8"))
    for resource in document["resources"]:
        del resource["bytes"], resource["hash"]
    package.write_text(json.dumps(document), encoding="utf-8")
    report = json.loads(book.run("frictionless", "validate", str(package), "--json").stdout)
    found = {task["place"] for task in report["tasks"] if task["errors"]}
    assert found == {file}


def test_files_are_those_of_the_project_and_of_their_digests(built: Book) -> None:
    package = json.loads((built.html / "datapackage.json").read_text(encoding="utf-8"))
    copied = 0
    for resource in package["resources"]:
        content = (built.html / resource["path"]).read_bytes()
        assert resource["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
        original = built.root / resource["path"]
        if resource["path"].startswith("data/"):
            assert content == original.read_bytes()
            copied += 1
    assert copied > 50


def test_page_links_every_file_and_each_is_there(site: Path, page: str) -> None:
    linked = re.findall(r'<th[^>]*><a href="([^"]+)"', page)
    package = json.loads((site / "datapackage.json").read_text(encoding="utf-8"))
    paths = [resource["path"] for resource in package["resources"]]
    assert sorted(linked) == sorted(f"../{path}" for path in [*paths, "datapackage.json"])
    assert [path for path in linked if not (site / "book" / path).is_file()] == []


def test_a_file_is_downloaded_from_a_folder(site: Path, tab: Tab) -> None:
    tab.page.goto((site / "book" / "download.html").as_uri())
    with tab.page.expect_download() as saving:
        tab.page.get_by_role("link", name="results.csv", exact=True).click()
    saved = Path(str(saving.value.path())).read_bytes()
    assert saved == (site / "results.csv").read_bytes()
    assert tab.errors == []


def test_lines_in_python_load_what_is_in_the_file(
    site: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    source = (ROOT / "book" / "download.md").read_text(encoding="utf-8")
    [lines] = re.findall(r"```python\n(.*?)```", source, re.DOTALL)
    monkeypatch.chdir(site)
    names: dict[str, Any] = {}
    exec(lines, names)
    loaded = names["results"].set_index("id")
    assert loaded.loc["bone-regeneration.abstract.level", "reported_value"] == "95"
    assert loaded.loc["spinal-cord-injury.bbb-last.random", "reported_value"] == "1.72"


def test_sizes_on_the_page_are_those_of_the_files(site: Path, page: str) -> None:
    rows = re.findall(r'<a href="\.\./(\S+)">(\S+)</a>.*?>(\d+ kB|\d+\.\d MB)<', page)
    assert len(rows) > 60
    for path, name, said in rows:
        assert path.endswith(name)
        number, unit = said.split()
        expected = (site / path).stat().st_size / {"kB": 1_000, "MB": 1_000_000}[unit]
        assert float(number) == pytest.approx(expected, abs=0.5 if expected > 1 else 1), path


def test_a_file_of_a_chapter_that_is_gone_is_gone_from_the_site(small: Book) -> None:
    stray = small.html / "data" / "gone" / "studies.csv"
    stray.parent.mkdir()
    stray.write_text("study\n", encoding="utf-8")
    changed = small.root / "LICENSE"
    changed.write_text(changed.read_text(encoding="utf-8") + "\n", encoding="utf-8")
    build = small.build()
    assert build.ok, build.output
    assert not stray.exists()
    assert (small.html / "LICENSE.txt").read_bytes() == changed.read_bytes()


def test_results_of_every_release_are_in_the_site_as_they_were_frozen(built: Book) -> None:
    frozen = sorted((built.root / "data" / "releases").glob("*/results.json"))
    assert len(frozen) > 1
    for path in frozen:
        copy = built.html / path.relative_to(built.root / "data")
        assert copy.read_bytes() == path.read_bytes()


def test_every_id_of_every_release_stands_on_the_page_without_a_script(built: Book) -> None:
    text = (built.html / "book" / "versions.html").read_text(encoding="utf-8")
    rows = dict(re.findall(r'<tr role="row" id="([^"@]+)">(.*?)</tr>', text))
    for path in (built.root / "data" / "releases").glob("*/results.json"):
        document = json.loads(path.read_text(encoding="utf-8"))
        assert f'<h3 id="{document["version"]}">' in text
        assert f'href="../releases/{document["version"]}/results.json"' in text
        for part in ("results", "findings", "living", "evidence"):
            for entry in document[part]:
                assert re.search(f">{re.escape(entry['id'])} ?<", rows[entry["id"]])


def test_links_of_the_look_up_lead_to_results(site: Path) -> None:
    text = (site / "book" / "versions.html").read_text(encoding="utf-8")
    links = set(re.findall(r'<th scope="row"[^>]*><a href="([^"#]*)#([^"]+)"', text))
    assert len(links) > 1400
    pages = {page for page, _ in links}
    for page in pages:
        markup = (site / "book" / (page or "versions.html")).read_text(encoding="utf-8")
        anchors = set(re.findall(r' id="([^"]+)"', markup))
        assert [name for own, name in links if own == page and name not in anchors] == []


def test_a_cited_number_is_searched_and_opened(site: Path, tab: Tab) -> None:
    cited = "spinal-cord-injury.bbb-last.random"
    tab.page.goto((site / "book" / "versions.html").as_uri() + f"#{cited}")
    table = tab.page.locator(".table-tools").last
    table.get_by_label("Search").fill(cited)
    rows = table.locator("tbody tr:visible")
    rows.nth(1).wait_for(state="detached")
    said = rows.first.locator("td").all_inner_texts()
    assert said[1:] == ["1.72 (1.43 to 2.00): reproduced"] * 2 + ["same"]
    rows.first.get_by_role("link").click()
    tab.page.wait_for_url(f"**/spinal-cord-injury.html#{cited}")
    assert tab.errors == []


def test_licences_of_the_themes_and_of_sphinx_are_in_the_site_as_they_ask(site: Path) -> None:
    said = (site / "notices.txt").read_text(encoding="utf-8")
    for name in ("Sphinx", "sphinx-book-theme", "pydata-sphinx-theme"):
        package = distribution(name)
        assert f"{package.name} {package.version}\n" in said
    # The second condition of each of the three BSD licences.
    assert said.count("Redistributions in binary form must reproduce the above copyright") >= 3
