"""Another Jupyter Book cites results of this one by their ids."""

import subprocess
from pathlib import Path

import pytest
import yaml

from book.copies import program
from tests.site.conftest import Tab, wait_until

CITED = {
    "spinal-cord-injury.bbb-last.random": "printed number",
    "spinal-cord-injury.bbb-last.living": "living estimate",
    "bone-regeneration.finding.subgroups-and-total": "finding",
    "osteoporosis.bmd.pooled": "printed number",
    "umbrella.classification.osteoporosis": "living classification",
    "intervertebral-disc.certainty.dhi": "certainty",
    "spinal-cord-injury.bbb-last-funnel": "chart",
}


@pytest.fixture(scope="module")
def other(served: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The site of a small book that cites five results."""
    root = tmp_path_factory.mktemp("other")
    config = {
        "title": "Another book",
        "sphinx": {
            "extra_extensions": ["sphinx.ext.intersphinx"],
            "config": {"intersphinx_mapping": {"msc": [f"{served}/", None]}},
        },
    }
    (root / "_config.yml").write_text(yaml.safe_dump(config), encoding="utf-8")
    (root / "_toc.yml").write_text("format: jb-book\nroot: index\n", encoding="utf-8")
    lines = [f"- {{external+msc:ref}}`{identifier}`" for identifier in CITED]
    (root / "index.md").write_text("# Citing\n\n" + "\n".join(lines) + "\n", encoding="utf-8")
    done = subprocess.run(
        [program("jupyter-book"), "build", ".", "-W"], cwd=root, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return root / "_build" / "html"


def test_links_of_another_book_land_on_the_rows_of_the_results(other: Path, tab: Tab) -> None:
    page = tab.page
    for identifier, kind in CITED.items():
        page.goto((other / "index.html").as_uri())
        link = page.locator(f"main a[href$='#{identifier}']")
        assert link.inner_text().strip()
        link.click()
        target = page.locator(f"[id='{identifier}']")
        target.wait_for()
        wait_until(
            page,
            "id => { const { top } = document.getElementById(id).getBoundingClientRect();"
            " return 0 <= top && top < innerHeight; }",
            identifier,
        )
        assert target.count() == 1
        if kind == "printed number":
            assert target.get_attribute("data-result") == identifier
            assert target.locator("details").get_attribute("open") is not None
