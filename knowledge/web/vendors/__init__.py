"""One module for each search engine; knowledge/web/engines.py lists them."""
