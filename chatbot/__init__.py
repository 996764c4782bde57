"""The conversation: everything between a shopper's message and the streamed, checked reply."""
