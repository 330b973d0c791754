"""The vendor's own API in front of the ledger: a script written for the gateway works once its host is changed."""
