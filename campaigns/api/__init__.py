"""Campaigns, texts and templates for scripts, at /v1/."""
