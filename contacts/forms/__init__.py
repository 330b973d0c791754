"""What is typed on the pages of groups, people, uploads, segments and opt-outs."""
