"""The verdict for people: Markdown, pictures, terminal. Words and order are chosen in Python; templates print."""
