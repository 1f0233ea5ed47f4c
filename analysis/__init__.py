"""The analysis behind the living review: from tables of data to effect sizes, models and pages."""

from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "data"
"""The data of the book; `folders` has both names for all others, as the default of their calls."""
