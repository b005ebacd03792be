"""Lenses: what else the vectors of a library show, one module each; a LibraryView in, a frozen result out."""
