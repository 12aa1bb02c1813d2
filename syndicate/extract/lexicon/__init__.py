"""What pages say in eight languages, as folded patterns."""
