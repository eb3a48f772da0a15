"""The measured comparisons: each is one command, and `python -m bench` runs them."""
