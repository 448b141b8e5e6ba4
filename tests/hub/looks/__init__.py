"""How the hub's state looks in JSON."""
