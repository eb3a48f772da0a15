"""Ask and write the tables of filings: one file a subject, one statement a question."""
