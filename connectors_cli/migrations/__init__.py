"""Alembic revisions of the store, packaged with the program."""
