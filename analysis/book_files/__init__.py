"""The files of the book beside its data: contents, configuration, citation, pages."""
