"""Ask the tables of form4: one file a question, one round trip an answer.

Statements are built once, at import or at their first use: building one costs more than running it.
"""
