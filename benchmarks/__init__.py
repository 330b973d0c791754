"""Speed beside bare loops, in one run, as ratios."""
