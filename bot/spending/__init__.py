"""What talking costs."""
