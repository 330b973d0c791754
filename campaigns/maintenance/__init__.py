"""What time brings: what is due, late, lost or old."""
