"""The page “How scripts call the portal”: each call of the API as its description has it, with code that makes it."""
