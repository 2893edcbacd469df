"""One reader per source: a file as published -> a tidy frame, nothing computed. References: its source card."""
