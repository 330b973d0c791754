"""What a person or a script may do: each one function, one transaction, one line of the audit."""
