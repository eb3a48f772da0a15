"""Print answers: tables for people, JSON and CSV for programs."""
