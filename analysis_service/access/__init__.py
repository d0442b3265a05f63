"""Access: who asks, by a token, and what they may do."""
