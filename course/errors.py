"""The one exception that ends the tool with a message: wrong usage or a broken set-up (exit status 2)."""


class Stop(Exception):
    """Ends the command with exit status 2. The text is shown to the learner as it is."""
