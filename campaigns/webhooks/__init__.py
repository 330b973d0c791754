"""What the gateway posts to us: delivery reports and replies."""
