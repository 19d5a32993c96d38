"""Notes of a person: Markdown to be found again, asked about, and put into a library."""
