"""Print figures: one style, draw functions on given axes, one save."""
