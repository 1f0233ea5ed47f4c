"""What publishes the book, and what asks for corrections."""

import re
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest
import yaml

from sitemap import NAMESPACE, sitemap

ROOT = Path(__file__).parents[1]
WORKFLOWS = sorted((ROOT / ".github" / "workflows").glob("*.yml"))


def loaded(path: Path) -> dict[Any, Any]:
    found: dict[Any, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return found


@pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)
def test_workflows_use_pinned_actions_and_least_rights(path: Path) -> None:
    workflow = loaded(path)
    used = re.findall(r"uses: (\S+)", path.read_text(encoding="utf-8"))
    assert used
    pinned = r"actions/[\w-]+@[0-9a-f]{40}|\./\.github/workflows/test\.yml"
    assert all(re.fullmatch(pinned, action) for action in used)
    rights = [workflow["permissions"]]
    rights += [job["permissions"] for job in workflow["jobs"].values() if "permissions" in job]
    written = {name for each in rights for name, right in each.items() if right == "write"}
    assert written == ({"pages", "id-token"} if path.stem == "publish" else set())


def test_the_site_is_published_from_main_and_from_releases_after_it_was_tested_and_built() -> None:
    workflow = loaded(ROOT / ".github" / "workflows" / "publish.yml")
    # YAML reads the name `on` as a truth value.
    assert workflow[True] == {"push": {"branches": ["main"]}, "release": {"types": ["published"]}}
    assert workflow["jobs"]["deploy"]["needs"] == "build"
    assert workflow["jobs"]["build"]["needs"] == "test"
    assert workflow["jobs"]["test"]["uses"] == "./.github/workflows/test.yml"
    steps = workflow["jobs"]["build"]["steps"]
    assert {"run": "make book"} in steps
    assert steps[-1]["with"] == {"path": "_build/html"}


def test_tests_run_every_week() -> None:
    workflow = loaded(ROOT / ".github" / "workflows" / "test.yml")
    [when] = workflow[True]["schedule"]
    assert re.fullmatch(r"\d+ \d+ \* \* [0-6]", when["cron"])


def test_a_wrong_number_is_reported_by_its_id_and_version() -> None:
    form = loaded(ROOT / ".github" / "ISSUE_TEMPLATE" / "number.yml")
    fields = {field["id"]: field for field in form["body"]}
    assert all(fields[name]["validations"]["required"] for name in ("id", "version", "should"))
    placeholder = fields["id"]["attributes"]["placeholder"]
    reported = (ROOT / "data" / "spinal-cord-injury" / "reported.csv").read_text(encoding="utf-8")
    assert f"\n{placeholder}," in reported


def test_sitemap_lists_every_page_below_the_base_address() -> None:
    root = ElementTree.fromstring(sitemap("https://example.org/a&b/", ["z.html", "book/a.html"]))
    assert root.tag == f"{{{NAMESPACE}}}urlset"
    assert [node.text for node in root.iter(f"{{{NAMESPACE}}}loc")] == [
        "https://example.org/a&b/book/a.html",
        "https://example.org/a&b/z.html",
    ]
