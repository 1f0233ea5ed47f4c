"""Released versions of the book, and what moved between them."""
