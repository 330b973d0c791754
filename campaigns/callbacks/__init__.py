"""Keys are told what became of their texts: an outbox, posted to each key's own address, signed, tried for a day.

What is told is written in the transaction that made it so: of texts by a trigger (`campaigns/sql/note_callbacks.sql`),
of replies by `note_reply`. One task at a time posts, for some seconds; HTTP is done by threads that have no connection
to the database, so that no receiver can hold a row, a report or a claim.
"""

from campaigns.callbacks.noting import note_reply
from campaigns.callbacks.outbox import send_again
from campaigns.callbacks.posting import are_wanted, post_due
from campaigns.callbacks.receivers import forget_rest
from campaigns.callbacks.sample import NoAddress, post_sample

__all__ = ["NoAddress", "are_wanted", "forget_rest", "note_reply", "post_due", "post_sample", "send_again"]
