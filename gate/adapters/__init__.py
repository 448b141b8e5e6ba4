"""The world: each adapter stands alone behind a port."""
