"""How one message becomes one reply."""
