"""The Django project: settings, addresses, the queue, the API's assembly, and what starts it all.

Nothing is imported here: `up` watches over its processes with one that loads none of it.
"""
