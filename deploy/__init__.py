"""How SEC-Tracker is run: natively (`deploy.local`), in containers, with what both share (roles.sql, env.example)."""
