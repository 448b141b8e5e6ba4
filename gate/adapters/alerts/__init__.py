"""Channels, what rings, and the log of deliveries. No secret leaves this package but by the wire."""
