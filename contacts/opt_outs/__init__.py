"""Who wants no texts: by hand, by a file, by STOP, and by what the operators say."""
