"""The two reference versions, v1 (trades today) and v2 (wants to), and what they were measured on."""
