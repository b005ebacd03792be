"""How the weights in data/models were made, repeatable on a user's own copies of the sets."""
