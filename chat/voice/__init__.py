"""Voice: what people say becomes words in the box, and answers are read to them. Nothing that was said is kept."""
