"""What is said: texts that are kept, rendered for a person, corrected and priced, and who they come from."""
