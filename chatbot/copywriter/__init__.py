"""Product descriptions and marketing copy in which every claim traces to a field of the shop's own record."""
