"""State the limits that several services keep, so that what one takes another can hand over."""

MAX_DOCUMENT_BYTES = 8 * 1024 * 1024
"""The largest ownership document that is read: a hundred times the largest of 333 real ones, which has 70 kB."""
