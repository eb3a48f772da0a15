"""The native stack: everything on one machine, without Docker and without root.

PostgreSQL, Valkey and Envoy come as wheels; the project's own processes run from this checkout. A small supervisor
starts them in order of readiness, restarts what dies and stops all of them in reverse. Start at `processes`, the table
of what runs; `supervisor` keeps it running; `__main__` has the commands.
"""
