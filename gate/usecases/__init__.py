"""What the gate does, through ports only."""
