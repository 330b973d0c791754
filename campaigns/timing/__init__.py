"""When: the times of what recurs, past and to come."""
