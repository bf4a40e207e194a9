"""Files in and files out; nothing is mined here."""
