"""Take back what should not have been merged: plan, hold back, carry out, prove, rehearse."""
