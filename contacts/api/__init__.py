"""Groups, segments and opt-outs for scripts, at /v1/."""
