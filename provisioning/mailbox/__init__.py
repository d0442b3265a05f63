"""The on-call people's mailbox of the demo: an SMTP server on loopback, and the newest mails as files."""
