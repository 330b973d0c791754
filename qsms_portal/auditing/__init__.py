"""The page of the audit: who did what, when, from where, in words."""
