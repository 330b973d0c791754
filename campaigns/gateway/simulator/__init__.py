"""A stand-in for the Q SMS gateway: the same HTTP, a ledger of what it took, and misbehaviour on request."""
