"""What `up` needs around its processes: whose turn it is, their environment, their commands, the first sign-in."""
