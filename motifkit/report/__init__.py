"""Results as text and as pictures; nothing else imports plotting."""
