"""People, their API keys, and the record of what they did."""

from accounts.models.api_key import ApiKey, IdempotentAnswer, KeyUse, revoke_and_leave
from accounts.models.audit import AuditEntry
from accounts.models.invitation import Invitation
from accounts.models.user import PhoneCode, User

__all__ = ["ApiKey", "AuditEntry", "IdempotentAnswer", "Invitation", "KeyUse", "PhoneCode", "User", "revoke_and_leave"]
