"""Exit statuses of the ``vmstate`` command."""

CLEAN, FOUND, COULD_NOT_RUN = 0, 1, 2
