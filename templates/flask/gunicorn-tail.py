
# Last: the hooks above (child_exit, on_starting ...) are kept, each runs after the metrics' own.
globals().update(_metrics["hooks"](globals()))
