"""Cases that try to break what reads: made from a seed, run one by one with a time limit."""
