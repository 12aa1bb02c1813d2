"""Pages in other forms than HTML from a server: plain text, Markdown, saved or replayed by an archive."""
