"""Measure the ownership parser against edgartools and against bare XML parsing."""
