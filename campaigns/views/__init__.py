"""The pages of campaigns, texts and templates."""
