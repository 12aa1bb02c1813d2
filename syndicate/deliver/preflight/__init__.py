"""What is looked at before an issue leaves, and what makes it wait for the operator."""
