"""Tools without a domain: each file is one, and imports nothing of ours."""
