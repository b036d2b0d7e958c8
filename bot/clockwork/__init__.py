"""What happens later, or again."""
