"""The pages of those who sign in: the list, a person's role, invitations."""
