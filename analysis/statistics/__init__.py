"""Statistics of evidence synthesis, as pure functions on arrays.

Nothing here knows of files, tables, charts or pages.
"""
