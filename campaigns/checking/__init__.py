"""Check: what a campaign comes to, what stands in its way, and what to look at before it goes."""
