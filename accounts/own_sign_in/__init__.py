"""What people see and change of their own sign-in: second factors, recovery codes, sessions."""
