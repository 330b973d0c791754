"""What every text came to: counted from rows, listed, told in words; and the locks that writers of it take."""
