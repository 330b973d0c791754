"""Who else must agree before a campaign goes, and to what."""

from campaigns.approval.rule import (
    Difference,
    Expected,
    differences,
    expected,
    is_needed,
    is_off,
    must_be_approved,
    snapshot,
)

__all__ = ["Difference", "Expected", "differences", "expected", "is_needed", "is_off", "must_be_approved", "snapshot"]
