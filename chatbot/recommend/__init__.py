"""Which products to show next to what a shopper looks at, has in the cart, bought, or says; each with a reason that is true."""
