"""Memories that an agent attends over: its own episodes, and a bank of motifs."""
