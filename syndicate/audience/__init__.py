"""The people who subscribe: tokens, subscriptions, suppressions, importing."""
