"""The chat widget, the sample shop's pages and the console: static files that the server hands out as they are."""
