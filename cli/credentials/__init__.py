"""Keep logins: in the user's keyring, or in a file that only they can read; one for each door."""
