"""QEMUs of other Debian suites, unpacked side by side in the user's cache.

No root rights are needed, and nothing of what is installed changes.
"""
