"""Many people written at once: merged, copied, moved, given another type, exported."""
