"""What users copy into their own strategy. Nothing here imports gate."""
