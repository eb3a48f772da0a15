"""Measure how the fleet's SEC budget is kept: grants a second, and the most in any sliding second."""
