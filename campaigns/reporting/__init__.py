"""Read only: how far a campaign is, what became of it, and the same as files."""
