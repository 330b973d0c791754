"""The pages of groups, contacts and uploads."""
