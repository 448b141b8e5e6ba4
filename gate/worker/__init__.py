"""Runs one model, in the version's own environment, and hands out what it predicts.

Stands alone: imports nothing of gate, and is started by the path of its folder (`python gate/worker`).

Needs Python 3.9 and numpy; pandas only where the model takes DataFrames. It speaks frames on the pipes it was started
with: four bytes of length, then JSON, or a command's name and bars as numbers. Where imports are to be paid once it is
forked; a fork goes on with pipes that the gate passes through a socket. The model's own prints go to stderr.
Bars arrive as they become known, so at the moment of a live call the future is not in this process. Nothing here grades
or times anything: the gate reads clock and memory from outside, and an answer is only what the model said.
"""
