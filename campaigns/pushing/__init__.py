"""Contacts of a group on their way into the contact list of the gateway's account, slice by slice."""

from campaigns.pushing.slices import WhatIsPushed, what_is_pushed
from campaigns.pushing.work import pushes_standing_still, refused_rows, work_on_push

__all__ = ["WhatIsPushed", "pushes_standing_still", "refused_rows", "what_is_pushed", "work_on_push"]
