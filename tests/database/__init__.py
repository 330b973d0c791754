"""The tests' database: copied from a template that has all tables, and emptied by what costs least."""
