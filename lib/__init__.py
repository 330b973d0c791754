"""Tools without a domain, a file each; they import nothing of ours."""
