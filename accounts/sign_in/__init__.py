"""Signing in, over django-allauth: its flows, its table of second factors, and our own pages."""
