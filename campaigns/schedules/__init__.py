"""When a campaign goes out again and again: rules, reminders of a date, wall clocks, and all of it in words.

Pure: no database, no clock, no settings. A schedule is JSON (`reading`), read into `Recurring` or `Reminder`.
"""

from campaigns.schedules.clock import Occurrence, first_day, moment, occurrences
from campaigns.schedules.reading import BadSchedule, Schedule, read_schedule
from campaigns.schedules.recurrence import Recurring
from campaigns.schedules.reminder import Reminder, Stage
from campaigns.schedules.wording import in_words, stage_in_words

__all__ = [
    "BadSchedule",
    "Occurrence",
    "Recurring",
    "Reminder",
    "Schedule",
    "Stage",
    "first_day",
    "in_words",
    "moment",
    "occurrences",
    "read_schedule",
    "stage_in_words",
]
