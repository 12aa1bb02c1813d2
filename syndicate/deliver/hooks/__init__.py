"""Webhooks of mail providers: signatures verified, events mapped to reports."""
