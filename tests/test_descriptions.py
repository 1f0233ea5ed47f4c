"""What each page says that it is about, without a build."""

from types import SimpleNamespace
from typing import Any

import pytest
from docutils.utils import new_document

import descriptions


def test_chapter_is_described_by_its_question_and_another_page_by_its_front_matter(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("analysis.folders.chapters", lambda: ["one"])
    monkeypatch.setattr("analysis.tables.review", lambda chapter: {"question": "Does it\nwork?\n"})
    assert descriptions.description("book/one", {}) == "Does it work?"
    assert descriptions.description("book/one", {"description": "Own."}) == "Own."
    assert descriptions.description("book/methods", {"description": "How."}) == "How."
    assert descriptions.description("book/methods", {}) == ""


def test_page_without_a_description_is_warned_of(monkeypatch: pytest.MonkeyPatch) -> None:
    warned: list[str] = []
    monkeypatch.setattr(
        descriptions.logger, "warning", lambda text, location: warned.append(location)
    )
    for page_name, front_matter in (("book/a", {"description": "About."}), ("book/b", {})):
        env = SimpleNamespace(docname=page_name, metadata={page_name: front_matter})
        app: Any = SimpleNamespace(env=env)
        descriptions.check(app, new_document("page"))
    assert warned == ["book/b"]
