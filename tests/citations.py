"""References to read back."""

from analysis import tables

CHAPTER = "spinal-cord-injury"
BY_CHAPTER = tables.chapters()
