"""From an audience to batches of texts, and one text to one number."""

from campaigns.planning.plan import begin, begin_all, plan

__all__ = ["begin", "begin_all", "plan"]
