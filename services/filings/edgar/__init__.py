"""Speak to the SEC: the only package that does.

Owns: the fleet's request budget and pause (queue Redis), the copies kept for conditional requests (cache Redis), the
shapes of EDGAR's addresses, and the reading of its ticker files, submissions and SGML.
Calls: data.sec.gov and www.sec.gov (or a double), two Redis databases. Knows no database and no gRPC.
Called by: the use-cases and actors of filings.
"""
