"""The two ways in which a call ends badly."""


class TellTheModel(Exception):
    """The call failed in a way that the model can mend; the message goes back to it as the result."""


class DuplicateCapability(Exception):
    """Two capabilities have the same name, so Ember does not start."""

    def __init__(self, names: list[str]) -> None:
        self.names = names
        super().__init__(f"{self.__doc__} ({', '.join(names)})")
