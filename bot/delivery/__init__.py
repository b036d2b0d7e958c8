"""How words leave."""
