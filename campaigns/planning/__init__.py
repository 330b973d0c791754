"""From an audience to batches of texts, and one text to one number."""

from campaigns.planning.plan import PLANNING_STANDS_STILL, begin_planning, begin_planning_of, plan_run

__all__ = ["PLANNING_STANDS_STILL", "begin_planning", "begin_planning_of", "plan_run"]
