"""What the shop knows: products, FAQ and policies, imported from the shop's own files and searched. Knows nothing of chat."""
