"""References to the book, its chapters and results, and the papers: one item, five formats."""
