"""What is true of this article only: steps and words of its notebooks, one module a notebook."""
