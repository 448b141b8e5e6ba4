"""The gate grades: observations in, measurements out. Pure."""
