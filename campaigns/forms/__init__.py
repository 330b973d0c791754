"""What the campaign pages take in."""
