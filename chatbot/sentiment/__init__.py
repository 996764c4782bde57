"""What reviews say: whether they praise, how sure that is, about what, and in which words; counted per product and over time."""
