"""What comes back after a relay took a message: bounces, complaints, auto-replies. Pure: bytes → reports."""
