"""Tables of results, ready for a page."""

from analysis.exhibits.audit import (
    conclusions_list,
    kinds_table,
    severities_table,
    verdicts_table,
)
from analysis.exhibits.changes import (
    history_tables,
    moved_tables,
    releases_table,
)
from analysis.exhibits.citing import (
    book_reference,
    chapter_reference,
    former_reference,
    from_sphinx,
    front_citations,
    page_citation,
    paper_reference,
    result_reference,
)
from analysis.exhibits.classifications import change_table, classification_table
from analysis.exhibits.comparisons import (
    doses_table,
    inclusions_table,
    matches_table,
    methods_details,
    methods_matrix,
    missing_table,
    question_table,
)
from analysis.exhibits.described import data_dictionary, example_row, proofs_table
from analysis.exhibits.downloads import book_files_table, chapter_files_table
from analysis.exhibits.evidence import (
    certainty_reasons,
    certainty_table,
    evidence_table,
    living_changes_table,
    next_study_table,
    rule_table,
)
from analysis.exhibits.front import audit_line, chapters_table, front_card, synthesis_card
from analysis.exhibits.printed_results import (
    implied_table,
    intervals_table,
    least_animals_table,
    parts_table,
    whole_numbers_table,
    widened_table,
)
from analysis.exhibits.records import (
    axis,
    cross_table,
    entries_table,
    membership_table,
    pairs_table,
    rows_table,
)
from analysis.exhibits.study_data import (
    asymmetry_table,
    contrasts_table,
    estimators_table,
    influence_table,
    publication_table,
    studies_table,
    subgroups_table,
    trim_and_fill_table,
)
from analysis.exhibits.versions import lookup_table, version_parts
from analysis.exhibits.what_if import what_if

__all__ = [
    "asymmetry_table",
    "audit_line",
    "axis",
    "book_files_table",
    "book_reference",
    "certainty_reasons",
    "certainty_table",
    "change_table",
    "chapter_files_table",
    "chapter_reference",
    "chapters_table",
    "classification_table",
    "conclusions_list",
    "contrasts_table",
    "cross_table",
    "data_dictionary",
    "doses_table",
    "entries_table",
    "estimators_table",
    "evidence_table",
    "example_row",
    "former_reference",
    "from_sphinx",
    "front_card",
    "front_citations",
    "history_tables",
    "implied_table",
    "inclusions_table",
    "influence_table",
    "intervals_table",
    "kinds_table",
    "least_animals_table",
    "living_changes_table",
    "lookup_table",
    "matches_table",
    "membership_table",
    "methods_details",
    "methods_matrix",
    "missing_table",
    "moved_tables",
    "next_study_table",
    "page_citation",
    "pairs_table",
    "paper_reference",
    "parts_table",
    "proofs_table",
    "publication_table",
    "question_table",
    "releases_table",
    "result_reference",
    "rows_table",
    "rule_table",
    "severities_table",
    "studies_table",
    "subgroups_table",
    "synthesis_card",
    "trim_and_fill_table",
    "verdicts_table",
    "version_parts",
    "what_if",
    "whole_numbers_table",
    "widened_table",
]
